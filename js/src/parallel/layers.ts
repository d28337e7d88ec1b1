/** The pictures of the lines: everything, and what is picked out of it; each made anew only when it must be. */

import { element } from "../page/elements.ts";
import type { Size } from "../page/geometry.ts";
import { now } from "../page/life.ts";
import { clamp } from "../page/numbers.ts";
import { MARK } from "../paint/cloud.ts";
import type { Palette } from "../paint/colours.ts";
import { inSight, type Layout, placeOf } from "./lines/arrangement.ts";
import { addSpan, emptyGrid, type Grid, tone } from "./lines/density.ts";
import type { Strands } from "./lines/strands.ts";

const FEW = 4000; // lines that are drawn as sharp as the screen; stretches of lines, while a hand waits for it
const MANY = 30_000; // lines from which a picture under a moving hand is coarser, and of no more lines
const TURN_MILLISECONDS = 12; // after which a sharp picture goes on at the next frame of the screen

export type Layer = {
  readonly canvas: HTMLCanvasElement;
  /** What it shows is of the past. */
  restart(): void;
  /**
   * Draws the lines of these rows, or of all. `coarse`, while a hand waits for it, it does so at once; otherwise it
   * may answer false, shows what it showed before, and goes on when called again.
   */
  paint(view: Sight, rows: Uint32Array | null, coarse: boolean): boolean;
};

export type Sight = {
  strands: Strands;
  layout: Layout;
  /** Of the box between the axes' ends, in CSS pixels. */
  size: Size;
  ratio: number;
  palette: Palette;
  now: number;
};

export function createLayer(): Layer {
  const canvas = element("canvas", "");
  let grid: Grid | null = null;
  let image: ImageData | null = null;
  /** The picture under way: which lines, how fine, and the next stretch to add. */
  let work: { rows: Uint32Array | null; n: number; draft: boolean; across: number; next: number } | null =
    null;

  function begin({ strands, layout, size, ratio }: Sight, wanted: Uint32Array | null, coarse: boolean) {
    const all = wanted ? wanted.length : strands.n;
    const draft = coarse && all > MANY;
    const rows = draft ? thin(wanted, all) : wanted;
    const n = rows ? rows.length : all;
    const [first, last] = inSight(layout, size.width);
    const quick = coarse && n * (last - first) > FEW;
    const sharp = n > FEW ? 1 : quick ? 0.5 : Math.min(ratio, 2);
    const across = draft ? 0.2 : n > FEW ? 0.34 : sharp;
    const width = Math.max(Math.round(size.width * across), 1);
    const height = Math.max(Math.round(size.height * sharp), 2);
    grid = emptyGrid(width, height, n, grid);
    work = { rows, n, draft, across, next: first };
    return { grid, work };
  }

  return {
    canvas,
    restart() {
      work = null;
    },
    paint(sight, wanted, coarse) {
      const end = coarse ? Infinity : now() + TURN_MILLISECONDS;
      const { strands, layout, palette, now: time } = sight;
      const { axes } = layout;
      const at = work && grid && !coarse ? { grid, work } : begin(sight, wanted, coarse);
      const { rows, n, draft, across } = at.work;
      const { width, height } = at.grid;
      const last = inSight(layout, sight.size.width)[1];
      const faint = wanted ? 0 : MARK.leftOut; // what is picked out steps back from nothing
      const ink = { rows, paint: strands.look, stride: 4, colours: flat(palette), faint };
      if (axes.length === 1) {
        // A single axis: a short dash for every sample.
        const heights = strands.heights(axes[0], time);
        const [from, to] = [-30, 30].map(by => Math.round((placeOf(layout, 0) + by) * across));
        addSpan(at.grid, { left: heights, right: heights, from, to }, ink);
      }
      for (; at.work.next < last; at.work.next++) {
        if (now() > end) return false;
        const k = at.work.next;
        const [from, to] = [k, k + 1].map(each => Math.round(placeOf(layout, each) * across));
        const left = strands.heights(axes[k], time);
        const right = strands.heights(axes[k + 1], time);
        addSpan(at.grid, { left, right, from, to }, ink, draft ? 64 : 128, n <= FEW);
      }
      work = null;
      if (!image || image.width !== width || image.height !== height) {
        image = new ImageData(width, height);
        canvas.width = width;
        canvas.height = height;
      } else image.data.fill(0);
      const half = Math.max(0.9, (1.3 * n) / height);
      tone(at.grid, half, clamp(6 / Math.sqrt(n || 1), 0.1, 0.75), image.data);
      canvas.getContext("2d")?.putImageData(image, 0, 0);
      return true;
    },
  };
}

/** Some of the rows, spread evenly over them; the same ones every time, so that nothing flickers. */
function thin(rows: Uint32Array | null, n: number): Uint32Array {
  const kept = new Uint32Array(n);
  let count = 0;
  for (let k = 0; k < n; k++) {
    const row = rows ? rows[k] : k;
    kept[count] = row;
    if (Math.imul(row, 0x9e3779b1) >>> 0 < (2 ** 32 * MANY) / n) count++;
  }
  return kept.subarray(0, count);
}

let known: Palette | null = null;
let numbers = new Float32Array(0);

/** The palette's rims, which stand out from the ground, and those of lines that step back, as plain numbers. */
function flat(palette: Palette): Float32Array {
  if (palette !== known) {
    known = palette;
    numbers = Float32Array.from([...palette.rim, ...palette.faint].flat());
  }
  return numbers;
}
