import assert from "node:assert/strict";
import test from "node:test";
import { commonest, type Drop, meaningOf, meaningOfClass } from "../../src/edits/meaning.ts";

const CLASSES = ["walking", "sitting"];
const drop = (from: number[], there: number[]): Drop => ({
  ids: Uint32Array.from(from, (_, k) => k),
  from,
  there,
  near: () => Uint32Array.from(there, (_, k) => 100 + k),
});

test("a drop into another class offers its name, and nothing else", () => {
  const meaning = meaningOf(drop([0], [1, 1, 0]), CLASSES);
  assert.deepEqual(
    meaning?.choices.map(choice => choice.edit),
    [{ kind: "Relabel", ids: Uint32Array.of(0), label: "sitting" }],
  );
  assert.equal(meaning?.choices[0].text, "This one is sitting");
  assert.equal(meaning?.title, "This point from walking to sitting?");
});

test("where they come from is said only if all come from there", () => {
  assert.equal(meaningOf(drop([0, 0], [1]), CLASSES)?.title, "These 2 points from walking to sitting?");
  assert.equal(meaningOf(drop([0, 0, -1], [1]), CLASSES)?.title, "These 3 points to sitting?");
});

test("a drop within its own class offers the neighbours alone", () => {
  const meaning = meaningOf(drop([0, 0, 1], [0, 0]), CLASSES);
  assert.deepEqual(
    meaning?.choices.map(choice => [choice.text, choice.edit.kind]),
    [["Pull to these neighbours", "Move"]],
  );
});

test("a drop among points without a class offers the neighbours alone", () => {
  assert.deepEqual(
    meaningOf(drop([0], [-1, -1]), CLASSES)?.choices.map(c => c.edit.kind),
    ["Move"],
  );
  assert.deepEqual(
    meaningOf(drop([-1], [-1]), [])?.choices.map(c => c.edit.kind),
    ["Move"],
  );
});

test("points without a class that are dropped into one count as dragged", () => {
  const meaning = meaningOf(drop([-1, 0], [1]), CLASSES);
  assert.equal(meaning?.title, "These 2 points to sitting?");
  assert.deepEqual(meaning?.choices[0].edit, { kind: "Move", ids: Uint32Array.of(0, 1), to: "sitting" });
  assert.equal(meaning?.choices[0].text, "These 2 are sitting");
});

test("a drop where no point is near means nothing", () => {
  assert.equal(meaningOf(drop([0], []), CLASSES), null);
  assert.equal(meaningOf(drop([], [1]), CLASSES), null);
});

test("a class by name offers that name", () => {
  const { choices } = meaningOfClass(Uint32Array.of(1, 2), [0, 0], "sitting");
  assert.deepEqual(
    choices.map(choice => choice.edit),
    [{ kind: "Relabel", ids: Uint32Array.of(1, 2), label: "sitting" }],
  );
});

test("the commonest value wins, and the first of a tie", () => {
  assert.equal(commonest([2, 1, 1]), 1);
  assert.equal(commonest([2, 1]), 2);
  assert.equal(commonest([]), -1);
});
