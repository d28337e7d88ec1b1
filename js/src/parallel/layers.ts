/** The pictures of the lines: everything, and what is picked out of it; each made anew only when it must be. */

import type { Palette } from "../colours.ts";
import { element } from "../dom.ts";
import type { Size } from "../geometry.ts";
import { inSight, type Layout, placeOf } from "./arrangement.ts";
import { addSpan, emptyGrid, type Grid, tone } from "./density.ts";
import type { Strands } from "./strands.ts";

const FEW = 4000; // lines that are drawn as sharp as the screen; stretches of lines, while a hand waits for it
const MANY = 30_000; // lines from which a picture under a moving hand is coarser, and of no more lines

export type Layer = {
  readonly canvas: HTMLCanvasElement;
  /** Draws the lines of these rows, or of all; `coarse` while a hand waits for it. */
  paint(view: Sight, rows: Uint32Array | null, coarse: boolean): void;
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

  return {
    canvas,
    paint({ strands, layout, size, ratio, palette, now }, wanted, coarse) {
      const all = wanted ? wanted.length : strands.n;
      const draft = coarse && all > MANY;
      const rows = draft ? thin(wanted, all) : wanted;
      const n = rows ? rows.length : all;
      const { axes } = layout;
      const [first, last] = inSight(layout, size.width);
      const quick = coarse && n * (last - first) > FEW;
      const sharp = n > FEW ? 1 : quick ? 0.5 : Math.min(ratio, 2);
      const across = draft ? 0.2 : n > FEW ? 0.34 : sharp;
      const width = Math.max(Math.round(size.width * across), 1);
      const height = Math.max(Math.round(size.height * sharp), 2);
      grid = emptyGrid(width, height, n, grid);
      const ink = { rows, paint: strands.look, stride: 4, colours: flat(palette) };
      if (axes.length === 1) {
        // A single axis: a short dash for every sample.
        const heights = strands.heights(axes[0], now);
        const [from, to] = [-30, 30].map(by => Math.round((placeOf(layout, 0) + by) * across));
        addSpan(grid, { left: heights, right: heights, from, to }, ink);
      }
      for (let k = first; k < last; k++) {
        const [from, to] = [k, k + 1].map(each => Math.round(placeOf(layout, each) * across));
        const left = strands.heights(axes[k], now);
        const right = strands.heights(axes[k + 1], now);
        addSpan(grid, { left, right, from, to }, ink, draft ? 64 : 128, n <= FEW);
      }
      if (!image || image.width !== width || image.height !== height) {
        image = new ImageData(width, height);
        canvas.width = width;
        canvas.height = height;
      } else image.data.fill(0);
      const half = Math.max(0.9, (1.3 * n) / height);
      tone(grid, half, Math.min(Math.max(6 / Math.sqrt(n || 1), 0.1), 0.75), image.data);
      canvas.getContext("2d")?.putImageData(image, 0, 0);
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

/** The palette's rims, which stand out from the ground, as plain numbers. */
function flat(palette: Palette): Float32Array {
  if (palette !== known) {
    known = palette;
    numbers = Float32Array.from(palette.rim.flat());
  }
  return numbers;
}
