import assert from "node:assert/strict";
import test from "node:test";
import { readBrushes, rowsWithin, withBrushes } from "../../../src/parallel/lines/brushes.ts";
import { coded } from "./coded.ts";

test("brushes are read whatever was kept, and intervals that touch become one", () => {
  assert.deepEqual(readBrushes({ 0: [[2, 1]], 9: [[0, 1]], x: [[0, 1]], 1: [[0, Infinity]], 2: "no" }, 3), {
    0: [[1, 2]],
  });
  assert.deepEqual(readBrushes(null, 3), {});
  const joined = withBrushes({}, 1, [
    [4, 6],
    [0, 1],
    [5, 9],
  ]);
  assert.deepEqual(joined, {
    1: [
      [0, 1],
      [4, 9],
    ],
  });
  assert.deepEqual(withBrushes(joined, 1, []), {});
});

test("rows within brushes: any interval of an axis, all axes or one, no gaps", () => {
  const axes = [coded(0, 1, 2, 3, Number.NaN), coded(0, 0, 10, 10, 10)];
  const within = (brushes: object, combine: "and" | "or"): number[] =>
    Array.from(rowsWithin(5, axis => axes[axis], readBrushes(brushes, 2), combine));
  const two = {
    0: [
      [-1, 0.5],
      [1.5, 2],
    ],
    1: [[9, 10]],
  };
  assert.deepEqual(within({ 0: two[0] }, "and"), [0, 2]);
  assert.deepEqual(within(two, "and"), [2]);
  assert.deepEqual(within(two, "or"), [0, 2, 3, 4]);
  assert.deepEqual(within({}, "and"), []);
  const constant = coded(5, 5);
  assert.deepEqual(Array.from(rowsWithin(2, () => constant, { 0: [[4, 6]] }, "and")), [0, 1]);
  assert.deepEqual(Array.from(rowsWithin(2, () => constant, { 0: [[6, 7]] }, "and")), []);
});
