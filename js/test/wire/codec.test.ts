import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { decode, encode } from "../../src/wire/codec.ts";
import { type AxesFrame, type Look, type Outgoing, PROTOCOL } from "../../src/wire/protocol.ts";

const path = "../tests/fixtures/protocol.json";
const fixture = JSON.parse(readFileSync(path, "utf8"));

type Wired = { header: { type: string; space?: string }; buffers: string[] };

/** As a notebook delivers a buffer: a view somewhere inside a larger one. */
function viewOf(base64: string): DataView {
  const bytes = Buffer.from(base64, "base64");
  const room = new Uint8Array(bytes.length + 3);
  room.set(bytes, 3);
  return new DataView(room.buffer, 3, bytes.length);
}

function decoded(type: string, space?: string): unknown {
  const message = fixture.kernel.find(
    (each: Wired) => each.header.type === type && (!space || each.header.space === space),
  );
  return decode(message.header, message.buffers.map(viewOf));
}

test("ids arrive as whole numbers up to 2^32", () => {
  assert.deepEqual(decoded("ids"), { type: "ids", set: 1, ids: Uint32Array.of(4, 7, 4_000_000_000) });
});

test("ids without a buffer count from 0", () => {
  const header = { v: PROTOCOL, type: "ids", seq: 1, set: 4 };
  assert.deepEqual(decode({ ...header, n: 3 }, []), { type: "ids", set: 4, ids: Uint32Array.of(0, 1, 2) });
  assert.throws(() => decode({ ...header, n: 1e9 }, []), /sent 1000000000 samples/);
  assert.throws(() => decode({ ...header, n: -1 }, []), /sent -1 samples/);
});

test("columns arrive with -1 for no class and NaN for no number", () => {
  assert.deepEqual(decoded("labels"), {
    type: "labels",
    set: 1,
    columns: [
      { kind: "class", name: "given", values: Int32Array.of(0, 1, -1) },
      { kind: "number", name: "confidence", lo: 0.5, hi: 1, values: Float32Array.of(0.5, Number.NaN, 1) },
      { kind: "group", name: "recording", names: ["12", "7"], values: Int32Array.of(1, 0, -1) },
      { kind: "text", name: "sex", names: ["f", "m"], values: Int32Array.of(0, 0, 1) },
      { kind: "flags", name: "state", values: Uint8Array.of(0, 1, 6) },
    ],
  });
});

test("positions arrive within a step of where they were sent from, and a gap is NaN", () => {
  const frame = decoded("frame", "plane");
  assert.ok(typeof frame === "object" && frame && "points" in frame && "step" in frame);
  const points = Array.from(frame.points as Float32Array);
  [0, -1, 2, Number.NaN, 1, 3].forEach((value, k) => {
    assert.ok(Number.isNaN(value) ? Number.isNaN(points[k]) : Math.abs(points[k] - value) < 1e-4);
  });
  assert.equal(frame.step, 12);
});

test("values on axes arrive axis by axis, as codes between the ends of each", () => {
  const frame = decoded("frame", "axes") as AxesFrame;
  assert.deepEqual([frame.dims, frame.lo, frame.hi, frame.step], [2, [0, 5], [4, 5], 12]);
  assert.deepEqual(Array.from(frame.codes), [0, 65534, 32767, 0, 65535, 0]);
  assert.deepEqual(decoded("axes"), {
    type: "axes",
    space: "input",
    names: ["speed", "<b>"],
    statistics: ["f_ratio"],
    kinds: [
      { log: true, names: [], span: [-4, -1], bands: [[-3, -2]], offer: "Search here" },
      { log: false, names: [], span: null, bands: [], offer: "" },
    ],
  });
});

test("a score for every axis arrives with its reason", () => {
  assert.deepEqual(decoded("scores"), {
    type: "scores",
    statistic: "f_ratio",
    text: "how far apart",
    step: 12,
    values: Float32Array.of(2.5, Number.NaN),
  });
});

test("previews arrive with their ids and names, a missing one without a type", () => {
  const { looks } = decoded("preview") as { looks: Look[] };
  assert.deepEqual(
    looks.map(({ id, mime, name }) => [id, mime, name]),
    [
      [4, "text/plain", "four"],
      [7, "", "seven"],
    ],
  );
  assert.equal(new TextDecoder().decode(looks[0].data), "what 4 says");
});

test("the status keeps what was not read as null", () => {
  const { status } = decoded("status") as { status: Record<string, unknown> };
  assert.deepEqual([status.running, status.step, status.accuracy, status.loss], [true, 12, null, null]);
});

test("the selection says whose it is", () => {
  assert.deepEqual(decoded("selection"), { type: "selection", client: null, ids: Uint32Array.of(7) });
});

test("a crowd arrives by the name of its question, or without samples and with the reason", () => {
  const answers = fixture.kernel
    .filter((each: Wired) => each.header.type === "crowd")
    .map(({ header, buffers }: Wired) => decode(header, buffers.map(viewOf)));
  assert.deepEqual(answers, [
    { type: "crowd", name: "a", text: "", ids: Uint32Array.of(7) },
    { type: "crowd", name: "b", text: "no <b>", ids: new Uint32Array(0) },
  ]);
});

test("labels that can be spread are offered with the suggestion", () => {
  assert.equal((decoded("suggestion") as { spread: boolean }).spread, true);
});

test("an unknown type is passed over, a wrong version is an error in words", () => {
  assert.equal(decode({ v: PROTOCOL, type: "sing", seq: 1 }, []), null);
  assert.throws(() => decode({ v: 3, type: "hello", seq: 1 }, []), /speaks protocol 3 and this page 2/);
  assert.throws(() => decode("hello", []), /no message/);
});

test("a frame that is too short, or has no buffer, is refused", () => {
  const { header } = fixture.kernel.find((each: Wired) => each.header.space === "plane");
  assert.throws(() => decode(header, [viewOf("AAAAAA==")]), /values for 6/);
  assert.throws(() => decode(header, []), /without its buffer/);
});

const PAGE: [Outgoing, unknown][] = [
  [
    {
      type: "edit",
      client: "tab",
      number: 7,
      seconds: 4,
      frame: 12,
      edit: { kind: "Shift", label: "busy", axis: 3, amount: -1.25, against: null },
    },
    "Shift(label='busy', axis=3, amount=-1.25, against=None)",
  ],
  [
    {
      type: "edit",
      client: "tab",
      number: 8,
      seconds: null,
      frame: null,
      edit: { kind: "RankFeatures", order: Uint32Array.of(2, 0, 1), keep: 2 },
    },
    "RankFeatures(order=(2, 0, 1), keep=2)",
  ],
  [{ type: "hello", view: "v1", open: true, webgl: true }, null],
  [{ type: "ack", frame: 9 }, null],
  [
    {
      type: "edit",
      client: "tab",
      number: 1,
      seconds: 2.5,
      frame: 12,
      edit: { kind: "Move", ids: Uint32Array.of(4), to: { near: Uint32Array.of(7, 4_000_000_000) } },
    },
    "Move(ids=(4,), to=Near(ids=(7, 4000000000)))",
  ],
  [
    {
      type: "edit",
      client: "tab",
      number: 2,
      seconds: null,
      frame: null,
      edit: { kind: "Move", ids: Uint32Array.of(4, 7), to: "busy" },
    },
    "Move(ids=(4, 7), to='busy')",
  ],
  [
    {
      type: "edit",
      client: "tab",
      number: 3,
      seconds: 1,
      frame: 12,
      edit: { kind: "Relabel", ids: Uint32Array.of(7), label: "calm" },
    },
    "Relabel(ids=(7,), label='calm')",
  ],
  [
    {
      type: "edit",
      client: "tab",
      number: 4,
      seconds: 1,
      frame: null,
      edit: { kind: "Weigh", ids: Uint32Array.of(7), weight: 0.25 },
    },
    "Weigh(ids=(7,), weight=0.25)",
  ],
  [
    {
      type: "edit",
      client: "tab",
      number: 5,
      seconds: 1,
      frame: 12,
      edit: { kind: "Drop", ids: Uint32Array.of(4, 7) },
    },
    "Drop(ids=(4, 7))",
  ],
  [
    {
      type: "edit",
      client: "tab",
      number: 6,
      seconds: 1,
      frame: 12,
      edit: { kind: "Link", a: Uint32Array.of(4), b: Uint32Array.of(7), alike: false },
    },
    "Link(a=(4,), b=(7,), alike=False)",
  ],
  [{ type: "command", do: "step", arguments: { n: 10 } }, null],
  [{ type: "selection", client: "tab", ids: Uint32Array.of(4, 7) }, [4, 7]],
  [{ type: "preview", ids: Uint32Array.of(4, 7) }, [4, 7]],
  [{ type: "crowd", name: "a", k: 30, ids: Uint32Array.of(4, 7) }, [4, 7]],
  [{ type: "command", do: "spread", arguments: {} }, null],
  [
    {
      type: "edit",
      client: "tab",
      number: 9,
      seconds: 1,
      frame: 12,
      edit: { kind: "Found", ids: Uint32Array.of(4, 7), name: "hook" },
    },
    "Found(ids=(4, 7), name='hook')",
  ],
  [{ type: "picture", width: 2, height: 1, alt: "Two points", png: Uint8Array.of(137, 80) }, null],
];

test("the page encodes the bytes that the kernel is tested with", () => {
  const page = PAGE.map(([message, means], k) => {
    const [header, buffers] = encode(message, k + 1);
    return { header, buffers: buffers.map(bytes => Buffer.from(bytes).toString("base64")), means };
  });
  if (process.env.WRITE_FIXTURE) {
    writeFileSync(path, `${JSON.stringify({ ...fixture, page }, null, 1)}\n`);
  }
  assert.deepEqual(page, fixture.page);
});
