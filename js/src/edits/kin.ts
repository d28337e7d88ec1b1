/** Kin: the samples that belong with others, by their recording or another group, or as a crowd of one label. */

import { count } from "../page/numbers.ts";
import type { Cloud } from "../paint/cloud.ts";

/** Whom an edit is about: a group first, because one recording mended does more than many single points. */
export type Scope = { text: string; rows: number[] };

const MOST_GROUPS = 5; // more recordings than that are a region of the picture and no group

/** Whether these rows are a point of no group, to which only a crowd can belong. */
export const isAlone = (cloud: Cloud, rows: readonly number[]): boolean =>
  rows.length === 1 && !wholesOf(cloud, rows).length;

/**
 * The scopes that hold these rows, the one to offer first at the front; the rows themselves are always among them.
 * `kin` is the row with its crowd, empty where it has none, and null while the kernel is asked: a scope without rows.
 */
export function scopesOf(cloud: Cloud, rows: number[], kin: number[] | null): Scope[] {
  const own: Scope = { text: rows.length === 1 ? "This point only" : `These ${rows.length} only`, rows };
  const wholes = wholesOf(cloud, rows);
  const single = wholes.filter(whole => whole.values === 1);
  const several = wholes.filter(whole => whole.values > 1);
  const around: Scope[] = [];
  if (!kin) around.push({ text: "With its neighbours…", rows: [] });
  else if (kin.length) around.push({ text: `With its ${kin.length - 1} neighbours`, rows: kin });
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
