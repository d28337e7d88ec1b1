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
} from "../../../src/parallel/lines/arrangement.ts";
import { near } from "./coded.ts";

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
