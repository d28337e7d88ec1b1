import assert from "node:assert/strict";
import test from "node:test";
import type { Coded } from "../../../src/parallel/lines/scale.ts";
import { Strands } from "../../../src/parallel/lines/strands.ts";
import type { AxesFrame } from "../../../src/wire/protocol.ts";
import { coded, near } from "./coded.ts";

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

test("an axis with a span shows all of it, whatever the lines fill, and more where they go beyond", () => {
  const lines = strands();
  lines.kinds = [{ log: false, names: [], span: [0, 4], bands: [], offer: "" }];
  lines.setAxes(frame(1, [coded(0, 1, 2), coded(5, 5, 5)]), 0, 0);
  assert.deepEqual(Array.from(lines.heights(0, 0)), [0, 0.25, 0.5]);
  lines.setAxes(frame(1, [coded(0, 1, 8), coded(5, 5, 5)]), 0, 0);
  near(lines.heights(0, 0)[1], 0.125);
  lines.setAxes(frame(1, [coded(Number.NaN, Number.NaN, Number.NaN), coded(5, 5, 5)]), 0, 0);
  assert.equal(lines.scale(0).heightOf(4), 1, "without any value it is the span");
});
