/** The selection: shared by linked views in the page, told to each view's kernel once it rests. */

import { createTimer, now } from "../page/life.ts";
import type { Mode } from "../page/pointers.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Ids } from "../wire/protocol.ts";
import type { Wire } from "../wire/wire.ts";
import type { Link } from "./link.ts";

const TELL_MILLISECONDS = 60; // a lasso that grows is one message, not fifty

export type Selection = {
  /** When the person began with it, for the seconds of an edit. */
  readonly began: number;
  select(rows: Iterable<number>, mode: Mode): void;
  /** By the column that colours the picture; -1 for the points without a class or value. */
  selectClass(classIndex: number, mode: Mode): void;
  all(): void;
  invert(): void;
  /** Marks what is selected in a cloud that has other points now. */
  mark(): void;
};

/** `changed` hears of every change, whoever made it. */
export function createSelection(
  cloud: Cloud,
  client: string,
  link: Link,
  wire: Wire,
  changed: () => void,
  signal: AbortSignal,
): Selection {
  let began = 0;
  let told: Ids = link.ids; // what this view's kernel knows
  const timer = createTimer(signal);

  link.listen(what => {
    if (what !== "selection") return;
    cloud.select(link.ids);
    changed();
    timer.set(TELL_MILLISECONDS, tell);
  }, signal);
  function tell(): void {
    timer.clear();
    if (same(told, link.ids)) return;
    told = link.ids;
    wire.send({ type: "selection", client, ids: told });
  }
  wire.before(tell);
  let answered = true;
  wire.on("hello", () => {
    answered = false;
  });
  wire.on("selection", message => {
    if (message.client === client) return; // an echo: this page may be further by now
    told = message.ids;
    // What a kernel remembers for who opens is older than what brushes select here of rows that came meanwhile.
    const older = !answered && link.ids.length > 0;
    answered = true;
    if (older) tell();
    else link.select(message.ids);
  });

  function select(rows: Iterable<number>, mode: Mode): void {
    if (mode === "set" || cloud.selectedCount === 0) began = now();
    const chosen = new Uint8Array(cloud.n);
    if (mode !== "set") for (const row of cloud.selectedRows()) chosen[row] = 1;
    for (const row of rows) chosen[row] = mode === "remove" ? 0 : 1;
    const ids = new Uint32Array(cloud.n);
    let count = 0;
    for (let row = 0; row < chosen.length; row++) if (chosen[row]) ids[count++] = cloud.ids[row];
    link.select(ids.slice(0, count));
  }
  const rowsWhere = (wanted: (row: number) => boolean): number[] =>
    Array.from({ length: cloud.n }, (_, row) => row).filter(wanted);

  return {
    get began() {
      return began;
    },
    select,
    selectClass(index, mode) {
      if (index >= 0 || cloud.countNone() > 0)
        select(
          rowsWhere(row => cloud.classOf(row, cloud.colourBy) === index),
          mode,
        );
    },
    all: () =>
      select(
        rowsWhere(() => true),
        "set",
      ),
    invert: () =>
      select(
        rowsWhere(row => !cloud.isSelected(row)),
        "set",
      ),
    mark() {
      if (link.ids.length) cloud.select(link.ids);
    },
  };
}

const same = (a: Ids, b: Ids): boolean => a.length === b.length && a.every((id, k) => id === b[k]);
