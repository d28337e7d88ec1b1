/** A view's line to the kernel: typed messages both ways, and edits that wait in the outbox until answered. */

import { atEnd } from "../page/life.ts";
import { decode, encode } from "./codec.ts";
import type { Outbox } from "./outbox.ts";
import type { Command, Edit, Incoming, Outgoing } from "./protocol.ts";
import type { Host } from "./traits.ts";

type Of<T extends Incoming["type"]> = Extract<Incoming, { type: T }>;

export type Wire = {
  on<T extends Incoming["type"]>(type: T, listener: (message: Of<T>) => void): void;
  send(message: Outgoing): void;
  command(name: Command, values?: Record<string, unknown>): void;
  /** Does it before every command: the kernel must know first what that may be about. */
  before(act: () => void): void;
  /** `seconds` is what the person took for it, `frame` the step of the picture they saw. */
  edit(edit: Edit, seconds: number | null, frame: number | null): void;
  /** Tells the kernel whether this view can be seen, and in a Lab whether it draws axes: what is unseen is not sent. */
  show(visible: boolean, axes?: boolean): void;
};

/** The page that the view is on: its name, whether it draws by WebGL2, and where edits wait. */
export type WireNeeds = {
  readonly client: string;
  readonly webgl: boolean;
  outbox(session: string): Outbox;
};

export function openWire(host: Host, page: WireNeeds, name: string, signal: AbortSignal): Wire {
  const listeners = new Map<string, ((message: never) => void)[]>();
  const outbox = page.outbox(host.get("session"));
  const first: (() => void)[] = [];
  let seq = 0;
  let visible: boolean | null = null;
  let axes: boolean | undefined;

  function tell(message: Incoming): void {
    for (const listener of listeners.get(message.type) ?? []) (listener as (m: Incoming) => void)(message);
  }
  function send(message: Outgoing): void {
    seq += 1;
    const [header, buffers] = encode(message, seq);
    try {
      host.send(header, undefined, buffers);
    } catch (error) {
      if (signal.aborted) return; // the kernel went first: it need not hear that the view is gone
      console.info("greenlatent:", error);
      report("The kernel cannot be reached. Run the cell again; edits that it did not answer are kept.");
    }
  }
  const report = (text: string): void => tell({ type: "error", text, client: null, number: null });
  function hear(content: unknown, buffers: DataView[] = []): void {
    try {
      const message = decode(content, buffers);
      if (!message) return;
      if (message.type === "hello") for (const entry of outbox.waiting()) send({ type: "edit", ...entry });
      if (message.type === "ack") outbox.settle(message.client, message.number);
      if (message.type === "error" && message.number !== null) {
        // An answer to a page of another tab is theirs to show.
        if (!outbox.settle(message.client ?? "", message.number) && message.client !== page.client) return;
      }
      tell(message);
    } catch (error) {
      report((error as Error).message);
    }
  }
  host.on("msg:custom", hear);
  atEnd(signal, () => {
    host.off("msg:custom", hear);
    if (visible) send({ type: "hello", view: name, open: false });
  });

  return {
    on(type, listener) {
      listeners.set(type, [...(listeners.get(type) ?? []), listener]);
    },
    send,
    command(name, values = {}) {
      for (const act of first) act();
      send({ type: "command", do: name, arguments: values });
    },
    before: act => first.push(act),
    edit: (edit, seconds, frame) => send({ type: "edit", ...outbox.add(edit, seconds, frame) }),
    show(next, drawsAxes) {
      if ((next === visible && drawsAxes === axes) || signal.aborted) return;
      [visible, axes] = [next, drawsAxes];
      // Axes and meters need no WebGL, and to ask for it would make it.
      const drawing = next && ["lab", "scatter"].includes(host.get("view")) ? { webgl: page.webgl } : {};
      const light = document.body.getAttribute("data-jp-theme-light"); // other pages follow the system
      const theme = light ? { dark: light === "false" } : {};
      const told = { ...drawing, ...theme, ...(axes === undefined ? {} : { axes }) };
      send({ type: "hello", view: name, open: next, ...told });
    },
  };
}
