import assert from "node:assert/strict";
import test from "node:test";
import type { Crowd } from "../../src/edits/crowds.ts";
import { landingAmong, landingOn } from "../../src/edits/landing.ts";
import { LOOKING } from "../../src/edits/meaning.ts";
import { Cloud } from "../../src/paint/cloud.ts";

/** 20 samples, whose ids are ten times the row: ten of each class. */
function landing(crowd: Crowd) {
  const cloud = new Cloud();
  cloud.setIds(
    1,
    Uint32Array.from({ length: 20 }, (_, k) => 10 * k),
  );
  cloud.setColumns(1, [
    { kind: "class", name: "given", values: Int32Array.from({ length: 20 }, (_, k) => (k < 10 ? 0 : 1)) },
  ]);
  const head = { type: "frame", space: "plane", seq: 1, set: 1, step: 0, exact: true, trust: null } as const;
  cloud.setFrame({ ...head, points: new Float32Array(40) }, 0, 0);
  const asked: number[][] = [];
  const around = (rows: readonly number[]): Promise<Crowd> => {
    asked.push([...rows]);
    return Promise.resolve(crowd);
  };
  return { needs: { cloud, around, classes: () => ["calm", "busy"] }, asked };
}
const idsIn = (edit: unknown): number[] => [...(edit as { to: { near: Uint32Array } }).to.near];

test("a pull goes to the crowd of the nearest point, without what is pulled, once the kernel told it", async () => {
  const { needs, asked } = landing({ rows: [3, 9, 0, 15, 8, 7, 6, 5, 4, 2, 1, 14], why: "" });
  let told = 0;
  const drop = landingAmong(needs, [0], [3, 2, 1], () => told++);
  assert.equal(drop.meaning([0]), LOOKING);
  assert.equal(drop.meaning([0]), LOOKING);
  assert.deepEqual(asked, [[3]], "it is asked once");
  await Promise.resolve();
  assert.equal(told, 1);
  const choice = drop.meaning([0])?.choices[0];
  assert.deepEqual(idsIn(choice?.edit), [30, 90, 150, 80, 70, 60, 50, 40, 20, 10]);
  assert.equal(choice?.text, "Pull to these neighbours");
  assert.equal(drop.why(), "");
});

test("without a crowd a pull goes to the nearest point alone, and it is said why", async () => {
  const { needs } = landing({ rows: [], why: "The kernel is busy." });
  const drop = landingAmong(needs, [0], [3, 2, 1], () => {});
  drop.meaning([0]);
  await Promise.resolve();
  const choice = drop.meaning([0])?.choices[0];
  assert.deepEqual(
    [choice?.text, idsIn(choice?.edit), drop.why()],
    ["Pull to this one", [30], "The kernel is busy."],
  );
});

test("where a drop means a name nobody is asked", () => {
  const { needs, asked } = landing({ rows: [], why: "" });
  const drop = landingAmong(needs, [0], [12, 13, 3], () => {});
  assert.equal(drop.meaning([0])?.choices[0].text, "This one is busy");
  assert.equal(landingOn(needs, 1).meaning([0, 1])?.choices[0].text, "These 2 are busy");
  assert.deepEqual(asked, []);
});
