/** A host of the anywidget format without a kernel: it plays the messages of a tape to one view. */

import type { Tape } from "./tape.ts";

type Listener = (...values: unknown[]) => void;
type Widget = { render(place: { model: unknown; el: HTMLElement }): () => void };

export type Player = { show(moment: number): void };

const PROTOCOL = 2;

/** Shows a view of the tape in `place`; what it says to a kernel is heard by nobody. */
export function createPlayer(widget: Widget, tape: Tape, place: HTMLElement, link: string): Player {
  const traits: Record<string, unknown> = {
    view: "scatter",
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
    deliver({ ...records[moment.frame], set: sets }, tape.buffers(moment.frame));
  }

  widget.render({
    el: place,
    model: {
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
      send(content: { type?: string; open?: boolean }) {
        // A view that comes back on the screen is told what it missed.
        if (content.type === "hello" && content.open && shown >= 0) {
          const { n } = tape.told.records[ids];
          deliver({ type: "hello", n });
          [ids, told] = [-1, new Map()];
          show(shown);
        }
      },
    },
  });
  return { show };
}
