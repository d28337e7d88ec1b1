/** How the axes stand: order, hidden, flipped, quantile; and where each is on the stage. Pure. */

import { clamp } from "../../page/numbers.ts";
import type { Arrangement } from "../../wire/traits.ts";

/** What was kept, made to fit: each axis once, new ones at the end. */
export function arrange(dims: number, kept: Partial<Arrangement>): Arrangement {
  const known = (list: readonly number[] = []): number[] =>
    [...new Set(Array.isArray(list) ? list : [])].filter(
      axis => Number.isInteger(axis) && axis >= 0 && axis < dims,
    );
  const order = known(kept.order);
  const there = new Set(order);
  for (let axis = 0; axis < dims; axis++) if (!there.has(axis)) order.push(axis);
  return {
    order,
    hidden: known(kept.hidden),
    flipped: known(kept.flipped),
    quantile: known(kept.quantile),
  };
}

export function visibleAxes(arrangement: Arrangement): number[] {
  const hidden = new Set(arrangement.hidden);
  return arrangement.order.filter(axis => !hidden.has(axis));
}

/** The axis put at a place among the visible ones. */
export function moveAxis(arrangement: Arrangement, axis: number, place: number): Arrangement {
  const seen = visibleAxes(arrangement).filter(each => each !== axis);
  const before = seen[place]; // undefined: to the end
  const order = arrangement.order.filter(each => each !== axis);
  order.splice(before === undefined ? order.length : order.indexOf(before), 0, axis);
  return { ...arrangement, order };
}

export function toggle(list: readonly number[], axis: number): number[] {
  return list.includes(axis) ? list.filter(each => each !== axis) : [...list, axis];
}

/** Axes by falling score; those without one last, as they were. */
export function sortByScore(arrangement: Arrangement, scores: Float32Array): Arrangement {
  const score = (axis: number): number => (Number.isNaN(scores[axis]) ? -Infinity : scores[axis]);
  const order = [...arrangement.order].sort((a, b) => (score(a) === score(b) ? 0 : score(b) - score(a)));
  return { ...arrangement, order };
}

const MARGIN = { left: 52, right: 34 };
const LEAST = 58; // pixels between two axes; where they do not fit, the view scrolls

/** Where the axes stand across a stage. */
export type Layout = { axes: readonly number[]; gap: number; scroll: number; most: number };

export function layOut(axes: readonly number[], width: number, scroll: number): Layout {
  const room = width - MARGIN.left - MARGIN.right;
  const gap = axes.length > 1 ? Math.max(room / (axes.length - 1), LEAST) : room;
  const most = axes.length > 1 ? Math.max(gap * (axes.length - 1) - room, 0) : 0;
  return { axes, gap, scroll: clamp(scroll, 0, most), most: most < 1 ? 0 : most };
}

/** The place of the k-th axis; a single one stands in the middle. */
export const placeOf = (layout: Layout, k: number): number =>
  MARGIN.left + (layout.axes.length === 1 ? layout.gap / 2 : k * layout.gap) - layout.scroll;

/** The axis nearest to a place across, by its number among the visible ones; -1 when there is none. */
export function nearestAxis(layout: Layout, x: number): number {
  if (!layout.axes.length) return -1;
  const k = Math.round((x - placeOf(layout, 0)) / layout.gap);
  return clamp(k, 0, layout.axes.length - 1);
}

/** The first and the last axis that a stage of this width shows something of. */
export function inSight(layout: Layout, width: number): [number, number] {
  const first = Math.floor((0 - placeOf(layout, 0)) / layout.gap);
  const last = Math.ceil((width - placeOf(layout, 0)) / layout.gap);
  return [Math.max(first, 0), Math.min(last, layout.axes.length - 1)];
}
