import assert from "node:assert/strict";
import test from "node:test";
import { amountOf, meaningOfPull, readoutOf } from "../../../src/parallel/lines/pull.ts";
import { measure } from "../../../src/parallel/lines/spread.ts";
import { coded, near } from "./coded.ts";

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
