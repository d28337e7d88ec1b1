import assert from "node:assert/strict";
import test from "node:test";
import { shapeOf } from "../../../src/dashboard/energy/strip.ts";

test("a strip begins at 0, and twice the joules are twice as high", () => {
  const shape = shapeOf(Float32Array.of(1, 1, 1, 2, 2, 2), 100, 102, 2);
  assert.equal(shape.top, 2);
  assert.equal(shape.line, "M0.0 51.0L100.0 1.0");
});

test("a gap in the readings is a gap in the strip, and a reading alone is a dot", () => {
  const gap = Number.NaN;
  const strip = Float32Array.of(1, 1, 1, 1, 1, 1, gap, gap, gap, 1, 1, 1);
  const { line, band } = shapeOf(strip, 30, 12, 4);
  assert.equal(line, "M0.0 1.0L10.0 1.0M30.0 1.0h0");
  assert.equal(band.split("M").length - 1, 2);
  assert.ok(!`${line}${band}`.includes("NaN"));
});

test("nothing to show is an empty strip", () => {
  assert.deepEqual(shapeOf(new Float32Array(0), 10, 10, 2), { line: "", band: "", top: 0 });
});

test("an interval without end does not press the line to the ground", () => {
  const { top } = shapeOf(Float32Array.of(1, 0, 1000), 10, 10, 2);
  assert.equal(top, 2.5);
});
