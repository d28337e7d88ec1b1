/** A host of the anywidget format without a kernel: it plays the messages of a tape to one view. */

import type { Moment, Tape } from "./tape.ts";

type Listener = (...values: unknown[]) => void;
type Widget = { render(place: { model: unknown; el: HTMLElement }): () => void };

export type Player = { show(moment: number): void };

const PROTOCOL = 2;
const EMPTY = new DataView(new ArrayBuffer(0));
const NONE = { mime: "" }; // of a sample that had no room

/** Shows a view of the tape in `place`; of what it says to a kernel only what asks for a look is heard. */
export function createPlayer(
  widget: Widget,
  tape: Tape,
  place: HTMLElement,
  link: string,
  view: "scatter" | "parallel",
): Player {
  const traits: Record<string, unknown> = {
    view,
    classes: tape.told.classes,
    link,
    session: `film-${link}-${Math.random()}`,
    editable: false,
    height: 420,
    title: tape.told.title,
    colour: "given",
    brushes: {},
    combine: "and",
    arrangement: {},
  };
  const heard: [string, Listener][] = [];
  let seq = 0;
  const deliver = (header: object, buffers: DataView[] = []): void => {
    seq += 1;
    for (const [event, listener] of [...heard])
      if (event === "msg:custom") listener({ v: PROTOCOL, seq, ...header }, buffers);
  };
  let shown = -1;
  let [ids, sets] = [-1, 0];
  let told = new Map<string, [number, number]>();
  let named = [-1, -1];
  const looks = tape.told.records.findIndex(record => record.type === "preview");
  const samples = (tape.told.records[looks]?.samples ?? []) as { id: number }[];

  function show(at: number): void {
    shown = at;
    const moment = tape.moments[at];
    const { records } = tape.told;
    if (moment.ids !== ids) {
      ids = moment.ids;
      sets += 1;
      told = new Map();
      const { n } = records[ids];
      deliver({ type: "ids", set: sets, n }, tape.buffers(ids));
    }
    const columns: unknown[] = [];
    const buffers: DataView[] = [];
    for (const [name, [record, which]] of moment.columns) {
      const known = told.get(name);
      if (known && known[0] === record && known[1] === which) continue;
      told.set(name, [record, which]);
      columns.push((records[record].columns as unknown[])[which]);
      buffers.push(tape.buffers(record)[which]);
    }
    if (columns.length) deliver({ type: "labels", set: sets, columns }, buffers);
    let { frame } = moment;
    if (view === "parallel") {
      frame = moment.axes;
      place.style.visibility = frame < 0 ? "hidden" : ""; // nobody had opened them yet
      if (frame < 0) return;
      showAxes(moment);
    }
    deliver({ ...records[frame], set: sets }, tape.buffers(frame));
  }
  /** Their names, their scores, and of which step they are where they are older than the rest. */
  function showAxes({ names, scores, axes, frame }: Moment): void {
    const { records } = tape.told;
    const scored = records[scores];
    if (names !== named[0] || scores !== named[1]) {
      named = [names, scores];
      deliver({ ...records[names], statistics: scored ? [scored.statistic] : [] });
      if (scored) deliver(scored, tape.buffers(scores));
      else deliver({ type: "scores", statistic: "", text: "", step: 0 }, [EMPTY]);
    }
    const { step } = records[axes];
    const of = step === records[frame].step ? "" : `, of step ${step}`;
    const title = `${tape.told.title} Axes${of}`.trim();
    if (traits.title !== title) model.set("title", title);
  }

  const model = {
    get: (name: string) => traits[name],
    set(name: string, value: unknown) {
      traits[name] = value;
      for (const [event, listener] of [...heard]) if (event === `change:${name}`) listener();
    },
    save_changes() {},
    on: (event: string, listener: Listener) => heard.push([event, listener]),
    off(event: string, listener: Listener) {
      const at = heard.findIndex(([e, l]) => e === event && l === listener);
      if (at >= 0) heard.splice(at, 1);
    },
    send(content: { type?: string; name?: string; open?: boolean }, _: unknown, asked: Uint8Array[]) {
      if (content.type === "preview" && looks >= 0) {
        const ids = new Uint32Array(asked[0].slice().buffer);
        const found = tape.buffers(looks);
        const at = [...ids].map(id => samples.findIndex(sample => sample.id === id));
        deliver({ type: "preview", samples: at.map(k => samples[k] ?? NONE) }, [
          new DataView(ids.buffer),
          ...at.map(k => found[k] ?? EMPTY),
        ]);
      }
      if (content.type === "crowd")
        deliver({ type: "crowd", name: content.name, text: "A film knows of no neighbours." }, [EMPTY]);
      // A view that comes back on the screen is told what it missed.
      if (content.type === "hello" && content.open && shown >= 0) {
        const { n } = tape.told.records[ids];
        deliver({ type: "hello", n });
        [ids, told, named] = [-1, new Map(), [-1, -1]];
        show(shown);
      }
    },
  };
  widget.render({ el: place, model });
  return { show };
}
