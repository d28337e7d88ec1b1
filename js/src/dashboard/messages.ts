/** What the kernel says of the dashboard's panels; see PROTOCOL.md. Pure. */

type Fields = Record<string, unknown>;

/** Joules with the ends of their interval, and by what shares they are known how. */
export type Amount = { value: number; low: number; high: number; badges: Record<string, number> };

export type Meter = {
  type: "meter";
  unit: string;
  per: Amount | null;
  total: Amount | null;
  lines: { kind: string; amount: Amount | null }[];
  how: { how: string; text: string }[];
  notes: string[];
  grams: string | null;
  /** The last readings a unit: value, low, high, one after another, NaN where there was none. */
  strip: Float32Array;
};

export type Row = {
  n: number;
  text: string;
  by: string;
  step: number;
  state: string;
  samples: number;
};
export type Journal = { type: "journal"; rows: Row[]; more: number };

export type Card = {
  card: number;
  reason: string;
  n: number;
  given: string;
  proposed: string;
  trusted: boolean;
};
export type Suggestion = { type: "suggestion"; card: Card | null; dry: boolean; step: number };

/** `share` is how far it is, null while none runs. */
export type Comparison = { type: "comparison"; share: number | null; text: string };

export const meterOf = (header: Fields, strip: Float32Array): Meter => ({
  type: "meter",
  unit: textOf(header, "unit"),
  per: amountOf(header.per),
  total: amountOf(header.total),
  lines: listOf(header, "lines", line => ({ kind: textOf(line, "kind"), amount: amountOf(line) })),
  how: listOf(header, "how", line => ({ how: textOf(line, "how"), text: textOf(line, "text") })),
  notes: Array.isArray(header.notes) ? header.notes.map(String) : [],
  grams: typeof header.grams === "string" ? header.grams : null,
  strip: strip.subarray(0, strip.length - (strip.length % 3)),
});

export const journalOf = (header: Fields): Journal => ({
  type: "journal",
  rows: listOf(header, "rows", row => ({
    n: numberOf(row, "n"),
    text: textOf(row, "text"),
    by: textOf(row, "by"),
    step: numberOf(row, "step"),
    state: textOf(row, "state"),
    samples: numberOf(row, "samples"),
  })),
  more: numberOf(header, "more"),
});

export const suggestionOf = (header: Fields): Suggestion => ({
  type: "suggestion",
  dry: header.dry === true,
  step: numberOf(header, "step"),
  card:
    header.card === null
      ? null
      : {
          card: numberOf(header, "card"),
          reason: textOf(header, "reason"),
          n: numberOf(header, "n"),
          given: textOf(header, "given"),
          proposed: textOf(header, "proposed"),
          trusted: header.trusted === true,
        },
});

export const comparisonOf = (header: Fields): Comparison => ({
  type: "comparison",
  share: typeof header.share === "number" ? header.share : null,
  text: textOf(header, "text"),
});

function amountOf(value: unknown): Amount | null {
  if (typeof value !== "object" || value === null) return null;
  const { value: joules, low, high, badges } = value as Fields;
  if (typeof joules !== "number" || typeof low !== "number" || typeof high !== "number") return null;
  const shares = Object.entries(typeof badges === "object" && badges ? badges : {});
  return {
    value: joules,
    low,
    high,
    badges: Object.fromEntries(shares.map(([name, share]) => [name, Number(share)])),
  };
}

function listOf<T>(header: Fields, name: string, read: (each: Fields) => T): T[] {
  const list = header[name];
  if (!Array.isArray(list)) throw new Error(`The kernel's ${String(header.type)} has no list of ${name}.`);
  return list.map(each => {
    if (typeof each === "object" && each !== null) return read(each);
    throw new Error(`The kernel's ${String(header.type)} holds something that is none of its ${name}.`);
  });
}

function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Error(`The kernel sent a panel without the number ${name}.`);
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value;
  throw new Error(`The kernel sent a panel without the text ${name}.`);
}
