import assert from "node:assert/strict";
import test from "node:test";
import {
  followRange,
  linearScale,
  niceTicks,
  PLAIN,
  quantileScale,
  rangeText,
  short,
  textOf,
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

test("a log axis has the values for ticks that its logarithms stand for", () => {
  const log = { ...PLAIN, log: true };
  const texts = (low: number, high: number): string[] =>
    linearScale(coded(low, high), [low, high], false, 5, log)
      .ticks.filter(({ height }) => height >= 0 && height <= 1)
      .map(({ text }) => text);
  assert.deepEqual(texts(-4, -1), ["1e-4", "0.001", "0.01", "0.1"]);
  assert.deepEqual(texts(0, 1), ["1", "2", "5", "10"], "few powers of ten have ticks between");
  assert.equal(textOf(log, -2.5, 3), "0.00316");
  assert.equal(rangeText(log, [-3, -2], 3), "0.001 to 0.01");
});

test("an axis of names has a tick for each, and says those that lie within", () => {
  const words = { ...PLAIN, names: ["8", "16", "<b>"] };
  const scale = linearScale(coded(0, 2), [0, 2], false, 5, words);
  assert.deepEqual(
    scale.ticks.map(({ text }) => text),
    ["8", "16", "<b>"],
  );
  assert.equal(rangeText(words, [0.4, 2], 2), "16 to <b>");
  assert.equal(rangeText(words, [0.6, 1.7], 2), "16");
  assert.equal(rangeText(words, [0.2, 0.8], 2), "none");
  assert.equal(textOf(words, 7, 2), "<b>", "beyond the ends is the end");
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
