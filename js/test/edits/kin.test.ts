import assert from "node:assert/strict";
import test from "node:test";
import { isAlone, scopesOf, wholesOf } from "../../src/edits/kin.ts";
import { Cloud } from "../../src/paint/cloud.ts";
import type { Column } from "../../src/wire/protocol.ts";

/** Two clusters of ten points in a row, each of five recordings of two points and of one subject. */
function clusters(...more: Column[]): Cloud {
  const cloud = new Cloud();
  cloud.setIds(
    1,
    Uint32Array.from({ length: 20 }, (_, k) => k),
  );
  cloud.setColumns(1, [
    { kind: "class", name: "given", values: Int32Array.from({ length: 20 }, (_, k) => (k < 10 ? 0 : 1)) },
    ...more,
  ]);
  const points = Float32Array.from({ length: 40 }, (_, i) =>
    i % 2 ? 0 : (i >> 1 < 10 ? 0 : 100) + ((i >> 1) % 10),
  );
  const head = { type: "frame", space: "plane", seq: 1, set: 1, step: 0, exact: true, trust: null } as const;
  cloud.setFrame({ ...head, points }, 0, 0);
  return cloud;
}
const group = (name: string, of: (row: number) => number): Column => ({
  kind: "group",
  name,
  names: Array.from({ length: 20 }, (_, k) => `n${k}`),
  values: Int32Array.from({ length: 20 }, (_, row) => of(row)),
});
const texts = (scopes: { text: string }[]): string[] => scopes.map(scope => scope.text);

test("whole groups come first, the smallest before the larger, and the point itself last", () => {
  const cloud = clusters(
    group("subject", row => Math.floor(row / 10)),
    group("recording", row => Math.floor(row / 2)),
  );
  const scopes = scopesOf(cloud, [4], []);
  assert.deepEqual(texts(scopes), [
    "Whole recording n2 · 2 points",
    "Whole subject n0 · 10 points",
    "This point only",
  ]);
  assert.deepEqual(scopes[0].rows, [4, 5]);
});

test("several groups are offered after what was chosen, and many are none", () => {
  const cloud = clusters(group("recording", row => Math.floor(row / 2)));
  assert.deepEqual(texts(scopesOf(cloud, [0, 2], [])), [
    "These 2 only",
    "Whole recording (all 2) · 4 points",
  ]);
  assert.deepEqual(wholesOf(cloud, [0, 2, 4, 6, 8, 10]), [], "a region of the picture is no group");
  assert.deepEqual(wholesOf(cloud, [0, 1]), [], "a whole group adds nothing");
});

test("a point without a group is nobody's", () => {
  const cloud = clusters(group("recording", row => (row < 5 ? -1 : 0)));
  assert.deepEqual(wholesOf(cloud, [2]), []);
});

test("without groups a point's crowd is offered first, and before it is known a scope without samples", () => {
  const cloud = clusters();
  assert.deepEqual(scopesOf(cloud, [5], null)[0], { text: "With its neighbours…", rows: [] });
  assert.deepEqual(scopesOf(cloud, [5], [5, 2, 17, 8]), [
    { text: "With its 3 neighbours", rows: [5, 2, 17, 8] },
    { text: "This point only", rows: [5] },
  ]);
  assert.deepEqual(texts(scopesOf(cloud, [5], [])), ["This point only"]);
});

test("a lone point of no group is one that only a crowd can belong to", () => {
  assert.ok(isAlone(clusters(), [5]));
  assert.ok(!isAlone(clusters(), [5, 6]));
  assert.ok(!isAlone(clusters(group("recording", row => row >> 1)), [5]));
});
