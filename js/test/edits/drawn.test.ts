import assert from "node:assert/strict";
import test from "node:test";
import { purity } from "../../src/edits/drawn.ts";
import { Cloud } from "../../src/paint/cloud.ts";

test("how pure some are is told by their labels, and by the guess where they have none", () => {
  const cloud = new Cloud();
  cloud.setIds(1, Uint32Array.of(0, 1, 2, 3, 4));
  cloud.setColumns(1, [
    { kind: "class", name: "given", values: Int32Array.of(0, 0, 1, -1, -1) },
    { kind: "class", name: "predicted", values: Int32Array.of(1, 1, 1, 0, -1) },
  ]);
  const head = { type: "frame", space: "plane", seq: 1, set: 1, step: 0, exact: true, trust: null } as const;
  cloud.setFrame({ ...head, points: new Float32Array(10) }, 0, 0);
  assert.equal(purity(cloud, [0, 1, 3]), 1);
  assert.equal(purity(cloud, [0, 1, 2, 3]), 0.75);
  assert.equal(purity(cloud, [4]), 0, "nobody knows");
});
