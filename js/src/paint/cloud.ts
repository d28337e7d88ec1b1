/** Cloud: the points of a picture, what is known of each, and where each is at this moment. No DOM. */

import { type Bounds, boundsOf, shelve } from "../page/geometry.ts";
import { clamp } from "../page/numbers.ts";
import { misfit } from "../wire/misfit.ts";
import {
  type Column,
  DOUBTFUL,
  EDITED,
  type FrameHead,
  type Ids,
  LEFT_OUT,
  type PlaneFrame,
  STALE,
  TOLD,
} from "../wire/protocol.ts";
import { NONE, paintOf, SCALE_STEPS, shapeOf } from "./colours.ts";
import { crowdsOf } from "./crowds.ts";

/** Bits of a point's state as the painters read them. Those by name are the kernel's own flags. */
export const MARK = {
  edited: EDITED,
  doubtful: DOUBTFUL,
  stale: STALE,
  leftOut: LEFT_OUT,
  selected: 16,
  dragged: 32,
  /** Without a place of its own: on the shelf below the picture. */
  apart: 64,
  told: TOLD,
};
const KERNELS = EDITED | DOUBTFUL | STALE | LEFT_OUT | TOLD;

export class Cloud {
  n = 0;
  ids: Ids = new Uint32Array(0);
  step: number | null = null;
  exact = true;
  trust: number | null = null;
  /** Points without a place, and the shelf that they lie on. */
  missing = 0;
  shelf: Bounds | null = null;
  bounds: Bounds | null = null;
  columns = new Map<string, Column>();
  /** The places at the start and the end of a glide, x0 y0 x1 y1; the same array where nothing glides. */
  from = new Float32Array(0);
  to = new Float32Array(0);
  /** Paint, shape, state and crowd of each point. */
  look = new Uint8Array(0);
  /** All bits that any point has. */
  marks = 0;
  /** The size in data of the cells in which a point's crowd was counted. */
  cell = { width: 1, height: 1 };
  /** Counters that tell a painter what to upload again. */
  placesVersion = 0;
  lookVersion = 0;

  #colourBy = "given";
  #set = -1;
  /** A newer set waits for its first frame, so that the picture never blinks. */
  #next: { set: number; ids: Ids; columns: Map<string, Column> } | null = null;
  #rows = indexOf(new Uint32Array(0));
  #start = 0;
  #duration = 0;
  #now = new Float32Array(0);
  /** Of each point, the marks that are made on this page, and whether it has no place. */
  #own = new Uint8Array(0);
  #selectedCount = 0;
  #mostSelected: { index: number; count: number } | null = null;

  setIds(set: number, ids: Ids): void {
    if (set !== this.#set) this.#next = { set, ids, columns: new Map() };
  }

  setColumns(set: number, columns: Column[]): boolean {
    const next = this.#next?.set === set ? this.#next : null;
    if (!next && set !== this.#set) return false;
    const home = next ?? this;
    const n = home.ids.length;
    for (const { name, values } of columns) {
      if (values.length !== n) {
        throw misfit(`${values.length} values of ${name} for ${n} points.`);
      }
    }
    for (const column of columns) home.columns.set(column.name, column);
    if (next) return false;
    this.#mostSelected = null;
    if (columns.some(column => column.kind === "flags")) this.#unmark(MARK.edited);
    if (columns.some(({ name }) => name === this.#colourBy || name === "given")) this.#paint();
    this.#mark();
    return true;
  }

  /** The column that colours the picture. */
  get colourBy(): string {
    return this.#colourBy;
  }

  set colourBy(name: string) {
    this.#colourBy = name;
    this.#paint();
    this.lookVersion++;
  }

  /** Takes a frame of the newest set; points glide to it from wherever they are. False if it came too late. */
  setFrame(frame: PlaneFrame, now: number, duration: number): boolean {
    const here = this.places(now);
    const to = frame.points;
    const still = this.n === 0 || duration <= 0;
    const formerRow = this.begin(frame, to.length / 2, now, duration);
    if (!formerRow) return false;
    const { bounds, shelf, shelved } = shelve(to, boundsOf(to));
    const from = still ? to : new Float32Array(to);
    for (let row = 0; row < this.n && !still; row++) {
      const old = formerRow(row);
      if (old < 0 || 2 * old >= here.length) continue;
      from[2 * row] = here[2 * old];
      from[2 * row + 1] = here[2 * old + 1];
    }
    this.from = from;
    this.to = to;
    this.placesVersion++;
    this.bounds = bounds;
    this.shelf = shelf;
    this.missing = shelved.length;
    this.#unmark(MARK.apart);
    for (const row of shelved) this.#own[row] |= MARK.apart;
    this.cell = crowdsOf(to, bounds, this.look);
    this.#mark();
    return true;
  }

  /**
   * What frames of every kind begin with: a set that waited for its first one takes effect, and a glide begins. Tells
   * in which row each row's sample was before, or -1; null if the frame came too late.
   */
  protected begin(
    frame: FrameHead,
    places: number,
    now: number,
    duration: number,
  ): ((row: number) => number) | null {
    const next = this.#next?.set === frame.set ? this.#next : null;
    if (!next && frame.set !== this.#set) return null;
    const ids = next?.ids ?? this.ids;
    if (places !== ids.length) {
      throw misfit(`${places} places for ${ids.length} points.`);
    }
    const first = this.n === 0;
    const formerRows = this.#rows;
    if (next) {
      this.#set = next.set;
      this.#next = null;
      this.ids = ids;
      this.n = ids.length;
      this.columns = next.columns;
      this.#rows = indexOf(ids);
      this.#own = new Uint8Array(this.n);
      this.#selectedCount = 0;
      this.#mostSelected = null;
      this.look = new Uint8Array(4 * this.n);
      this.#paint();
    }
    this.#start = now;
    this.#duration = first ? 0 : duration;
    this.step = frame.step;
    this.exact = frame.exact;
    this.trust = frame.trust;
    return next ? row => formerRows(ids[row]) : row => row;
  }

  /** How much of the glide is done at a time, eased: 0 to 1. */
  progress(now: number): number {
    if (this.#duration <= 0) return 1;
    const t = clamp((now - this.#start) / this.#duration, 0, 1);
    return t * t * (3 - 2 * t);
  }

  /** Where the points are at a time. The array is reused: read it at once. */
  places(now: number): Float32Array {
    const t = this.progress(now);
    if (t >= 1) return this.to;
    const { from, to } = this;
    if (this.#now.length !== to.length) this.#now = new Float32Array(to.length);
    for (let i = 0; i < to.length; i++) this.#now[i] = from[i] + (to[i] - from[i]) * t;
    return this.#now;
  }

  /** The row of a sample, -1 if it is not part of this picture. */
  rowOf(id: number): number {
    return this.#rows(id);
  }

  /** Rows of the ids that are part of this picture. */
  rowsOf(ids: Iterable<number>): number[] {
    const rows: number[] = [];
    for (const id of ids) {
      const row = this.#rows(id);
      if (row >= 0) rows.push(row);
    }
    return rows;
  }

  idsOf(rows: ArrayLike<number>): Ids {
    return Uint32Array.from(rows, row => this.ids[row]);
  }

  /** The class of a row in a class column, or its value's index in a column of groups or texts; -1 for none. */
  classOf(row: number, column = "given"): number {
    const found = this.columns.get(column);
    return found && found.kind !== "number" && found.kind !== "flags" && row >= 0 ? found.values[row] : -1;
  }

  numberOf(row: number, column: string): number | null {
    const found = this.columns.get(column);
    const value = found?.kind === "number" ? found.values[row] : Number.NaN;
    return Number.isFinite(value) ? value : null;
  }

  /** The columns whose samples belong together. */
  groups(): Extract<Column, { names: string[] }>[] {
    const found: Extract<Column, { names: string[] }>[] = [];
    for (const column of this.columns.values()) if (column.kind === "group") found.push(column);
    return found;
  }

  /** Points of each class, or of each value, of the column that colours the picture. */
  counts(classes: number): number[] {
    const counts = new Array<number>(classes).fill(0);
    const column = this.columns.get(this.#colourBy);
    if (column && column.kind !== "number" && column.kind !== "flags") {
      for (const value of column.values) if (value >= 0 && value < classes) counts[value]++;
    }
    return counts;
  }

  /** Points without a class or value, where classes or values colour the picture. */
  countNone(): number {
    const column = this.columns.get(this.#colourBy);
    if (!column || column.kind === "number" || column.kind === "flags") return 0;
    let count = 0;
    for (const value of column.values) if (value < 0) count++;
    return count;
  }

  select(ids: ArrayLike<number>): void {
    this.#unmark(MARK.selected);
    this.#selectedCount = 0;
    this.#mostSelected = null;
    for (let k = 0; k < ids.length; k++) {
      const row = this.#rows(ids[k]);
      if (row < 0) continue;
      this.#own[row] |= MARK.selected;
      this.#selectedCount++;
    }
    this.#mark();
  }

  /** The class that most of the selection has, and how many of them; -1 and 0 without classes. */
  get mostSelected(): { index: number; count: number } {
    if (this.#mostSelected) return this.#mostSelected;
    const given = this.columns.get("given");
    const counts: number[] = [];
    if (given?.kind === "class") {
      const { values } = given;
      for (let row = 0; row < this.n; row++) {
        if (this.#own[row] & MARK.selected && values[row] >= 0) {
          counts[values[row]] = (counts[values[row]] ?? 0) + 1;
        }
      }
    }
    let most = { index: -1, count: 0 };
    counts.forEach((count, index) => {
      if (count > most.count) most = { index, count };
    });
    this.#mostSelected = most;
    return most;
  }

  get selectedCount(): number {
    return this.#selectedCount;
  }

  isSelected(row: number): boolean {
    return (this.#own[row] & MARK.selected) !== 0;
  }

  isApart(row: number): boolean {
    return (this.#own[row] & MARK.apart) !== 0;
  }

  isDoubtful(row: number): boolean {
    return (this.look[4 * row + 2] & MARK.doubtful) !== 0;
  }

  selectedRows(): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.n; row++) if (this.isSelected(row)) rows.push(row);
    return rows;
  }

  /** Marks edits that left this page and are not part of the kernel's flags yet. */
  markEdited(rows: Iterable<number>): void {
    for (const row of rows) this.#own[row] |= MARK.edited;
    this.#mark();
  }

  drag(rows: Iterable<number>): void {
    this.#unmark(MARK.dragged);
    for (const row of rows) this.#own[row] |= MARK.dragged;
    this.#mark();
  }

  /** How many points have a mark of the kernel's. */
  countMarked(bit: number): number {
    if (!(this.marks & bit)) return 0;
    let count = 0;
    for (let k = 2; k < this.look.length; k += 4) if (this.look[k] & bit) count++;
    return count;
  }

  #unmark(bit: number): void {
    for (let row = 0; row < this.n; row++) this.#own[row] &= ~bit;
  }

  /** Colour and shape of every point. The shape follows the label where the colour is a scale. */
  #paint(): void {
    const { look, n } = this;
    const paint = this.columns.get(this.#colourBy);
    const given = this.columns.get("given");
    const scaled = paint?.kind === "number" ? rangeOf(paint.values) : null;
    const shapes = paint && paint.kind !== "number" ? paint : given;
    for (let row = 0; row < n; row++) {
      let place = NONE;
      if (scaled && paint?.kind === "number") {
        const t = (paint.values[row] - scaled.low) / (scaled.high - scaled.low || 1);
        if (!Number.isNaN(t)) place = Math.round(clamp(t, 0, 1) * SCALE_STEPS);
      } else if (paint && paint.kind !== "flags") place = paintOf(paint.values[row]);
      look[4 * row] = place;
      look[4 * row + 1] =
        shapes && shapes.kind !== "number" && shapes.kind !== "flags" ? shapeOf(shapes.values[row]) : 0;
    }
  }

  /** The state of every point, from the kernel's flags and this page's marks: 0.3 ms for 100,000. */
  #mark(): void {
    const { look, n } = this;
    const flags = this.columns.get("state");
    const known = flags?.kind === "flags" ? flags.values : null;
    this.marks = 0;
    for (let row = 0; row < n; row++) {
      let state = this.#own[row];
      if (known) state |= known[row] & KERNELS;
      look[4 * row + 2] = state;
      this.marks |= state;
    }
    this.lookVersion++;
  }
}

/** From the 2nd to the 98th percentile of a sample: one loss of 30 must not paint all others alike. */
export function rangeOf(values: Float32Array): { low: number; high: number } {
  const step = Math.max(1, Math.floor(values.length / 4000));
  const some: number[] = [];
  for (let k = 0; k < values.length; k += step) if (!Number.isNaN(values[k])) some.push(values[k]);
  some.sort((a, b) => a - b);
  if (some.length === 0) return { low: 0, high: 0 };
  const at = (share: number): number => some[Math.round(share * (some.length - 1))];
  return some.length < 50 ? { low: at(0), high: at(1) } : { low: at(0.02), high: at(0.98) };
}

/** Row by id: a table where ids are dense, as they mostly are, for it needs a tenth of a Map's memory. */
function indexOf(ids: Ids): (id: number) => number {
  let most = 0;
  for (const id of ids) if (id > most) most = id;
  if (most > 8 * ids.length + 1024) {
    const rows = new Map(Array.from(ids, (id, row) => [id, row]));
    return id => rows.get(id) ?? -1;
  }
  const rows = new Int32Array(most + 1).fill(-1);
  ids.forEach((id, row) => {
    rows[id] = row;
  });
  return id => rows[id] ?? -1;
}
