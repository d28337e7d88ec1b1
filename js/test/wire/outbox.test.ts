import assert from "node:assert/strict";
import test from "node:test";
import { createOutbox, type Storage } from "../../src/wire/outbox.ts";
import type { Edit } from "../../src/wire/protocol.ts";

const EDIT: Edit = { kind: "Move", ids: Uint32Array.of(3, 4_000_000_000), to: { near: Uint32Array.of(5) } };

function memory(limit = Infinity): Storage & { text: Map<string, string> } {
  const text = new Map<string, string>();
  return {
    text,
    getItem: key => text.get(key) ?? null,
    setItem(key, value) {
      if (value.length > limit) throw new Error("QuotaExceededError");
      text.set(key, value);
    },
    removeItem: key => void text.delete(key),
  };
}

test("an edit waits until it is answered, and leaves nothing behind", () => {
  const storage = memory();
  const outbox = createOutbox("s", "a", storage);
  const entry = outbox.add(EDIT, 1.5, 12);
  assert.equal(entry.number, 1);
  assert.equal(outbox.waiting().length, 1);
  assert.equal(outbox.settle("a", 1), true);
  assert.equal(outbox.settle("a", 1), false, "an answer that is repeated finds nothing");
  assert.equal(outbox.waiting().length, 0);
  assert.equal(storage.text.size, 0);
});

test("after a reload the edit is there with its first name, and new ones count for themselves", () => {
  const storage = memory();
  createOutbox("s", "before", storage).add(EDIT, 1.5, 12);
  const outbox = createOutbox("s", "after", storage);
  assert.deepEqual(outbox.waiting(), [{ client: "before", number: 1, edit: EDIT, seconds: 1.5, frame: 12 }]);
  assert.equal(outbox.add(EDIT, null, null).client, "after");
  outbox.settle("before", 1);
  assert.deepEqual(
    createOutbox("s", "later", storage)
      .waiting()
      .map(entry => entry.client),
    ["after"],
  );
});

test("sessions do not mix", () => {
  const storage = memory();
  createOutbox("one", "a", storage).add(EDIT, null, null);
  assert.deepEqual(createOutbox("two", "a", storage).waiting(), []);
});

test("a full or missing storage costs the second life, not the edit", () => {
  for (const storage of [memory(10), null]) {
    const outbox = createOutbox("s", "a", storage);
    outbox.add(EDIT, null, null);
    assert.equal(outbox.waiting().length, 1);
  }
});

test("what another version left in the storage is passed over", () => {
  for (const text of ["{", '{"a": 1}', "null"]) {
    const storage = memory();
    storage.setItem("greenlatent/outbox/s", text);
    assert.deepEqual(createOutbox("s", "a", storage).waiting(), []);
  }
});
