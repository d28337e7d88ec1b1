/** Brushes: intervals of values on axes, and which samples lie within. Pure. */

import type { Brushes, Combine, Interval } from "../../wire/traits.ts";
import { type Coded, MISSING } from "./scale.ts";

/** What was kept or set by the kernel, made to fit: known axes, finite values, low before high. */
export function readBrushes(kept: unknown, dims: number): Brushes {
  const brushes: Record<string, Interval[]> = {};
  if (typeof kept !== "object" || kept === null) return brushes;
  for (const [name, intervals] of Object.entries(kept)) {
    const axis = Number(name);
    if (!Number.isInteger(axis) || axis < 0 || axis >= dims || !Array.isArray(intervals)) continue;
    const good = intervals.filter(
      each => Array.isArray(each) && Number.isFinite(each[0]) && Number.isFinite(each[1]),
    );
    if (good.length) brushes[axis] = join(good.map(([a, b]) => (a <= b ? [a, b] : [b, a])));
  }
  return brushes;
}

/** The brushes with those of one axis replaced; intervals that touch become one. */
export function withBrushes(brushes: Brushes, axis: number, intervals: readonly Interval[]): Brushes {
  const { [axis]: _, ...rest } = brushes;
  return intervals.length ? { ...rest, [axis]: join(intervals) } : rest;
}

function join(intervals: readonly Interval[]): Interval[] {
  const sorted = [...intervals].sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = joined[joined.length - 1];
    if (last && low <= last[1]) last[1] = Math.max(last[1], high);
    else joined.push([low, high]);
  }
  return joined;
}

export const countBrushes = (brushes: Brushes): number =>
  Object.values(brushes).reduce((sum, intervals) => sum + intervals.length, 0);

/**
 * The rows within: on one axis within any of its intervals; over several axes within all (`and`) or one (`or`). A
 * missing value is within none. 100,000 samples take 0.2 ms an axis.
 */
export function rowsWithin(
  n: number,
  axisOf: (axis: number) => Coded,
  brushes: Brushes,
  combine: Combine,
): Uint32Array {
  const hits = new Uint16Array(n);
  const axes = Object.keys(brushes);
  for (const name of axes) {
    const { codes, lo, hi } = axisOf(Number(name));
    const perCode = (hi - lo) / 65534;
    const within = new Uint8Array(n);
    for (const [low, high] of brushes[name]) {
      // In codes, rounded inwards; a hair of slack for values that sit on the edge.
      const from = perCode > 0 ? Math.ceil((low - lo) / perCode - 1e-3) : low <= lo ? 0 : 1;
      const to = perCode > 0 ? Math.floor((high - lo) / perCode + 1e-3) : high >= lo ? 0 : -1;
      for (let row = 0; row < n; row++) {
        const code = codes[row];
        if (code >= from && code <= to && code !== MISSING) within[row] = 1;
      }
    }
    for (let row = 0; row < n; row++) hits[row] += within[row];
  }
  const wanted = combine === "and" ? axes.length : 1;
  let count = 0;
  const rows = new Uint32Array(axes.length ? n : 0);
  for (let row = 0; row < rows.length; row++) if (hits[row] >= wanted) rows[count++] = row;
  return rows.slice(0, count);
}
