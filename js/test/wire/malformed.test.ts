import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Cloud } from "../../src/paint/cloud.ts";
import { Strands } from "../../src/parallel/lines/strands.ts";
import { decode } from "../../src/wire/codec.ts";

type Message = { header: Record<string, unknown>; buffers: string[] };
const { kernel } = JSON.parse(readFileSync("../tests/fixtures/protocol.json", "utf8")) as {
  kernel: Message[];
};

/** The same dice every time. */
let state = 7;
const dice = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % n;
};
// biome-ignore format: a list of junk reads better in few lines
const JUNK: unknown[] = [
  null, undefined, true, -1, 0, 1, 2, 1.5, Number.NaN, Infinity, 2 ** 31, 2 ** 32, 2 ** 53, "", "a", "uint16", "class",
  "group", "constructor", [], [[]], [1, 2], [null], {}, { length: 3 }, { buffer: 0 }, "x".repeat(9999),
];

function mangle(value: unknown): unknown {
  if (Array.isArray(value) && value.length && dice(5)) {
    const at = dice(value.length);
    if (!dice(4)) return value.filter((_, k) => k !== at);
    return value.map((each, k) => (k === at ? mangle(each) : each));
  }
  if (typeof value === "object" && value !== null && dice(6)) {
    const names = Object.keys(value);
    const name = names[dice(names.length)];
    const copy = { ...(value as Record<string, unknown>) };
    if (name === undefined || !dice(5)) delete copy[name ?? ""];
    else copy[name] = mangle(copy[name]);
    return copy;
  }
  return JUNK[dice(JUNK.length)];
}

function cut(bytes: Buffer): Uint8Array {
  if (dice(3)) return bytes;
  return Uint8Array.from({ length: dice(40) }, () => dice(256));
}

/** All that a view knows, as a text: what was only half applied would show. */
const known = (cloud: Cloud): string =>
  JSON.stringify([
    Array.from(cloud.ids),
    [...cloud.columns.values()].map(column => [column.name, column.kind, Array.from(column.values)]),
    Array.from(cloud.places(1e9)),
    cloud.step,
    Array.from(cloud.look),
  ]);

test("a page takes no half of 10,000 malformed messages, and what is right afterwards", () => {
  const cloud = new Cloud();
  const strands = new Strands();
  const apply = (message: ReturnType<typeof decode>): void => {
    for (const each of [cloud, strands]) {
      if (message?.type === "ids") each.setIds(message.set, message.ids);
      if (message?.type === "labels") each.setColumns(message.set, message.columns);
    }
    if (message?.type === "frame" && message.space === "plane") cloud.setFrame(message, 0, 0);
    if (message?.type === "frame" && message.space === "axes") strands.setAxes(message, 0, 0);
  };
  const views = (message: Message): DataView[] =>
    message.buffers.map(text => new DataView(Uint8Array.from(Buffer.from(text, "base64")).buffer));
  for (const message of kernel) apply(decode(message.header, views(message)));
  let refused = 0;
  for (let k = 0; k < 10_000; k++) {
    const { header, buffers } = kernel[dice(kernel.length)];
    const data = buffers.slice(0, dice(8) ? undefined : dice(3)).map(text => {
      const bytes = cut(Buffer.from(text, "base64"));
      return new DataView(Uint8Array.from(bytes).buffer);
    });
    const before = known(cloud);
    try {
      apply(decode(mangle(header), data));
    } catch (error) {
      refused++;
      assert.ok(error instanceof Error && /kernel/i.test(error.message), `not in words: ${error}`);
      assert.equal(known(cloud), before, "refused, and yet half applied");
    }
    assert.equal(cloud.look.length, 4 * cloud.n);
    assert.equal(cloud.places(1e9).length, 2 * cloud.n);
    for (const column of cloud.columns.values()) assert.equal(column.values.length, cloud.n);
  }
  assert.ok(refused > 2000, `${refused} refused`);
  const set = 1_000_000;
  const good = (message: Message): Message => ({ ...message, header: { ...message.header, set } });
  for (const message of kernel.map(good)) apply(decode(message.header, views(message)));
  assert.deepEqual(Array.from(cloud.ids), [4, 7, 4_000_000_000]);
});
