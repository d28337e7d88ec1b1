/** The messages of PROTOCOL.md, both ways, as types. */

import type {
  Advice,
  Agent,
  Amount,
  Channels,
  Comparison,
  Confusion,
  Found,
  Groups,
  Journal,
  Meter,
  Setup,
  Solved,
  Steering,
  Suggestion,
  Work,
} from "./panels.ts";
import type { Interval } from "./traits.ts";

export const PROTOCOL = 2;
export const PREVIEWS_PER_MESSAGE = 60; // the kernel answers no more at once

export type Ids = Uint32Array;

/** An edit as the journal writes it, with ids as arrays. */
export type Edit =
  | { kind: "Relabel"; ids: Ids; label: string }
  | { kind: "Move"; ids: Ids; to: string | { near: Ids } }
  | { kind: "Weigh"; ids: Ids; weight: number }
  | { kind: "Drop"; ids: Ids }
  | { kind: "Found"; ids: Ids; name: string }
  | { kind: "Link"; a: Ids; b: Ids; alike: boolean }
  | { kind: "Shift"; label: string; axis: number; amount: number; against: string | null }
  | { kind: "RankFeatures"; order: Uint32Array; keep: number };

export type Column =
  | { kind: "class"; name: string; values: Int32Array }
  | { kind: "group" | "text"; name: string; values: Int32Array; names: string[] }
  | { kind: "number"; name: string; values: Float32Array; lo: number; hi: number }
  | { kind: "flags"; name: string; values: Uint8Array };

export const EDITED = 1;
export const DOUBTFUL = 2;
export const STALE = 4;
export const LEFT_OUT = 8;
export const TOLD = 128;

/** What a sample looks like, and what it is called. */
export type Look = { id: number; mime: string; name: string; data: Uint8Array<ArrayBuffer> };

export type Status = {
  running: boolean;
  step: number | null;
  epoch: number | null;
  accuracy: number | null;
  loss: number | null;
  feedback: number | null;
  energy: Amount | null;
  /** Why no step has a reading yet. */
  unread: string;
  edits: number | null;
  undo: boolean;
  redo: boolean;
  message: string;
  /** The panel that the message leads to, "" for none; and what it offers to copy. */
  leads: string;
  copy: string;
};

/** What frames of every kind tell. */
export type FrameHead = {
  type: "frame";
  seq: number;
  set: number;
  step: number;
  exact: boolean;
  trust: number | null;
};
/** Places in a plane, x0 y0 x1 y1. */
export type PlaneFrame = FrameHead & { space: "plane"; points: Float32Array<ArrayBuffer> };
/** All values of the first axis, then of the second, in codes between its `lo` and `hi`. */
export type AxesFrame = FrameHead & {
  space: "axes";
  dims: number;
  codes: Uint16Array;
  lo: number[];
  hi: number[];
};
export type Frame = PlaneFrame | AxesFrame;

/** What an axis shows other than plain numbers, and what lies beside it. */
export type AxisKind = {
  /** Values are logarithms to the base of 10. */
  log: boolean;
  /** What the values 0, 1, 2 and so on stand for; empty where they are numbers. */
  names: readonly string[];
  /** What the axis shows at least; null: as far as there are values. */
  span: Interval | null;
  bands: readonly Interval[];
  /** What a brush on it offers, in words; empty for nothing. */
  offer: string;
};

export type Incoming =
  | { type: "hello"; n: number }
  | { type: "ids"; set: number; ids: Ids }
  | { type: "labels"; set: number; columns: Column[] }
  | Frame
  | { type: "axes"; space: string; names: string[]; statistics: string[]; kinds: AxisKind[] }
  | { type: "scores"; statistic: string; text: string; step: number; values: Float32Array }
  | { type: "status"; status: Partial<Status> }
  | Meter
  | Journal
  | Suggestion
  | Comparison
  | Agent
  | Groups
  | Channels
  | Confusion
  | Solved
  | Advice
  | Steering
  | Found
  | { type: "file"; name: string; last: boolean; data: Uint8Array<ArrayBuffer> }
  | Setup
  | Work
  | { type: "selection"; client: string | null; ids: Ids }
  | { type: "preview"; looks: Look[] }
  | { type: "crowd"; name: string; text: string; ids: Ids }
  | { type: "ack"; client: string; number: number; n: number | null }
  | { type: "error"; text: string; client: string | null; number: number | null };

/** What a page may ask for, by the words of PROTOCOL.md. */
export type Command =
  | "step"
  | "start"
  | "pause"
  | "undo"
  | "redo"
  | "mute"
  | "unmute"
  | "refresh"
  | "relevance"
  | "solve"
  | "spread"
  | "suggest"
  | "revise"
  | "review"
  | "accept"
  | "reject"
  | "skip"
  | "sort"
  | "select"
  | "compare"
  | "again"
  | "cancel"
  | "budget"
  | "layer"
  | "projection"
  | "prioritise"
  | "find"
  | "channels"
  | "lay"
  | "level"
  | "retract"
  | "allow"
  | "rate"
  | "busy"
  | "brush"
  | "why"
  | "advise"
  | "rehearse"
  | "apply"
  | "leave"
  | "focus"
  | "download";

export type Outgoing =
  | {
      type: "hello";
      view: string;
      open: boolean;
      webgl?: boolean;
      axes?: boolean;
      dark?: boolean;
      gone?: boolean;
    }
  | { type: "ack"; frame: number }
  | {
      type: "edit";
      client: string;
      number: number;
      edit: Edit;
      seconds: number | null;
      frame: number | null;
    }
  | { type: "command"; do: Command; arguments: Record<string, unknown> }
  | { type: "selection"; client: string; ids: Ids }
  | { type: "preview"; ids: Ids }
  | { type: "crowd"; name: string; k: number; ids: Ids }
  | { type: "picture"; width: number; height: number; alt: string; png: Uint8Array };
