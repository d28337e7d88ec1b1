/** The codec: bytes in, typed messages out, and the other way, as PROTOCOL.md says. Pure. */

import { misfit } from "./misfit.ts";
import {
  adviceOf,
  agentOf,
  amountOf,
  channelsOf,
  comparisonOf,
  confusionOf,
  foundOf,
  groupsOf,
  journalOf,
  meterOf,
  type Setup,
  solvedOf,
  steeringOf,
  suggestionOf,
  type Work,
} from "./panels.ts";
import {
  type AxisKind,
  type Column,
  type Frame,
  type FrameHead,
  type Ids,
  type Incoming,
  type Look,
  type Outgoing,
  PROTOCOL,
  type Status,
} from "./protocol.ts";

import type { Interval } from "./traits.ts";

const MISSING = 65535;

const STEPS = 65534;

const MOST_SAMPLES = 2 ** 21; // what fits into a message of positions

/** What the kernel said; null for a type of a later version. Throws when the message is malformed. */
export function decode(content: unknown, buffers: DataView[]): Incoming | null {
  if (!isObject(content)) throw misfit("something that is no message.");
  const header = content;
  if (header.v !== PROTOCOL) {
    throw new Error(
      `The kernel speaks protocol ${String(header.v)} and this page ${PROTOCOL}. ` +
        "Restart the kernel, run the cell again and reload the page.",
    );
  }
  switch (header.type) {
    case "hello":
      return { type: "hello", n: whole(header, "n") };
    case "ids":
      return { type: "ids", set: whole(header, "set"), ids: rowsOf(header, buffers) };
    case "labels":
      return { type: "labels", set: whole(header, "set"), columns: columnsOf(header, buffers) };
    case "frame":
      return frameOf(header, buffers);
    case "axes":
      return {
        type: "axes",
        space: String(header.space),
        names: textsOf(header.names),
        statistics: textsOf(header.statistics),
        kinds: Array.isArray(header.kinds) ? header.kinds.map(kindOf) : [],
      };
    case "scores":
      return {
        type: "scores",
        statistic: String(header.statistic),
        text: String(header.text),
        step: whole(header, "step"),
        values: numbersOf(buffers[0]),
      };
    case "status":
      return { type: "status", status: { ...header, energy: amountOf(header.energy) } as Partial<Status> };
    case "meter":
      return meterOf(header, numbersOf(buffers[0]));
    case "journal":
      return journalOf(header);
    case "suggestion":
      return suggestionOf(header, idsOf(buffers[0]), [idsOf(buffers[1]), idsOf(buffers[2])]);
    case "comparison":
      return comparisonOf(header);
    case "file":
      return {
        type: "file",
        name: String(header.name),
        last: whole(header, "part") === whole(header, "parts") - 1,
        data: bytesOf(buffers[0]),
      };
    case "agent":
      return agentOf(header, buffers.length ? bytesOf(buffers[0]) : new Uint8Array());
    case "groups":
      return groupsOf(header);
    case "channels":
      return channelsOf(header);
    case "confusion":
      return confusionOf(header);
    case "solved":
      return solvedOf(header);
    case "steering":
      return steeringOf(header);
    case "advice":
      return adviceOf(header);
    case "found":
      return foundOf(header);
    case "setup":
    case "work":
      return header as Setup | Work;
    case "selection":
      return { type: "selection", client: textOrNull(header.client), ids: idsOf(buffers[0]) };
    case "crowd":
      return {
        type: "crowd",
        name: String(header.name),
        text: String(header.text),
        ids: idsOf(buffers[0]),
      };
    case "preview":
      return { type: "preview", looks: looksOf(header, buffers) };
    case "ack":
      return {
        type: "ack",
        client: String(header.client),
        number: whole(header, "number"),
        n: numberOrNull(header.n),
      };
    case "error":
      return {
        type: "error",
        text: String(header.text),
        client: textOrNull(header.client),
        number: numberOrNull(header.number),
      };
    default:
      return null;
  }
}

/** A message as a header and its buffers; ids leave the header for a buffer of their own. */
export function encode(message: Outgoing, seq: number): [Record<string, unknown>, Uint8Array[]] {
  const buffers: Uint8Array[] = [];
  const lift = (value: unknown): unknown => {
    if (value instanceof Uint32Array) {
      buffers.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      return { buffer: buffers.length - 1 };
    }
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, lift(inner)]));
  };
  const header: Record<string, unknown> = { v: PROTOCOL, seq };
  for (const [name, value] of Object.entries(message)) {
    if (value instanceof Uint32Array) lift(value);
    else if (value instanceof Uint8Array) buffers.push(value);
    else header[name] = lift(value);
  }
  return [header, buffers];
}

/** Which sample each row is; without a buffer they are 0, 1, 2 and so on. */
function rowsOf(header: Record<string, unknown>, buffers: DataView[]): Ids {
  const n = whole(header, "n");
  if (buffers.length) return sized(idsOf(buffers[0]), n, "ids");
  if (n < 0 || n > MOST_SAMPLES) throw misfit(`${n} samples; a page shows ${MOST_SAMPLES} at most.`);
  const ids = new Uint32Array(n);
  for (let row = 0; row < n; row++) ids[row] = row;
  return ids;
}

function kindOf(told: unknown): AxisKind {
  const { log, names, span, bands, offer } = isObject(told) ? told : {};
  return {
    log: log === true,
    names: names ? textsOf(names) : [],
    span: isInterval(span) ? span : null,
    bands: Array.isArray(bands) ? bands.filter(isInterval) : [],
    offer: textOrNull(offer) ?? "",
  };
}

const isInterval = (value: unknown): value is Interval =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] <= value[1];

function looksOf(header: Record<string, unknown>, buffers: DataView[]): Look[] {
  const ids = idsOf(buffers[0]);
  const samples = header.samples;
  if (!Array.isArray(samples) || samples.length !== ids.length) {
    throw misfit(`previews that do not fit their ${ids.length} ids.`);
  }
  return samples.map((sample: unknown, k) => {
    if (!isObject(sample)) throw misfit("a preview that is none.");
    const { mime, name } = sample;
    return { id: ids[k], mime: String(mime), name: String(name ?? ""), data: bytesOf(buffers[k + 1]) };
  });
}

function columnsOf(header: Record<string, unknown>, buffers: DataView[]): Column[] {
  if (!Array.isArray(header.columns)) throw misfit("labels that name no columns.");
  return header.columns.map((column: unknown, k): Column => {
    if (!isObject(column)) throw misfit("a column that is none.");
    const name = String(column.name);
    const bytes = bytesOf(buffers[k]);
    if (column.kind === "flags") return { kind: "flags", name, values: bytes };
    const codes = column.dtype === "uint16" ? wordsOf(bytes) : bytes;
    if (column.kind !== "number") {
      const none = column.dtype === "uint16" ? 65535 : 255;
      const values = Int32Array.from(codes, code => (code === none ? -1 : code));
      if (column.kind === "class") return { kind: "class", name, values };
      if (column.kind !== "group" && column.kind !== "text") {
        throw misfit(`column ${name} of the unknown kind ${String(column.kind)}.`);
      }
      if (!Array.isArray(column.names)) throw misfit(`column ${name} that names no values.`);
      return { kind: column.kind, name, values, names: column.names.map(String) };
    }
    const [lo, hi] = [Number(column.lo), Number(column.hi)];
    return { kind: "number", name, lo, hi, values: Float32Array.from(codes, code => between(code, lo, hi)) };
  });
}

/** Positions in a plane are decoded here, NaN for a missing one; those on axes stay codes until they get a scale. */
function frameOf(header: Record<string, unknown>, buffers: DataView[]): Frame | null {
  const [n, dims] = [whole(header, "n"), whole(header, "dims")];
  const codes = sized(wordsOf(bytesOf(buffers[0])), n * dims, "a frame");
  const [lo, hi] = [ends(header, "lo", dims), ends(header, "hi", dims)];
  const head: FrameHead = {
    type: "frame",
    seq: whole(header, "seq"),
    set: whole(header, "set"),
    step: whole(header, "step"),
    exact: header.exact === true,
    trust: typeof header.trust === "number" ? header.trust : null,
  };
  if (header.space === "axes") return { ...head, space: "axes", dims, codes, lo, hi };
  if (header.space !== "plane") return null;
  if (dims !== 2) throw misfit("a frame that is not in the plane.");
  const points = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) points[i] = between(codes[i], lo[i & 1], hi[i & 1]);
  return { ...head, space: "plane", points };
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const between = (code: number, lo: number, hi: number): number =>
  code === MISSING ? Number.NaN : lo + (code / STEPS) * (hi - lo);

/** A copy: a buffer may begin at any byte, a typed array may not. */
function bytesOf(view: DataView | undefined): Uint8Array<ArrayBuffer> {
  if (!view) throw misfit("a message without its buffer.");
  return new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

function idsOf(view: DataView | undefined): Ids {
  const bytes = bytesOf(view);
  if (bytes.length % 4) throw misfit(`ids in ${bytes.length} bytes, no multiple of 4.`);
  return new Uint32Array(bytes.buffer);
}

function numbersOf(view: DataView | undefined): Float32Array {
  const bytes = bytesOf(view);
  if (bytes.length % 4) throw misfit(`numbers of four bytes in ${bytes.length} bytes.`);
  return new Float32Array(bytes.buffer);
}

function wordsOf(bytes: Uint8Array<ArrayBuffer>): Uint16Array {
  if (bytes.length % 2) throw misfit(`words of two bytes in ${bytes.length} bytes.`);
  return new Uint16Array(bytes.buffer);
}

/** The ends of every dimension. */
function ends(header: Record<string, unknown>, name: string, dims: number): number[] {
  const value = header[name];
  if (!Array.isArray(value) || value.length !== dims || !value.every(Number.isFinite)) {
    throw misfit(`a ${String(header.type)} that has no numbers ${name} for ${dims} dimensions.`);
  }
  return value;
}

function sized<T extends ArrayLike<number>>(values: T, n: number, what: string): T {
  if (values.length !== n) throw misfit(`${values.length} values for ${n} of ${what}.`);
  return values;
}

function whole(header: Record<string, unknown>, name: string): number {
  const value = header[name];
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw misfit(`a ${String(header.type)} that has no whole number ${name}.`);
  }
  return value;
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
