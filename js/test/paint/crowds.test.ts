import assert from "node:assert/strict";
import test from "node:test";
import { boundsOf } from "../../src/page/geometry.ts";
import { coverage, crowdsOf, strength } from "../../src/paint/crowds.ts";

test("a point alone is as strong as can be, and points of a crowd together cover the ground", () => {
  const places = new Float32Array(2 * 1001);
  for (let k = 0; k < 1000; k++) places.set([0.5, 0.5], 2 * k);
  places.set([1, 1], 2000);
  places.set([0, 0], 0);
  const look = new Uint8Array(4 * 1001);
  const cell = crowdsOf(places, boundsOf(places), look);
  const cover = coverage(3, 400, cell);
  assert.equal(strength(look[4 * 1000 + 3], cover, 0.9), 0.9);
  const one = strength(look[4 * 500 + 3], cover, 0.9);
  assert.ok(one < 0.1 && (1 - one) ** 999 < 0.05, `${one} a point`);
});

test("a crowd is less of one the closer a person looks", () => {
  const cell = { width: 1, height: 1 };
  const near = [1, 4, 16, 64].map(scale => strength(80, coverage(2, scale, cell), 0.9));
  assert.deepEqual(
    near,
    near.toSorted((a, b) => a - b),
  );
  assert.equal(near[3], 0.9);
});

test("no points, and all on one spot, are no trouble", () => {
  assert.deepEqual(crowdsOf(new Float32Array(0), null, new Uint8Array(0)), { width: 1, height: 1 });
  const look = new Uint8Array(8);
  const cell = crowdsOf(Float32Array.of(3, 3, 3, 3), { left: 3, right: 3, bottom: 3, top: 3 }, look);
  const one = strength(look[3], coverage(3, 1, cell), 0.9);
  assert.ok(one > 0.5 && one <= 0.9);
});
