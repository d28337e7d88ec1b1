import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { decode } from "../../src/wire/codec.ts";
import type { Suggestion } from "../../src/wire/panels.ts";
import { PROTOCOL } from "../../src/wire/protocol.ts";

const { kernel } = JSON.parse(readFileSync("../tests/fixtures/protocol.json", "utf8"));

function decoded(type: string): unknown {
  const message = kernel.find((each: { header: { type: string } }) => each.header.type === type);
  const views = message.buffers.map((text: string) => {
    const bytes = new Uint8Array(Buffer.from(text, "base64"));
    return new DataView(bytes.buffer);
  });
  return decode(message.header, views);
}

test("a meter arrives with its readings, and what was not read is null", () => {
  const amount = { value: 3.5, low: 3, high: 4.5, badges: { model: 1 }, unit: "J", per: "" };
  assert.deepEqual(decoded("meter"), {
    type: "meter",
    unit: "step",
    per: null,
    total: amount,
    lines: [
      { kind: "train", name: "training", amount },
      { kind: "save", name: "saving", amount: null },
    ],
    how: [{ how: "modelled", text: "a model" }],
    notes: ["no <b>"],
    grams: null,
    budget: { joules: 9, share: 0.4, text: "3.5 of 9 J" },
    forecast: "An epoch more",
    strip: Float32Array.of(3.5, 3, 4.5),
  });
});

test("the journal, a suggestion and a comparison arrive", () => {
  const { rows } = decoded("journal") as { rows: { state: string; text: string }[] };
  assert.deepEqual([rows[0].state, rows[0].text], ["muted", "<i> relabelled"]);
  const { card } = decoded("suggestion") as { card: { card: number; trusted: boolean } };
  assert.deepEqual([card.card, card.trusted], [2, false]);
  assert.deepEqual(decoded("comparison"), {
    type: "comparison",
    share: 0.5,
    text: "",
    lines: ["no <b>"],
    more: ["x1"],
    price: "about 1 J",
    runs: [],
  });
  const { typical } = decoded("suggestion") as Suggestion;
  assert.deepEqual(typical, [Uint32Array.of(4, 7), Uint32Array.of(4)]);
  const { led, note } = decoded("suggestion") as { led: string[]; note: string };
  assert.deepEqual([led, note], [["4 of 4"], "no <b>"]);
  assert.deepEqual(decoded("file"), {
    type: "file",
    name: "a.zip",
    last: true,
    data: Uint8Array.of(97, 98, 99),
  });
  const { rows: groups } = decoded("groups") as { rows: { value: string }[] };
  assert.equal(groups[0].value, "<f>");
  assert.equal((decoded("setup") as { layers: string[] }).layers[1], "b");
  assert.equal((decoded("work") as { share: null }).share, null);
  const header = { v: PROTOCOL, type: "journal", seq: 1 };
  assert.throws(
    () => decode({ ...header, rows: [null] }, []),
    /kernel sent a journal that has no list of rows/,
  );
});

test("a table of confusions must fit its classes", () => {
  const message = (tables: unknown): unknown =>
    decode({ v: PROTOCOL, type: "confusion", seq: 1, classes: ["a", "<b>"], tables }, []);
  const table = [
    [3, 1],
    [0, 2],
  ];
  assert.deepEqual(message([table]), { type: "confusion", classes: ["a", "<b>"], tables: [table] });
  for (const broken of [undefined, [], [[[1]]], [[1, 2]], "x"])
    assert.throws(() => message(broken), /no table of its classes/);
});

test("a table of channels must fit its names", () => {
  const header = { v: PROTOCOL, type: "channels", seq: 1, channels: ["x", "<y>"], classes: ["a", "b", "c"] };
  const bits = [
    [0.5, 0, 1],
    [0, 0.25, 0],
  ];
  assert.deepEqual(decode({ ...header, bits }, []), {
    type: "channels",
    channels: ["x", "<y>"],
    classes: ["a", "b", "c"],
    bits,
  });
  for (const broken of [undefined, [[1, 2, 3]], [[1], [2]], "x"])
    assert.throws(() => decode({ ...header, bits: broken }, []), /no table of its classes/);
});

test("a sheet arrives as a card with a question, and what is said may come without a card", () => {
  const message = (fields: object): unknown =>
    decode(
      { v: PROTOCOL, type: "suggestion", seq: 1, ...fields },
      [0, 0, 0].map(() => new DataView(new ArrayBuffer(0))),
    );
  const sheet = { card: 7, question: "2 samples: which?", n: 2, reason: "how", trusted: true };
  const asked = message({ ...sheet, given: "", proposed: "", note: "", led: [] }) as Suggestion;
  assert.deepEqual([asked.card?.card, asked.card?.question], [7, "2 samples: which?"]);
  const told = message({ card: null, note: "Nothing is left out." }) as Suggestion;
  assert.deepEqual([told.card, told.note, told.led], [null, "Nothing is left out.", []]);
});

test("advice arrives as text, and rows that are none are refused", () => {
  const row = { card: 0, text: "<b>", what: "x", live: true, rehearse: "", state: "" };
  const message = (fields: object): unknown => decode({ v: PROTOCOL, seq: 1, type: "advice", ...fields }, []);
  assert.deepEqual(message({ price: "2 J", note: "", rows: [row], left: ["T18: dearer"] }), {
    type: "advice",
    price: "2 J",
    note: "",
    rows: [row],
    left: ["T18: dearer"],
  });
  assert.throws(() => message({ rows: "x" }), /no list of rows/);
});

test("causes arrive with what is found, and a price of a point beside the budget", () => {
  const cause = { about: "data", found: null, number: "", text: "no <b>", next: "" };
  const message = (fields: object): unknown => decode({ v: PROTOCOL, seq: 1, ...fields }, []);
  assert.deepEqual(message({ type: "steering", causes: [cause], focus: "reached" }), {
    type: "steering",
    causes: [cause],
    focus: "reached",
  });
  assert.throws(() => message({ type: "steering", causes: "x" }), /no list of causes/);
});
