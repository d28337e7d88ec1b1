/** Axes for the tests, as the kernel codes them. */

import assert from "node:assert/strict";
import { type Coded, MISSING } from "../../../src/parallel/lines/scale.ts";

/** Values as the kernel sends them. */
export function coded(...values: number[]): Coded {
  const known = values.filter(Number.isFinite);
  const [lo, hi] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 0];
  const codes = values.map(v =>
    Number.isFinite(v) ? Math.round(((v - lo) / (hi - lo || 1)) * 65534) : MISSING,
  );
  return { codes: Uint16Array.from(codes), lo, hi };
}
export const near = (a: number, b: number, by = 1e-3): void =>
  assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);
export const heights = (axis: Coded, scale: { heights(out: Float32Array): void }): number[] => {
  const out = new Float32Array(axis.codes.length);
  scale.heights(out);
  return Array.from(out);
};
