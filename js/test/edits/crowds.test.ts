import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { type Crowd, createCrowds, kinIn } from "../../src/edits/crowds.ts";
import { Cloud } from "../../src/paint/cloud.ts";
import type { Incoming, Outgoing } from "../../src/wire/protocol.ts";

type Answer = Extract<Incoming, { type: "crowd" }>;
type Question = Extract<Outgoing, { type: "crowd" }>;

Object.assign(globalThis, { window: globalThis });

/** Six samples whose ids are ten times the row; the last has no place, and every other one a label. */
function six(): Cloud {
  const cloud = new Cloud();
  cloud.setIds(1, Uint32Array.from([0, 10, 20, 30, 40, 50]));
  cloud.setColumns(1, [{ kind: "class", name: "given", values: Int32Array.of(0, 0, 0, 1, 0, 0) }]);
  const points = Float32Array.from({ length: 12 }, (_, k) => (k < 10 ? k : Number.NaN));
  const head = { type: "frame", space: "plane", seq: 1, set: 1, step: 0, exact: true, trust: null } as const;
  cloud.setFrame({ ...head, points }, 0, 0);
  return cloud;
}

function asking() {
  const sent: Question[] = [];
  let hear: (message: Answer) => void = () => {};
  const wire = {
    on: (_: string, listener: unknown) => {
      hear = listener as typeof hear;
    },
    send: (message: Outgoing) => void sent.push(message as Question),
  };
  const ask = createCrowds(six(), wire, new AbortController().signal);
  const answer = (name: string, ids: number[], text = ""): void =>
    hear({ type: "crowd", name, text, ids: Uint32Array.from(ids) });
  return { ask, sent, answer };
}

test("each question is answered by its own answer, in whichever order they come, with rows that have a place", async () => {
  const { ask, sent, answer } = asking();
  const crowds = Promise.all([ask([1], 30), ask([2, 3], 5)]);
  assert.deepEqual(
    sent.map(({ k, ids }) => [k, [...ids]]),
    [
      [30, [10]],
      [5, [20, 30]],
    ],
  );
  answer("of another page", [0]);
  answer(sent[1].name, [], "no <b>");
  answer(sent[0].name, [10, 40, 50, 7]);
  assert.deepEqual(await crowds, [
    { rows: [1, 4], why: "" },
    { rows: [], why: "no <b>" },
  ]);
});

test("a kernel that is busy is said to be, and what it answers later is not heard", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { ask, sent, answer } = asking();
  let found: Crowd | null = null;
  const asked = ask([1], 30).then(crowd => {
    found = crowd;
  });
  mock.timers.tick(2900);
  await Promise.resolve();
  assert.equal(found, null);
  mock.timers.tick(200);
  answer(sent[0].name, [10, 20]);
  await asked;
  assert.deepEqual(found, { rows: [], why: "The kernel does not answer: it is busy, or gone." });
  mock.timers.reset();
});

test("kin are those of the crowd that have the label of the point, if they are enough and few have another", () => {
  const cloud = six();
  const mixed = six();
  mixed.setColumns(1, [{ kind: "class", name: "given", values: Int32Array.of(0, 0, 0, 0, 1, 1) }]);
  assert.equal(kinIn(mixed, 0, { rows: [0, 1, 2, 3, 4, 5], why: "" }).rows.length, 4);
  mixed.setColumns(1, [{ kind: "class", name: "given", values: Int32Array.of(-1, -1, -1, -1, 1, 1) }]);
  assert.equal(
    kinIn(mixed, 0, { rows: [0, 4, 5, 1, 2, 3], why: "" }).rows.length,
    4,
    "names beside it say nothing",
  );
  assert.deepEqual(kinIn(cloud, 1, { rows: [1, 3, 4, 2, 0], why: "" }), { rows: [1, 4, 2, 0], why: "" });
  assert.match(kinIn(cloud, 3, { rows: [3, 4, 2, 0], why: "" }).why, /^Few near it/);
  assert.deepEqual(kinIn(cloud, 3, { rows: [], why: "busy" }), { rows: [], why: "busy" });
});

test("a crowd that is more of another label than of the point's is none of its kin", () => {
  const cloud = new Cloud();
  cloud.setIds(
    1,
    Uint32Array.from({ length: 8 }, (_, k) => k),
  );
  const head = { type: "frame", space: "plane", seq: 1, set: 1, step: 0, exact: true, trust: null } as const;
  cloud.setFrame({ ...head, points: new Float32Array(16) }, 0, 0);
  const crowd = { rows: [0, 1, 2, 3, 4, 5, 6, 7], why: "" };
  const kin = (...values: number[]): number => {
    cloud.setColumns(1, [{ kind: "class", name: "given", values: Int32Array.from(values) }]);
    return kinIn(cloud, 0, crowd).rows.length;
  };
  assert.equal(kin(0, 0, 0, 0, 1, 1, 1, -1), 4);
  assert.equal(kin(0, 0, 0, 0, 1, 1, 1, 2), 0);
});
