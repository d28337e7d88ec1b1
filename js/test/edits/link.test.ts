import assert from "node:assert/strict";
import test from "node:test";
import { createLink } from "../../src/edits/link.ts";

const ids = (...all: number[]): Uint32Array => Uint32Array.from(all);

test("every listener hears of another selection, and none of the same one again", () => {
  const link = createLink(() => {});
  const heard: string[] = [];
  const end = new AbortController();
  link.listen(what => heard.push(`one ${what}`), end.signal);
  link.listen(what => heard.push(`two ${what}`), end.signal);
  link.select(ids(3, 1));
  link.select(ids(3, 1));
  assert.deepEqual(heard, ["one selection", "two selection"]);
  assert.deepEqual([...link.ids], [3, 1]);
});

test("what is pointed at and what is ringed are told as one kind of news", () => {
  const link = createLink(() => {});
  const heard: string[] = [];
  link.listen(what => heard.push(what), new AbortController().signal);
  link.hover(7);
  link.hover(7);
  link.ring(ids(1), 2);
  assert.deepEqual(heard, ["hover", "hover"]);
  assert.deepEqual([link.hovered, [...link.ringed], link.becoming], [7, [1], 2]);
});

test("a link that the last view has left is given up", () => {
  let unused = 0;
  const link = createLink(() => unused++);
  const [first, last] = [new AbortController(), new AbortController()];
  link.listen(() => assert.fail("it ended"), first.signal);
  link.listen(() => {}, last.signal);
  first.abort();
  link.select(ids(1));
  assert.equal(unused, 0);
  last.abort();
  assert.equal(unused, 1);
});
