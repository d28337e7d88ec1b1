/** Scales of an axis: from codes to heights and back, ranges that hold still, ticks. Pure. */

import { clamp } from "../../page/numbers.ts";
import type { AxisKind } from "../../wire/protocol.ts";

export const MISSING = 65535;
const STEPS = 65534;
const KNOTS = 1024; // of a quantile scale
const WIDTH = STEPS / KNOTS;

/** A frame's codes run from 0 at `lo` to 65534 at `hi`. */
export type Coded = { codes: Uint16Array; lo: number; hi: number };
export type Range = readonly [number, number];

export type Scale = {
  /** The height of a value, 0 at the bottom to 1; beyond for values that no sample has. */
  heightOf(value: number): number;
  valueAt(height: number): number;
  /** Heights of all samples, NaN where a value is missing. */
  heights(out: Float32Array): void;
  ticks: { height: number; text: string }[];
};

export const PLAIN: AxisKind = { log: false, names: [], span: null, bands: [], offer: "" };

/** Values from low to high at even distances. */
export function linearScale(
  axis: Coded,
  [low, high]: Range,
  flipped: boolean,
  ticks: number,
  kind: AxisKind = PLAIN,
): Scale {
  const width = high - low || 1;
  const sign = flipped ? -1 : 1;
  const base = flipped ? 1 : 0;
  const heightOf = (value: number): number => base + (sign * (value - low)) / width;
  const perCode = (sign * (axis.hi - axis.lo)) / STEPS / width;
  const begin = heightOf(axis.lo);
  return {
    heightOf,
    valueAt: height => low + ((height - base) / sign) * width,
    heights(out) {
      for (let row = 0; row < out.length; row++) {
        const code = axis.codes[row];
        out[row] = code === MISSING ? Number.NaN : clamp(begin + code * perCode, 0, 1);
      }
    },
    ticks: ticksOf(kind, low, high, ticks).map(value => ({
      height: heightOf(value),
      text: textOf(kind, value, width),
    })),
  };
}

function ticksOf({ log, names }: AxisKind, low: number, high: number, count: number): number[] {
  if (names.length) return names.map((_, k) => k);
  if (!log) return niceTicks(low, high, count);
  const marks = high - low > 2.5 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= high; power++) {
    ticks.push(...marks.map(times => power + Math.log10(times)));
  }
  return ticks;
}

/** A value in words, with as many digits as an axis of this width asks for. */
export function textOf({ log, names }: AxisKind, value: number, width: number): string {
  if (names.length) return names[clamp(Math.round(value), 0, names.length - 1)];
  return log ? short(10 ** value, 10 ** value) : short(value, width);
}

/** What lies between two values, in words; of names those within. */
export function rangeText(kind: AxisKind, [low, high]: Range, width: number): string {
  const { names } = kind;
  const [from, to] = names.length ? [Math.ceil(low - 1e-3), Math.floor(high + 1e-3)] : [low, high];
  if (names.length && from > to) return "none";
  const ends = [from, to].map(value => textOf(kind, value, width));
  return names.length && from === to ? ends[0] : ends.join(" to ");
}

/** As many samples in every stretch of the axis: what a few far values would squeeze together comes apart. */
export function quantileScale(axis: Coded, flipped: boolean, ticks: number, kind: AxisKind = PLAIN): Scale {
  const { codes, lo, hi } = axis;
  const shares = new Float32Array(KNOTS + 2); // of the samples, below each knot
  let n = 0;
  for (const code of codes) {
    if (code === MISSING) continue;
    shares[Math.min((code / WIDTH) | 0, KNOTS - 1) + 1]++;
    n++;
  }
  for (let k = 1; k <= KNOTS + 1; k++) shares[k] = shares[k - 1] + shares[k] / (n || 1);
  shares[KNOTS] = shares[KNOTS + 1] = 1;
  const ranked = (code: number): number => {
    const at = clamp(code / WIDTH, 0, KNOTS);
    const k = at | 0;
    return shares[k] + (shares[k + 1] - shares[k]) * (at - k);
  };
  const turn = (height: number): number => (flipped ? 1 - height : height);
  const heightOf = (value: number): number => turn(ranked(hi > lo ? ((value - lo) / (hi - lo)) * STEPS : 0));
  function valueAt(height: number): number {
    const share = clamp(turn(height), 0, 1);
    let [below, above] = [0, KNOTS];
    while (above - below > 1) {
      const middle = (below + above) >> 1;
      if (shares[middle] <= share) below = middle;
      else above = middle;
    }
    const within = (share - shares[below]) / (shares[above] - shares[below] || 1);
    return lo + ((below + within) / KNOTS) * (hi - lo);
  }
  const levels = Array.from({ length: ticks }, (_, k) => k / (ticks - 1));
  return {
    heightOf,
    valueAt,
    heights(out) {
      for (let row = 0; row < out.length; row++) {
        out[row] = codes[row] === MISSING ? Number.NaN : turn(ranked(codes[row]));
      }
    },
    ticks: n
      ? levels.map(level => ({ height: turn(level), text: textOf(kind, valueAt(turn(level)), hi - lo) }))
      : [],
  };
}

/**
 * The range that an axis shows: the old one as long as the values fit and fill it, so that ticks hold still while a
 * network trains. One that had to grow gets some room, so that it need not grow again at the next frame.
 */
export function followRange(old: Range | null, lo: number, hi: number): Range {
  if (lo === hi) return old && old[0] <= lo && hi <= old[1] ? old : [lo - 0.5, hi + 0.5];
  if (!old) return [lo, hi];
  const fits = lo >= old[0] && hi <= old[1];
  if (fits && hi - lo > 0.6 * (old[1] - old[0])) return old;
  const room = 0.06 * (hi - lo);
  return [lo - room, hi + room];
}

/** Round values, about `count` of them: 1, 2 or 5 times a power of ten apart. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const width = high - low;
  if (!(width > 0) || !Number.isFinite(width)) return [low];
  const rough = width / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find(times => times * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * width; k++) ticks.push(k * step || 0);
  return ticks;
}

/** As many digits as tell values apart on an axis of this width. */
export function short(value: number, width: number): string {
  const size = Math.max(Math.abs(value), width / 100);
  const finest = Math.floor(Math.log10(width || Math.abs(value) || 1)) - 2;
  if (Math.abs(value) < 10 ** finest / 2) return "0";
  const plain = String(Number(value.toFixed(clamp(-finest, 0, 6))));
  if (size < 1e5 && size >= 1e-3) return plain;
  const digits = Math.floor(Math.log10(Math.abs(value))) - finest;
  const [mantissa, power] = value.toExponential(clamp(digits, 0, 6)).split("e");
  const far = `${Number(mantissa)}e${Number(power)}`;
  return finest >= -6 && plain.length <= far.length ? plain : far;
}
