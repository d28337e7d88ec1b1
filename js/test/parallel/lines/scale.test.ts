import assert from "node:assert/strict";
import test from "node:test";
import {
  followRange,
  linearScale,
  niceTicks,
  quantileScale,
  short,
} from "../../../src/parallel/lines/scale.ts";
import { coded, heights, near } from "./coded.ts";

test("a linear scale goes from value to height and back, either way up", () => {
  const axis = coded(2, 4, 10, Number.NaN);
  for (const flipped of [false, true]) {
    const scale = linearScale(axis, [0, 10], flipped, 5);
    near(scale.heightOf(4), flipped ? 0.6 : 0.4);
    near(scale.valueAt(scale.heightOf(7.3)), 7.3);
    const found = heights(axis, scale);
    near(found[1], flipped ? 0.6 : 0.4);
    assert.ok(Number.isNaN(found[3]));
    assert.deepEqual(
      scale.ticks.map(tick => tick.text),
      ["0", "2", "4", "6", "8", "10"],
    );
  }
});

test("a quantile scale gives every sample as much room, and finds values back", () => {
  const values = Array.from({ length: 400 }, (_, k) => Math.exp(k / 40));
  const axis = coded(...values);
  const scale = quantileScale(axis, false, 5);
  const found = heights(axis, scale);
  near(found[200], 0.5, 0.2);
  for (let k = 1; k < 400; k++) assert.ok(found[k] >= found[k - 1]);
  for (const height of [0.9, 0.97, 1]) near(scale.heightOf(scale.valueAt(height)), height, 0.01);
  near(heights(axis, quantileScale(axis, true, 5))[200], 1 - found[200]);
});

test("a range holds still while the values fit and fill it", () => {
  assert.deepEqual(followRange(null, -1, 1), [-1, 1]);
  const range = [-1, 1] as const;
  assert.equal(followRange(range, -0.9, 0.8), range);
  const grown = followRange(range, -0.9, 1.2);
  assert.ok(grown[1] > 1.2 && grown[0] < -0.9);
  assert.ok(followRange(range, -0.1, 0.1)[1] < 0.2, "values that shrink to a spot are shown closer");
  assert.deepEqual(followRange(null, 3, 3), [2.5, 3.5], "a constant axis has room around its value");
  assert.equal(followRange([2.5, 3.5], 3, 3)[0], 2.5);
});

test("ticks are round and texts as long as they need be", () => {
  assert.deepEqual(
    niceTicks(0, 1, 5).map(v => short(v, 1)),
    ["0", "0.2", "0.4", "0.6", "0.8", "1"],
  );
  assert.deepEqual(niceTicks(5, 5, 5), [5]);
  assert.equal(short(-2, 9), "-2");
  assert.equal(short(123456, 100000), "123456");
  assert.equal(short(2e12, 4e12), "2e12");
  assert.equal(short(1e6 + 1, 5), "1000001", "far from 0 on a short axis, values stay apart");
  assert.equal(short(1e-20, 4e6), "0");
  assert.equal(short(0, 0), "0");
  assert.equal(short(0.00012, 0.0002), "1.2e-4");
  assert.ok(niceTicks(-1e29, 1e29, 5).length > 2);
});
