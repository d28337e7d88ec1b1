/** Kin: the samples that belong with others, by their recording or another group, or as neighbours of one label. */

import { neighbours } from "../page/geometry.ts";
import { count } from "../page/numbers.ts";
import type { Cloud } from "../paint/cloud.ts";

/** Whom an edit is about: a group first, because one recording mended does more than many single points. */
export type Scope = { text: string; rows: number[] };

export const KIN = 40; // pixels around a point within which those of its label may belong with it
const MOST_GROUPS = 5; // more recordings than that are a region of the picture and no group
const CROWD = 400; // neighbours looked at
const FEWEST = 4;
const PURE = 0.9; // share of one label among neighbours from which they count as a group

/** The scopes that hold these rows, the one to offer first at the front; the rows themselves are always among them. */
export function scopesOf(cloud: Cloud, rows: number[], places: Float32Array, reach: number): Scope[] {
  const own: Scope = { text: rows.length === 1 ? "This point only" : `These ${rows.length} only`, rows };
  const wholes = wholesOf(cloud, rows);
  const single = wholes.filter(whole => whole.values === 1);
  const several = wholes.filter(whole => whole.values > 1);
  const near = wholes.length === 0 && rows.length === 1 ? kinNear(cloud, rows[0], places, reach) : [];
  const around: Scope[] =
    near.length >= FEWEST ? [{ text: `With its ${near.length - 1} neighbours`, rows: near }] : [];
  return [...single.slice(0, 2), ...around, own, ...several.slice(0, 1)];
}

/** The whole groups that these rows are part of, smallest first; a group that adds nothing is left out. */
export function wholesOf(cloud: Cloud, rows: readonly number[]): (Scope & { values: number })[] {
  const found: (Scope & { values: number })[] = [];
  for (const column of cloud.groups()) {
    const values = new Set<number>();
    for (const row of rows) {
      if (column.values[row] >= 0) values.add(column.values[row]);
      if (values.size > MOST_GROUPS) break;
    }
    if (values.size === 0 || values.size > MOST_GROUPS) continue;
    const part = new Uint8Array(cloud.n);
    for (const row of rows) part[row] = 1;
    const all: number[] = [];
    for (let row = 0; row < cloud.n; row++) {
      if (part[row] || values.has(column.values[row])) all.push(row);
    }
    if (all.length === rows.length) continue;
    const [first] = values;
    const which = values.size === 1 ? column.names[first] : `(all ${values.size})`;
    found.push({
      text: `Whole ${column.name} ${which} · ${count(all.length, "point")}`,
      rows: all,
      values: values.size,
    });
  }
  return found.sort((a, b) => a.rows.length - b.rows.length);
}

/** The row with its neighbours of the same label, if hardly any other label is among them; else nothing. */
export function kinNear(cloud: Cloud, row: number, places: Float32Array, reach: number): number[] {
  const label = cloud.classOf(row);
  const at = { x: places[2 * row], y: places[2 * row + 1] };
  const near = neighbours(places, at, CROWD, reach, other => other === row || cloud.isApart(other));
  const alike = near.filter(other => cloud.classOf(other) === label);
  if (label < 0 || alike.length < PURE * near.length) return [];
  return [row, ...alike];
}
