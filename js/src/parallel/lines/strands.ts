/** Strands: samples as lines over axes; where each line crosses each axis at this moment. No DOM. */

import { clamp } from "../../page/numbers.ts";
import { Cloud } from "../../paint/cloud.ts";
import type { AxesFrame, AxisKind } from "../../wire/protocol.ts";
import type { Arrangement, Interval } from "../../wire/traits.ts";
import { arrange } from "./arrangement.ts";
import {
  type Coded,
  followRange,
  linearScale,
  MISSING,
  PLAIN,
  quantileScale,
  type Range,
  rangeText,
  type Scale,
  textOf,
} from "./scale.ts";
import { measure, type Spread } from "./spread.ts";

const TICKS = 5;
const NOTHING: Coded = { codes: new Uint16Array(0), lo: 0, hi: 0 };

/** One axis: its codes, its scale, and the heights at the start and the end of a glide. */
type Axis = {
  coded: Coded;
  range: Range;
  scale: Scale;
  from: Float32Array;
  to: Float32Array;
  now: Float32Array | null;
  /** When the glide of this axis began and how long it takes: frames and a person's flips overlap. */
  start: number;
  duration: number;
  spread: Spread | null;
  /** Heights of the class means at the start of the glide; null when nobody had looked at them. */
  meansFrom: Float64Array | null;
};

export class Strands extends Cloud {
  arrangement: Arrangement = arrange(0, {});
  /** Counts up with everything that changes a picture of the lines. */
  version = 0;
  /** Of each axis, from the next frame on. */
  kinds: readonly AxisKind[] = [];
  #axes: Axis[] = [];

  get dims(): number {
    return this.#axes.length;
  }

  /** Takes a frame of the newest set; lines glide to it from wherever they are. False if it came too late. */
  setAxes(frame: AxesFrame, now: number, duration: number): boolean {
    const { dims, codes, lo, hi } = frame;
    const before = this.n;
    const formerRow = this.begin(frame, dims ? codes.length / dims : 0, now, duration);
    if (!formerRow) return false;
    const old = this.#axes;
    if (dims !== old.length) this.arrangement = arrange(dims, this.arrangement);
    const [flipped, quantile] = [new Set(this.arrangement.flipped), new Set(this.arrangement.quantile)];
    const { n } = this;
    this.#axes = Array.from({ length: dims }, (_, k) => {
      const coded = { codes: codes.subarray(k * n, (k + 1) * n), lo: lo[k], hi: hi[k] };
      const kind = this.kind(k);
      const range = reach(kind, coded) ?? followRange(old[k]?.range ?? null, lo[k], hi[k]);
      const scale = scaleOf(coded, range, flipped.has(k), quantile.has(k), kind);
      const to = new Float32Array(n);
      scale.heights(to);
      const glides = old[k] && before && duration > 0;
      return {
        ...{ coded, range, scale, to, now: null, start: now, duration: glides ? duration : 0, spread: null },
        from: glides ? begun(heightsOf(old[k], now), to, formerRow) : to,
        meansFrom: glides ? meansOf(old[k], now) : null,
      };
    });
    this.version++;
    return true;
  }

  /** Another order, other scales; lines glide to them. */
  rearrange(kept: Partial<Arrangement>, now: number, duration: number): void {
    const old = this.arrangement;
    const next = arrange(this.dims, kept);
    this.arrangement = next;
    this.#axes = this.#axes.map((axis, k) => {
      const [flipped, quantile] = [next.flipped.includes(k), next.quantile.includes(k)];
      if (flipped === old.flipped.includes(k) && quantile === old.quantile.includes(k)) return axis;
      const [from, meansFrom] = [heightsOf(axis, now).slice(), meansOf(axis, now)];
      const scale = scaleOf(axis.coded, axis.range, flipped, quantile, this.kind(k));
      const to = new Float32Array(this.n);
      scale.heights(to);
      return { ...axis, scale, from, meansFrom, to, start: now, duration };
    });
    this.version++;
  }

  kind(axis: number): AxisKind {
    return this.kinds[axis] ?? PLAIN;
  }

  /** A value of an axis in words, and what lies between two. */
  text(axis: number, value: number): string {
    return textOf(this.kind(axis), value, this.#width(axis));
  }
  rangeText(axis: number, interval: Interval): string {
    return rangeText(this.kind(axis), interval, this.#width(axis));
  }
  #width(axis: number): number {
    const { lo, hi } = this.coded(axis);
    return hi - lo;
  }

  coded(axis: number): Coded {
    return this.#axes[axis]?.coded ?? NOTHING;
  }

  scale(axis: number): Scale {
    return this.#axes[axis].scale;
  }

  /** Where the lines cross an axis: 0 at the bottom to 1. The array is reused: read it at once. */
  heights(axis: number, now: number): Float32Array {
    return heightsOf(this.#axes[axis], now);
  }

  /** Whether a line is still on its way. */
  gliding(now: number): boolean {
    return this.#axes.some(axis => now < axis.start + axis.duration);
  }

  /** Means and width of the classes along an axis, measured when first asked for after a frame or new labels. */
  spread(axis: number, classes: number): Spread {
    const found = this.#axes[axis];
    if (!found.spread || found.spread.means.length !== classes) {
      const given = this.columns.get("given");
      const labels = given?.kind === "class" ? given.values : [];
      found.spread = measure(found.coded, labels, classes);
    }
    return found.spread;
  }

  /** Where the mean of a class is on an axis: it glides with the lines. */
  meanHeight(axis: number, label: number, classes: number, now: number): number {
    this.spread(axis, classes);
    return meanOf(this.#axes[axis], label, now);
  }

  labelsChanged(): void {
    for (const axis of this.#axes) axis.spread = null;
    this.version++;
  }
}

const scaleOf = (coded: Coded, range: Range, flipped: boolean, quantile: boolean, kind: AxisKind): Scale =>
  quantile ? quantileScale(coded, flipped, TICKS, kind) : linearScale(coded, range, flipped, TICKS, kind);

/** The span that an axis was given, and what lies beyond it. */
function reach({ span }: AxisKind, { codes, lo, hi }: Coded): Range | null {
  if (!span || codes.every(code => code === MISSING)) return span;
  return [Math.min(span[0], lo), Math.max(span[1], hi)];
}

/** How much of an axis's glide is done, eased: 0 to 1. */
function progressOf({ start, duration }: Axis, now: number): number {
  const t = duration > 0 ? clamp((now - start) / duration, 0, 1) : 1;
  return t * t * (3 - 2 * t);
}

function heightsOf(axis: Axis, now: number): Float32Array {
  const { from, to } = axis;
  const done = progressOf(axis, now);
  if (done >= 1) return to;
  axis.now ??= new Float32Array(to.length);
  const out = axis.now;
  for (let row = 0; row < out.length; row++) out[row] = from[row] + (to[row] - from[row]) * done;
  return out;
}

function meanOf(axis: Axis, label: number, now: number): number {
  const to = axis.scale.heightOf(axis.spread?.means[label] ?? Number.NaN);
  const from = axis.meansFrom?.[label] ?? to;
  return Number.isNaN(from) ? to : from + (to - from) * progressOf(axis, now);
}

const meansOf = (axis: Axis, now: number): Float64Array | null =>
  axis.spread?.means.map((_, label) => meanOf(axis, label, now)) ?? null;

/** Where lines begin to glide: where they were, or at once where they are going. */
function begun(here: Float32Array, to: Float32Array, formerRow: (row: number) => number): Float32Array {
  const from = new Float32Array(to);
  for (let row = 0; row < to.length; row++) {
    const height = here[formerRow(row)];
    if (height >= 0 && to[row] >= 0) from[row] = height;
  }
  return from;
}
