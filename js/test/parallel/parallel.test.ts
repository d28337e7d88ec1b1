import assert from "node:assert/strict";
import test from "node:test";
import {
  arrange,
  inSight,
  layOut,
  moveAxis,
  nearestAxis,
  placeOf,
  sortByScore,
  toggle,
  visibleAxes,
} from "../../src/parallel/lines/arrangement.ts";
import { readBrushes, rowsWithin, withBrushes } from "../../src/parallel/lines/brushes.ts";
import { addSpan, emptyGrid, pixelOf, tone } from "../../src/parallel/lines/density.ts";
import { amountOf, meaningOfPull, readoutOf } from "../../src/parallel/lines/pull.ts";
import {
  type Coded,
  followRange,
  linearScale,
  MISSING,
  niceTicks,
  quantileScale,
  short,
} from "../../src/parallel/lines/scale.ts";
import { measure, nearestClass, separation } from "../../src/parallel/lines/spread.ts";
import { Strands } from "../../src/parallel/lines/strands.ts";
import { describeAxis, scoreText } from "../../src/parallel/words.ts";
import type { AxesFrame } from "../../src/wire/protocol.ts";

/** Values as the kernel sends them. */
function coded(...values: number[]): Coded {
  const known = values.filter(Number.isFinite);
  const [lo, hi] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 0];
  const codes = values.map(v =>
    Number.isFinite(v) ? Math.round(((v - lo) / (hi - lo || 1)) * 65534) : MISSING,
  );
  return { codes: Uint16Array.from(codes), lo, hi };
}
const near = (a: number, b: number, by = 1e-3): void => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);
const heights = (axis: Coded, scale: { heights(out: Float32Array): void }): number[] => {
  const out = new Float32Array(axis.codes.length);
  scale.heights(out);
  return Array.from(out);
};

// Density

/** Every line by itself, in double precision: what the bins must come close to. */
function plainly(left: number[], right: number[], width: number, height: number): Float64Array {
  const lines = new Float64Array(width * (height + 1));
  for (let k = 0; k < left.length; k++) {
    for (let x = 0; x < width; x++) {
      const y = (1 - (left[k] + ((right[k] - left[k]) * x) / width)) * (height - 1.001);
      lines[x * height + Math.floor(y)] += 1 - (y % 1);
      lines[x * height + Math.floor(y) + 1] += y % 1;
    }
  }
  return lines;
}
const random = (seed: number) => () => {
  seed = (seed * 16807) % 2147483647;
  return seed / 2147483647;
};

test("few lines are drawn exactly where they are", () => {
  const [left, right] = [
    [0, 0.3, 1],
    [1, 0.8, 0.1],
  ];
  const grid = emptyGrid(40, 60, 3);
  const ink = { rows: null, paint: new Uint8Array(3), stride: 1, colours: Float32Array.of(10, 20, 30) };
  addSpan(grid, { left: Float32Array.from(left), right: Float32Array.from(right), from: 0, to: 40 }, ink);
  const wanted = plainly(left, right, 40, 60);
  for (let i = 0; i < 40 * 60; i++) near(pixelOf(grid, Math.floor(i / 60), i % 60)[0], wanted[i], 0.26);
});

test("a steep line has no gaps where lines are solid, and lies where it was", () => {
  const grid = emptyGrid(4, 60, 2);
  const [left, right] = [Float32Array.of(0, 0.5), Float32Array.of(1, 0.5)];
  const ink = { rows: null, paint: new Uint8Array(2), stride: 1, colours: Float32Array.of(10, 20, 30) };
  addSpan(grid, { left, right, from: 0, to: 4 }, ink, 128, true);
  for (let y = 1; y < 58; y++) {
    const lines = [0, 1, 2, 3].map(x => pixelOf(grid, x, y)[0]);
    near(
      lines.reduce((a, b) => a + b),
      y === 29 || y === 30 ? 3 : 1,
      0.51 + (y === 29 || y === 30 ? 1 : 0),
    );
    assert.ok(lines[3 - Math.floor(y / 15)] > 0, `nothing of the line at ${y}`);
  }
  const flat = [0, 1, 2, 3].map(x => pixelOf(grid, x, 29)[0] + pixelOf(grid, x, 30)[0]);
  for (const lines of flat) assert.ok(lines >= 1);
});

test("many lines keep their number, their colours and their density in every column", () => {
  const draw = random(7);
  const n = 20_000;
  const left = Array.from({ length: n }, () => (draw() + draw() + draw()) / 3);
  const right = Array.from({ length: n }, (_, k) => Math.min(Math.max(left[k] + 0.3 * (draw() - 0.5), 0), 1));
  const grid = emptyGrid(50, 100, n);
  const paint = Uint8Array.from({ length: n }, (_, k) => k % 2);
  const colours = Float32Array.of(200, 0, 0, 0, 0, 100);
  const span = { left: Float32Array.from(left), right: Float32Array.from(right), from: 0, to: 50 };
  addSpan(grid, span, { rows: null, paint, stride: 1, colours });
  const wanted = plainly(left, right, 50, 100);
  for (let x = 0; x < 50; x++) {
    let [lines, red, apart] = [0, 0, 0];
    for (let y = 0; y < 100; y++) {
      const [found, shade] = pixelOf(grid, x, y);
      lines += found;
      red += found * shade;
      apart += Math.abs(found - wanted[x * 100 + y]);
    }
    near(lines, n, 1);
    near(red, (200 * n) / 2, 200);
    assert.ok(apart / n < 0.25, `column ${x} differs by ${apart / n}`);
  }
});

test("a line with a gap is left out, and a subset draws only its rows", () => {
  const left = Float32Array.of(0.5, Number.NaN, 0.2);
  const right = Float32Array.of(0.5, 0.5, Number.NaN);
  const ink = { paint: new Uint8Array(3), stride: 1, colours: Float32Array.of(0, 0, 0) };
  const count = (rows: Uint32Array | null): number => {
    const grid = emptyGrid(1, 10, 3);
    addSpan(grid, { left, right, from: 0, to: 1 }, { rows, ...ink });
    let sum = 0;
    for (let y = 0; y < 10; y++) sum += pixelOf(grid, 0, y)[0];
    return sum;
  };
  near(count(null), 1);
  assert.equal(count(Uint32Array.of(1, 2)), 0);
});

test("a span that begins left of the picture or ends right of it is cut, not moved", () => {
  const whole = emptyGrid(30, 20, 1);
  const part = emptyGrid(10, 20, 1);
  const ink = { rows: null, paint: new Uint8Array(1), stride: 1, colours: Float32Array.of(0, 0, 0) };
  const [left, right] = [Float32Array.of(0), Float32Array.of(1)];
  addSpan(whole, { left, right, from: 0, to: 30 }, ink);
  addSpan(part, { left, right, from: -10, to: 20 }, ink);
  for (let x = 0; x < 10; x++) {
    for (let y = 0; y < 20; y++) assert.deepEqual(pixelOf(part, x, y), pixelOf(whole, x + 10, y));
  }
});

test("tone shows the mean colour, more lines more strongly, and one line still", () => {
  const n = 100;
  const heights = Float32Array.from({ length: n }, () => 0.5);
  const grid = emptyGrid(2, 2, n);
  const paint = Uint8Array.from({ length: n }, (_, k) => k % 2);
  const colours = Float32Array.of(200, 0, 100, 0, 50, 100);
  const one = { rows: Uint32Array.of(0), paint, stride: 1, colours };
  addSpan(grid, { left: heights, right: heights, from: 0, to: 1 }, one);
  addSpan(grid, { left: heights, right: heights, from: 1, to: 2 }, { ...one, rows: null });
  const image = new Uint8ClampedArray(16);
  tone(grid, 10, 0.2, image);
  const [single, many] = [image.subarray(0, 4), image.subarray(4, 8)];
  for (const [k, value] of [200, 0, 100].entries()) near(single[k], value, 1);
  for (const [k, value] of [100, 25, 100].entries()) near(many[k], value, 1);
  assert.ok(single[3] > 0.1 * 255 && single[3] < many[3] && many[3] > 150);
});

test("a million lines on one pixel keep their number and colour", () => {
  const n = 1_000_000;
  const heights = new Float32Array(n).fill(0.5);
  const grid = emptyGrid(1, 3, n);
  const ink = { rows: null, paint: new Uint8Array(n), stride: 1, colours: Float32Array.of(250, 120, 10) };
  addSpan(grid, { left: heights, right: heights, from: 0, to: 1 }, ink);
  const [lines, ...colour] = pixelOf(grid, 0, 1);
  assert.equal(lines, n);
  for (const [k, value] of [250, 120, 10].entries()) near(colour[k], value, 5);
});

// Scales

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

// Arrangement

test("an arrangement names each axis once, whatever was kept", () => {
  const found = arrange(4, { order: [2, 2, 9, -1, 0.5, 0], hidden: [3, 8], flipped: [1] });
  assert.deepEqual(found, { order: [2, 0, 1, 3], hidden: [3], flipped: [1], quantile: [] });
  assert.deepEqual(visibleAxes(found), [2, 0, 1]);
  assert.deepEqual(toggle([1, 2], 2), [1]);
  assert.deepEqual(toggle([1], 2), [1, 2]);
});

test("an axis is moved among the visible ones, hidden ones stay where they are", () => {
  const start = arrange(5, { hidden: [2] });
  assert.deepEqual(visibleAxes(moveAxis(start, 0, 2)), [1, 3, 0, 4]);
  assert.deepEqual(visibleAxes(moveAxis(start, 4, 0)), [4, 0, 1, 3]);
  assert.deepEqual(visibleAxes(moveAxis(start, 0, 3)), [1, 3, 4, 0]);
});

test("axes sort by score, those without one last", () => {
  const scores = Float32Array.of(1, Number.NaN, 3, 2);
  assert.deepEqual(sortByScore(arrange(4, {}), scores).order, [2, 3, 0, 1]);
});

test("few axes share the width, many scroll, one stands in the middle", () => {
  const few = layOut([0, 1, 2], 600, 50);
  assert.equal(few.scroll, 0);
  near(placeOf(few, 2), 600 - 34);
  const many = layOut(
    Array.from({ length: 256 }, (_, k) => k),
    600,
    1e9,
  );
  near(placeOf(many, 255), 600 - 34);
  assert.equal(nearestAxis(many, placeOf(many, 250) + 3), 250);
  const [from, to] = inSight(many, 600);
  assert.ok(to === 255 && from > 240);
  assert.equal(placeOf(layOut([7], 600, 0), 0) > 250, true);
});

// Brushes

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

// Classes

test("means and the pooled deviation are those of a plain reckoning", () => {
  const values = [1, 2, 3, 11, 12, 13.5, Number.NaN, 7];
  const labels = [0, 0, 0, 2, 2, 2, 0, -1];
  const spread = measure(coded(...values), labels, 3);
  near(spread.means[0], 2);
  near(spread.means[2], 36.5 / 3);
  assert.ok(Number.isNaN(spread.means[1]));
  near(spread.pooled, Math.sqrt((2 + 3.1667) / 4));
  assert.equal(spread.missing, 1);
  near(separation(spread, 2, -1), (36.5 / 3 - 2) / spread.pooled);
  assert.equal(nearestClass(spread, 0), 2);
  assert.equal(measure(coded(5, 5, 5), [0, 1, 1], 2).pooled, 0);
});

test("a pull asks in pooled deviations, against all or against the nearest class", () => {
  const spread = measure(coded(0, 1, 2, 4, 5, 6, 20, 21, 22), [0, 0, 0, 1, 1, 1, 2, 2, 2], 3);
  const pull = { label: 0, axis: 4, name: "z5", spread, to: 3 };
  near(amountOf(pull), 2);
  const meaning = meaningOfPull(pull, ["a", "b", "c"]);
  assert.equal(meaning?.title, "Move a by +2.0 sd along z5?");
  assert.deepEqual(
    meaning?.choices.map(choice => choice.edit),
    [null, "b"].map(against => ({ kind: "Shift", label: "a", axis: 4, amount: 2, against })),
  );
  assert.equal(meaningOfPull({ ...pull, to: 1.01 }, ["a", "b", "c"]), null, "a hand that only trembled");
  assert.match(readoutOf(pull, ["a", "b", "c"])[1], /from the others: −\d+\.\d sd → −\d+\.\d sd/);
});

test("a class without width, or alone, cannot be asked for a margin", () => {
  const flat = measure(coded(1, 1, 2, 2), [0, 0, 1, 1], 2);
  assert.equal(meaningOfPull({ label: 0, axis: 0, name: "z", spread: flat, to: 2 }, ["a", "b"]), null);
  const alone = measure(coded(1, 2), [0, 0], 2);
  assert.equal(meaningOfPull({ label: 0, axis: 0, name: "z", spread: alone, to: 2 }, ["a", "b"]), null);
});

// Strands

const frame = (set: number, axes: Coded[]): AxesFrame => ({
  ...{ type: "frame", seq: 1, set, step: 1, exact: true, trust: null, space: "axes", dims: axes.length },
  codes: Uint16Array.from(axes.flatMap(axis => Array.from(axis.codes))),
  lo: axes.map(axis => axis.lo),
  hi: axes.map(axis => axis.hi),
});
function strands(): Strands {
  const made = new Strands();
  made.setIds(1, Uint32Array.of(5, 9, 7));
  made.setColumns(1, [{ kind: "class", name: "given", values: Int32Array.of(0, 0, 1) }]);
  made.setAxes(frame(1, [coded(0, 1, 2), coded(5, 5, 5)]), 0, 100);
  return made;
}

test("the first lines stand at once, the next ones glide", () => {
  const lines = strands();
  assert.deepEqual(Array.from(lines.heights(0, 0)), [0, 0.5, 1]);
  assert.deepEqual(Array.from(lines.heights(1, 0)), [0.5, 0.5, 0.5]);
  assert.equal(lines.gliding(10), false);
  lines.setAxes(frame(1, [coded(2, 1, 0), coded(5, 5, 5)]), 1000, 100);
  assert.deepEqual(Array.from(lines.heights(0, 1050)), [0.5, 0.5, 0.5]);
  assert.equal(lines.gliding(1050), true);
  assert.deepEqual(Array.from(lines.heights(0, 1100)), [1, 0.5, 0]);
});

test("class means glide with their lines, and follow new labels", () => {
  const lines = strands();
  near(lines.meanHeight(0, 0, 2, 0), 0.25);
  lines.setAxes(frame(1, [coded(2, 1, 0), coded(5, 5, 5)]), 1000, 100);
  near(lines.meanHeight(0, 0, 2, 1050), 0.5);
  near(lines.meanHeight(0, 0, 2, 1100), 0.75);
  lines.setColumns(1, [{ kind: "class", name: "given", values: Int32Array.of(1, 1, 1) }]);
  lines.labelsChanged();
  assert.ok(Number.isNaN(lines.meanHeight(0, 0, 2, 1200)));
});

test("a flip glides from where the lines are, and a late frame is dropped", () => {
  const lines = strands();
  lines.rearrange({ flipped: [0] }, 2000, 100);
  assert.deepEqual(Array.from(lines.heights(0, 2000)), [0, 0.5, 1]);
  assert.deepEqual(Array.from(lines.heights(0, 2100)), [1, 0.5, 0]);
  assert.equal(lines.setAxes(frame(0, [coded(0, 1, 2)]), 2200, 0), false);
  assert.throws(() => lines.setAxes(frame(1, [coded(0, 1)]), 2200, 0), /2 places for 3 points/);
});

test("lines of another set begin where their samples were", () => {
  const lines = strands();
  lines.setIds(2, Uint32Array.of(7, 1));
  lines.setAxes(frame(2, [coded(0, 2), coded(5, 5)]), 1000, 100);
  near(lines.heights(0, 1000)[0], 1);
  near(lines.heights(0, 1000)[1], 1);
  near(lines.heights(0, 1100)[0], 0);
});

// Words

test("an axis in words", () => {
  const scores = {
    statistic: "f_ratio",
    text: "",
    step: 0,
    values: Float32Array.of(12.345, Number.NaN, Infinity),
  };
  assert.equal(scoreText(scores, 0), "F-ratio 12.3");
  assert.equal(scoreText(scores, 1), null);
  assert.equal(scoreText(scores, 2), "F-ratio ∞");
  const spread = measure(coded(0, 1, 8, 9, Number.NaN), [0, 0, 1, 1, 1], 2);
  assert.equal(
    describeAxis("z1", 0, 3, "F-ratio 12.3", spread, ["calm", "busy"], 2),
    "z1, axis 1 of 3, F-ratio 12.3, busy highest, calm lowest, 2 brushes, 1 point without a value",
  );
});
