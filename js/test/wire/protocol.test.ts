import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

test("the commands are those that PROTOCOL.md lists", () => {
  const listed = readFileSync("PROTOCOL.md", "utf8")
    .match(/`do: ([\w, ]+)`/)?.[1]
    .split(", ");
  const union = readFileSync("src/wire/protocol.ts", "utf8").match(/type Command =([^;]*);/)?.[1];
  assert.deepEqual(
    [...(union ?? "").matchAll(/"(\w+)"/g)].map(([, word]) => word),
    listed,
  );
  assert.ok(listed && listed.length > 20);
});
