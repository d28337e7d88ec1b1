import assert from "node:assert/strict";
import test from "node:test";
import { addSpan, emptyGrid, pixelOf, tone } from "../../../src/parallel/lines/density.ts";
import { near } from "./coded.ts";

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

test("a line that steps back has the colour of the second half, and the others keep theirs", () => {
  const faint = 4;
  const paint = Uint8Array.of(1, 0, faint, 0, 1, 0, 8, 0); // places 1 and 1, the first of them faint
  const colours = Float32Array.of(0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 100, 0);
  const ink = { rows: null, paint, stride: 4, colours, faint };
  const grid = emptyGrid(10, 20, 2);
  addSpan(
    grid,
    { left: Float32Array.of(1, 0), right: Float32Array.of(1, 0), from: 0, to: 10 },
    ink,
    128,
    true,
  );
  const [lines, ...colour] = pixelOf(grid, 5, 0);
  assert.deepEqual([lines > 0, ...colour.map(Math.round)], [true, 0, 100, 0]);
  assert.deepEqual(pixelOf(grid, 5, 19).slice(1).map(Math.round), [200, 0, 0]);
});
