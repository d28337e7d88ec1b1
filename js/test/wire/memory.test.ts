import assert from "node:assert/strict";
import test from "node:test";
import { createMemory } from "../../src/wire/memory.ts";

function storage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string): string | null => items.get(key) ?? null,
    setItem: (key: string, value: string): void => void items.set(key, value),
    removeItem: (key: string): void => void items.delete(key),
  };
}

test("what a person chose comes back, and what is as it came takes no room", () => {
  const place = storage();
  const memory = createMemory<{ colour: string }>("s", place);
  memory.write({ colour: "age" });
  assert.deepEqual(createMemory("s", place).read(), { colour: "age" });
  assert.deepEqual(createMemory("other", place).read(), {});
  memory.write({});
  assert.equal(place.items.size, 0);
});

test("a memory of another version, or none at all, is no memory", () => {
  const place = storage();
  place.items.set("greenlatent/view/s", "{");
  assert.deepEqual(createMemory("s", place).read(), {});
  assert.deepEqual(createMemory("s", null).read(), {});
  createMemory("s", null).write({});
});
