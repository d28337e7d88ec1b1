import assert from "node:assert/strict";
import test from "node:test";
import { classKeys } from "../../src/page/keys.ts";

test("classes named by digits have their own names as keys", () => {
  assert.deepEqual(classKeys(["3", "0", "7"]), ["3", "0", "7"]);
});

test("other classes count from 1, the tenth is 0, and further ones have none", () => {
  const names = Array.from({ length: 12 }, (_, k) => `class ${k}`);
  assert.deepEqual(classKeys(names), ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", null, null]);
  assert.deepEqual(classKeys(["1", "10"]), ["1", "2"], "10 is no digit, so none is taken by name");
  assert.deepEqual(classKeys([]), []);
});

test("a class that is found among digits takes no key from them", () => {
  assert.deepEqual(classKeys(["7", "3", "hook", "eye"]), ["7", "3", "1", "2"]);
  const all = [..."0123456789"];
  assert.deepEqual(classKeys([...all, "hook"]), [...all, null]);
});
