/** Brushing: intervals under the hand, the selection they make, and their second life in the traits. */

import type { Selection } from "../../edits/selection.ts";
import { createTimer } from "../../page/life.ts";
import { clamp } from "../../page/numbers.ts";
import { type Brushes, type Combine, type Host, type Interval, onChange } from "../../wire/traits.ts";
import { readBrushes, rowsWithin, withBrushes } from "../lines/brushes.ts";
import type { Strands } from "../lines/strands.ts";

const SAVE_MILLISECONDS = 120; // the kernel hears of a brush once it rests

export type Brushing = {
  readonly brushes: Brushes;
  readonly combine: Combine;
  /** A hand takes an interval by its middle, by an end, or begins a new one at this height. */
  take(axis: number, height: number, interval: number | null, end: 0 | 1 | null): void;
  moveTo(height: number): void;
  /** What the interval under the hand covers, in values; null when none is. */
  readonly held: { axis: number; interval: Interval } | null;
  letGo(keep: boolean): void;
  remove(axis: number, interval: number | null): void;
  clear(): void;
  setCombine(next: Combine): void;
  /** Selects what lies within now: after a frame, new brushes, or another way to combine them. */
  apply(): void;
  /** Somebody selected otherwise: brushes that no longer tell what is selected go. */
  overruled(): void;
};

type Hold = {
  axis: number;
  before: Brushes;
  others: readonly Interval[];
  /** Heights of the two ends when it was taken, and of the hand. */
  ends: [number, number];
  from: number;
  end: 0 | 1 | null;
  interval: Interval;
};

export function createBrushing(
  host: Host,
  strands: Strands,
  selection: Selection,
  changed: () => void,
  signal: AbortSignal,
): Brushing {
  let brushes = readBrushes(host.get("brushes"), Infinity);
  let combine: Combine = host.get("combine");
  let hold: Hold | null = null;
  let applying = false;
  const timer = createTimer(signal);

  function save(): void {
    timer.set(SAVE_MILLISECONDS, () => {
      host.set("brushes", brushes);
      host.set("combine", combine);
      host.save_changes();
    });
  }
  function apply(): void {
    applying = true;
    selection.select(
      rowsWithin(strands.n, axis => strands.coded(axis), brushes, combine),
      "set",
    );
    applying = false;
  }
  function set(next: Brushes): void {
    brushes = next;
    apply();
    save();
    changed();
  }
  function read(): void {
    const kept = readBrushes(host.get("brushes"), strands.dims || Infinity);
    const same = JSON.stringify(kept) === JSON.stringify(brushes) && combine === host.get("combine");
    if (same || hold) return;
    combine = host.get("combine");
    brushes = kept;
    if (strands.n) apply();
    changed();
  }
  onChange(host, ["brushes", "combine"], read, signal);

  return {
    get brushes() {
      return brushes;
    },
    get combine() {
      return combine;
    },
    get held() {
      return hold;
    },
    take(axis, height, interval, end) {
      const all = brushes[axis] ?? [];
      const scale = strands.scale(axis);
      const ends: [number, number] =
        interval === null
          ? [height, height]
          : [scale.heightOf(all[interval][0]), scale.heightOf(all[interval][1])];
      hold = {
        axis,
        before: brushes,
        others: interval === null ? all : all.filter((_, k) => k !== interval),
        ends,
        from: height,
        end: interval === null ? 1 : end,
        interval: [0, 0],
      };
    },
    moveTo(height) {
      if (!hold) return;
      const { axis, others, end, from } = hold;
      const inside = (h: number): number => clamp(h, 0, 1);
      let [a, b] = hold.ends;
      if (end === null) {
        // As a whole it stops at the ends of the axis, and keeps its size.
        const by = clamp(height - from, -Math.min(a, b), 1 - Math.max(a, b));
        [a, b] = [a + by, b + by];
      } else if (end === 0) a = inside(height);
      else b = inside(height);
      const [low, high] = [strands.scale(axis).valueAt(a), strands.scale(axis).valueAt(b)];
      hold.interval = low <= high ? [low, high] : [high, low];
      set(withBrushes(brushes, axis, [...others, hold.interval]));
    },
    letGo(keep) {
      const was = hold;
      hold = null;
      if (was && !keep) set(was.before);
      else changed();
    },
    remove(axis, interval) {
      const rest = interval === null ? [] : (brushes[axis] ?? []).filter((_, k) => k !== interval);
      set(withBrushes(brushes, axis, rest));
    },
    clear: () => set({}),
    setCombine(next) {
      combine = next;
      set(brushes);
    },
    apply() {
      brushes = readBrushes(brushes, strands.dims); // those of axes that there are not go
      if (Object.keys(brushes).length) apply();
    },
    overruled() {
      // Before the first lines, as after a reload, what is selected is what the brushes selected.
      if (applying || !strands.n || !Object.keys(brushes).length) return;
      brushes = {};
      save();
      changed();
    },
  };
}
