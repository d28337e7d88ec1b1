/** The scene: where axes, means and lines are on the stage at this moment, and what lies under a spot. No DOM. */

import type { Point, Size } from "../page/geometry.ts";
import type { Brushes, Interval } from "../wire/traits.ts";
import type { Target } from "./gestures.ts";
import { inSight, type Layout, layOut, nearestAxis, placeOf, visibleAxes } from "./lines/arrangement.ts";
import type { Strands } from "./lines/strands.ts";
import { type Frame, heightAt, yOf } from "./marks.ts";

const TOP = 16;
const BOTTOM = 14;
const FEW_CLASSES = 12; // whose means are all drawn; of more, only the one that is pointed at
const EDGE = 6; // pixels
const GRIP = 9;

export class Scene {
  size: Size = { width: 0, height: 0 };
  /** Between the tops and the bottoms of the axes. */
  frame: Frame = { top: TOP, bottom: TOP + 10 };
  layout: Layout = layOut([], 0, 0);
  classes: readonly string[] = [];
  names: readonly string[] = [];
  /** Axes are input features, which a person may rank, and so many are kept. */
  input = false;
  keep = 0;
  /** Classes can be dragged: their means are on the picture, and a model could follow. */
  pullable = false;
  /** The axis whose title is under the hand, or -1. */
  carried = -1;
  /** Of the keyboard. */
  cursor = { place: 0, height: 0.5 };

  constructor(readonly strands: Strands) {}

  resize(size: Size): void {
    this.size = size;
    this.frame.bottom = Math.max(size.height - BOTTOM, TOP + 10);
  }

  /** Puts the visible axes where they belong, scrolled so far. */
  lay(scroll = this.layout.scroll): void {
    this.layout = layOut(visibleAxes(this.strands.arrangement), this.size.width, scroll);
    this.cursor.place = this.nearest(this.cursor.place);
  }

  axisAt(place: number): number {
    return this.layout.axes[place];
  }
  /** A place that there is. */
  nearest(place: number): number {
    return Math.max(Math.min(place, this.layout.axes.length - 1), 0);
  }
  nameOf(axis: number): string {
    return this.names[axis] ?? `axis ${axis + 1}`;
  }
  x(place: number): number {
    return placeOf(this.layout, place);
  }
  y(height: number): number {
    return yOf(this.frame, height);
  }
  heightAt(y: number): number {
    return heightAt(this.frame, y);
  }
  /** The height at a spot of the axis at the cursor, and where a height of an axis is. */
  heightBy(at: Point): number {
    return this.heightAt(at.y);
  }
  spot(place: number, height: number): Point {
    return { x: this.x(place), y: this.y(height) };
  }
  /** The first and the last place in sight. */
  sight(): [number, number] {
    return inSight(this.layout, this.size.width);
  }

  /** The features in their order as a ranking, hidden ones last. */
  ranking(): number[] {
    const { order, hidden } = this.strands.arrangement;
    const out = new Set(hidden);
    return [...this.layout.axes, ...order.filter(axis => out.has(axis))];
  }
  /** The features that a ranking would leave out. */
  leftOut(): Set<number> {
    return new Set(this.input ? this.ranking().slice(this.keep) : []);
  }

  /** An interval of an axis in words. */
  range(axis: number, interval: Interval): string {
    return this.strands.rangeText(axis, interval);
  }

  /** The classes whose means are drawn, and can be taken; `bright` is the one that is pointed at. */
  shownMeans(bright: number | null): number[] {
    if (this.strands.colourBy !== "given") return [];
    if (this.classes.length <= FEW_CLASSES) return this.classes.map((_, label) => label);
    return bright === null || bright < 0 ? [] : [bright];
  }
  /** Means glide with their lines: each is where the scale of now, or the glide on the way to it, puts it. */
  meanHeight(axis: number, label: number, now: number): number {
    return this.strands.meanHeight(axis, label, this.classes.length, now);
  }

  targetAt(at: Point, slack: number, brushes: Brushes, now: number): Target {
    const { layout, strands } = this;
    const place = nearestAxis(layout, at.x);
    if (place < 0) return { kind: "ground" };
    const axis = this.axisAt(place);
    const aside = Math.abs(at.x - this.x(place));
    const label = aside <= GRIP + slack ? this.#meanAt(axis, at.y, GRIP + slack, now) : -1;
    if (label >= 0) return { kind: "mean", place, label };
    if (aside <= Math.min(14 + slack, layout.gap / 3)) {
      const scale = strands.scale(axis);
      for (const [interval, values] of (brushes[axis] ?? []).entries()) {
        const ends = values.map(value => this.y(scale.heightOf(value)));
        const end = ends.findIndex(y => Math.abs(at.y - y) <= EDGE + slack / 2);
        if (end >= 0) return { kind: "edge", place, interval, end: end as 0 | 1 };
        if ((at.y - ends[0]) * (at.y - ends[1]) < 0) return { kind: "brush", place, interval };
      }
      return { kind: "axis", place };
    }
    const row = this.#lineAt(at, 5 + slack, now);
    return row >= 0 ? { kind: "line", row } : { kind: "ground" };
  }
  /** The class whose mean can be taken at a spot of an axis, or -1. */
  #meanAt(axis: number, y: number, reach: number, now: number): number {
    let [found, least] = [-1, reach];
    for (const label of this.pullable ? this.shownMeans(null) : []) {
      const away = Math.abs(this.y(this.meanHeight(axis, label, now)) - y);
      if (away <= least) [found, least] = [label, away];
    }
    return found;
  }
  /** The sample whose line passes a spot between two axes, or -1: a scan, as fast as one look at each. */
  #lineAt(at: Point, reach: number, now: number): number {
    const { layout, strands } = this;
    const across = (at.x - this.x(0)) / layout.gap;
    const k = Math.floor(across);
    if (k < 0 || k + 1 >= layout.axes.length) return -1;
    const [left, right] = [k, k + 1].map(place => strands.heights(this.axisAt(place), now));
    const height = this.heightAt(at.y);
    const only = strands.selectedCount > 0;
    let [found, least] = [-1, reach / (this.frame.bottom - TOP)];
    for (let row = 0; row < strands.n; row++) {
      const away = Math.abs(left[row] + (right[row] - left[row]) * (across - k) - height);
      if (away < least && !(only && !strands.isSelected(row))) [found, least] = [row, away];
    }
    return found;
  }
}
