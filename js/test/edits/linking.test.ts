import assert from "node:assert/strict";
import test from "node:test";
import { createLinking } from "../../src/edits/linking.ts";
import type { Item, Menu } from "../../src/page/menu.ts";
import { Cloud } from "../../src/paint/cloud.ts";
import type { Edit } from "../../src/wire/protocol.ts";

/** Ids are ten times the row, so that one cannot pass for the other. */
function linking() {
  const cloud = new Cloud();
  cloud.setIds(1, Uint32Array.from([0, 10, 20, 30]));
  const frame = { type: "frame", space: "plane", seq: 1, set: 1, step: 0, exact: true, trust: null } as const;
  cloud.setFrame({ ...frame, points: new Float32Array(8) }, 0, 0);
  const made = {
    rows: [] as number[],
    items: [] as readonly Item[],
    edits: [] as Edit[],
    said: [] as string[],
  };
  const menu: Pick<Menu, "open"> = {
    open(_, items) {
      made.items = items;
    },
  };
  const opener = { textContent: "" } as HTMLElement;
  const link = createLinking(menu, opener, {
    cloud,
    chosen: () => (made.rows.length ? { rows: made.rows, since: 5 } : null),
    apply: edit => void made.edits.push(edit),
    say: text => void made.said.push(text),
    refresh: () => link.tell(),
  });
  return { link, made, opener };
}

test("the first press keeps one side, the second asks how it goes with the other", () => {
  const { link, made, opener } = linking();
  made.rows = [1, 2];
  link.link();
  assert.deepEqual(link.kept(), [1, 2]);
  assert.equal(opener.textContent, "Link with 2");
  made.rows = [2, 3];
  link.link();
  assert.deepEqual(
    made.items.map(item => item.key),
    ["J", "D", undefined],
  );
  assert.deepEqual(made.edits, []);
  made.items[1].act();
  const [a, b] = [Uint32Array.from([10, 20]), Uint32Array.from([30])];
  assert.deepEqual(made.edits, [{ kind: "Link", a, b, alike: false }]);
  assert.deepEqual(link.kept(), []);
  assert.equal(opener.textContent, "Link");
});

test("the same samples again are one side still, and can be forgotten", () => {
  const { link, made } = linking();
  made.rows = [1];
  link.link();
  link.link();
  assert.deepEqual([made.items, link.kept()], [[], [1]]);
  assert.equal(link.forget(), true);
  assert.equal(link.forget(), false);
  assert.deepEqual(made.said.at(-1), "Nothing is linked.");
});

test("nothing chosen keeps what was kept", () => {
  const { link, made } = linking();
  made.rows = [3];
  link.link();
  made.rows = [];
  link.link();
  assert.deepEqual(link.kept(), [3]);
});
