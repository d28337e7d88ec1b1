/** The dashboard's panels as messages; see PROTOCOL.md. Pure. */

import { misfit } from "./misfit.ts";

type Fields = Record<string, unknown>;

/** An amount with the ends of its interval, by what shares it is known how, and of what it is: J a step, or J in all. */
export type Amount = {
  value: number;
  low: number;
  high: number;
  badges: Record<string, number>;
  unit: string;
  /** Empty for a total. */
  per: string;
};

/** What may be spent, how much of it is, and what that means. */
export type Limit = { joules: number | null; share: number | null; text: string };

export type Meter = {
  type: "meter";
  unit: string;
  per: Amount | null;
  total: Amount | null;
  lines: { kind: string; name: string; amount: Amount | null }[];
  how: { how: string; text: string }[];
  notes: string[];
  grams: string | null;
  /** What may be spent; null where nobody can set it. */
  budget: (Limit & { point?: Limit }) | null;
  forecast: string;
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
  /** How many edits name the class that this one found. */
  takes: number;
};
export type Journal = { type: "journal"; rows: Row[]; more: number };

/** What is asked: a suggestion, or with a `question` a sheet, which has no labels to give. */
export type Card = {
  card: number;
  question: string;
  reason: string;
  n: number;
  /** What is proposed, whether nobody here asked for it, and what that may save; these may be missing. */
  kind?: string;
  unasked?: boolean;
  saves?: string | null;
  /** A model's words, and whose they are. */
  remark?: string;
  said_by?: string;
  given: string;
  proposed: string;
  trusted: boolean;
  /** What validation data say of it, and how far one is with the cards. */
  evidence: string;
  /** Whether it is the data or the model; may be missing. */
  diagnosis?: string;
  queue: string;
};
export type Suggestion = {
  type: "suggestion";
  card: Card | null;
  note: string;
  /** What accepted ones led to. */
  led: string[];
  /** Whether it is time to spread labels; may be missing. */
  spread: boolean;
  ids: Uint32Array;
  /** Typical samples of the class given and of the one proposed. */
  typical: [Uint32Array, Uint32Array];
};

/** An agent's level, "" where there is none; why levels are locked, and what it did, the newest first. */
export type Agent = {
  type: "agent";
  level: string;
  locked: Record<string, string>;
  note: string;
  price: string;
  did: Row[];
  asking: boolean;
  /** What a model was sent last, or would be; `picture` goes along, if it has bytes. */
  sent: { host: string; text: string; held: boolean } | null;
  picture: Uint8Array<ArrayBuffer>;
};

/** A group and how training does on it; `costs` tells by weight what an epoch would take more. */
export type Group = {
  name: string;
  value: string;
  n: number;
  loss: number;
  weight: number;
  costs: Record<string, string>;
};
/** `words` are terms that one can find samples by. */
export type Groups = { type: "groups"; rows: Group[]; words: string[] };

/** How often each class (a row) is taken for each other (a column): in training, then in validation. */
export type Confusion = { type: "confusion"; classes: string[]; tables: number[][][] };

/** Bits by which each channel (a row) tells each class (a column) from the others; nothing before it was asked for. */
export type Channels = { type: "channels"; channels: string[]; classes: string[]; bits: number[][] };

/** What was solved beside what is trained, "" where nothing is; how many guesses are other ones, and what each edit did. */
export type Solved = {
  type: "solved";
  text: string;
  short: string;
  note: string;
  changed: number;
  lines: { n: number; text: string; changed: number }[];
};

/** Why a run may be wasteful (`found` is null where nobody can tell), and how the last focus ended. */
export type Cause = { about: string; found: boolean | null; number: string; text: string; next: string };
export type Steering = { type: "steering"; causes: Cause[]; focus: string };

/** What would save joules: a card each, what looking takes, and what was left, with the reason. */
export type Advice = {
  type: "advice";
  price: string;
  note: string;
  rows: {
    card: number;
    what: string;
    saves: string;
    accuracy: string;
    why: string;
    live: boolean;
    rehearse: string;
    state: string;
  }[];
  left: string[];
};

/** What was asked for last, and what came of it. */
export type Found = { type: "found"; text: string; note: string };

/** What can be chosen, and what is; `acts` is the layer on which edits act. */
export type Setup = {
  type: "setup";
  layer: string;
  layers: string[];
  acts: string;
  projection: string;
  projections: Record<string, string>;
  /** What may be said of working with it, where that is kept; `said` tells what was, `kept` how often. */
  form: { parts: { title: string; rows: Asked[] }[]; said: string; kept: number } | null;
};

/** A number between two ends, or one of a choice. */
export type Asked = { text: string; low?: number; high?: number; choice?: string[] };

/** What takes long; an empty text when nothing does. */
export type Work = { type: "work"; text: string; share: number | null };

/** `share` is how far it is, null while none runs; `lines` say what was found, `more` what is behind it. */
export type Comparison = {
  type: "comparison";
  share: number | null;
  text: string;
  lines: string[];
  more: string[];
  price: string;
  /** Earlier runs, and whether their curves are laid over this one. */
  runs: { name: string; text: string; laid: boolean }[];
};

export const meterOf = (header: Fields, strip: Float32Array): Meter => ({
  type: "meter",
  unit: String(header.unit),
  per: amountOf(header.per),
  total: amountOf(header.total),
  lines: listOf(header, "lines").map(line => ({
    kind: String(line.kind),
    name: String(line.name),
    amount: amountOf(line),
  })),
  how: listOf(header, "how") as Meter["how"],
  notes: textsOf(header.notes),
  grams: header.grams ? String(header.grams) : null,
  budget: (header.budget ?? null) as Meter["budget"],
  forecast: String(header.forecast ?? ""),
  strip: strip.subarray(0, strip.length - (strip.length % 3)),
});

export const journalOf = (header: Fields): Journal => ({
  type: "journal",
  rows: listOf(header, "rows") as Row[],
  more: Number(header.more),
});

export const suggestionOf = (
  header: Fields,
  ids: Uint32Array,
  typical: [Uint32Array, Uint32Array],
): Suggestion => ({
  type: "suggestion",
  note: String(header.note ?? ""),
  card: typeof header.card === "number" ? (header as Card) : null,
  led: textsOf(header.led),
  spread: !!header.spread,
  ids,
  typical,
});

export const agentOf = (header: Fields, picture: Uint8Array<ArrayBuffer>): Agent => ({
  type: "agent",
  level: String(header.level),
  locked: (header.locked ?? {}) as Record<string, string>,
  note: String(header.note ?? ""),
  price: String(header.price ?? ""),
  did: listOf(header, "did") as Row[],
  asking: !!header.asking,
  sent: (header.sent ?? null) as Agent["sent"],
  picture,
});

export const groupsOf = (header: Fields): Groups => ({
  type: "groups",
  rows: listOf(header, "rows") as Group[],
  words: textsOf(header.words),
});

const numbersOf = (table: unknown): number[][] =>
  (Array.isArray(table) ? table : []).map(row => (Array.isArray(row) ? row.map(Number) : []));

export function confusionOf(header: Fields): Confusion {
  const classes = textsOf(header.classes);
  const tables = (Array.isArray(header.tables) ? header.tables : []).map(numbersOf);
  const square = (rows: unknown[]): boolean => rows.length === classes.length;
  if (!tables.length || !tables.every(table => square(table) && table.every(square)))
    throw misfit("a confusion that is no table of its classes.");
  return { type: "confusion", classes, tables };
}

export function channelsOf(header: Fields): Channels {
  const [channels, classes, bits] = [
    textsOf(header.channels),
    textsOf(header.classes),
    numbersOf(header.bits),
  ];
  if (bits.length !== channels.length || !bits.every(row => row.length === classes.length))
    throw misfit("channels that are no table of its classes.");
  return { type: "channels", channels, classes, bits };
}

export const solvedOf = (header: Fields): Solved => ({
  type: "solved",
  text: String(header.text ?? ""),
  short: String(header.short ?? ""),
  note: String(header.note ?? ""),
  changed: Number(header.changed ?? 0),
  lines: listOf(header, "lines") as Solved["lines"],
});

export const steeringOf = (header: Fields): Steering => ({
  type: "steering",
  causes: listOf(header, "causes") as Cause[],
  focus: String(header.focus ?? ""),
});

export const adviceOf = (header: Fields): Advice => ({
  type: "advice",
  price: String(header.price),
  note: String(header.note),
  rows: listOf(header, "rows") as Advice["rows"],
  left: textsOf(header.left),
});

export const foundOf = (header: Fields): Found => ({
  type: "found",
  text: String(header.text),
  note: String(header.note),
});

export const comparisonOf = (header: Fields): Comparison => ({
  type: "comparison",
  share: typeof header.share === "number" ? header.share : null,
  text: String(header.text),
  lines: textsOf(header.lines),
  more: textsOf(header.more),
  price: String(header.price ?? ""),
  runs: listOf({ runs: [], ...header }, "runs") as Comparison["runs"],
});

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export function amountOf(value: unknown): Amount | null {
  const { value: joules, low, high, badges, unit, per } = (value ?? {}) as Fields;
  if (typeof joules !== "number" || typeof low !== "number" || typeof high !== "number") return null;
  return {
    value: joules,
    low,
    high,
    badges: (badges ?? {}) as Amount["badges"],
    unit: String(unit ?? "J"),
    per: String(per ?? ""),
  };
}

/** What the fields of its entries hold is shown as text, whatever it is. */
function listOf(header: Fields, name: string): Fields[] {
  const list = header[name];
  if (Array.isArray(list) && list.every(each => typeof each === "object" && each)) return list;
  throw misfit(`a ${String(header.type)} that has no list of ${name}.`);
}
