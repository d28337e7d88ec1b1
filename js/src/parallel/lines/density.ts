/** Density: thousands of lines between two axes as one image, so that structure shows instead of ink. Pure. */

/**
 * Sums for each pixel, one column after another. Two numbers hold four: how many lines and their red in the one, green
 * and blue in the other, each in its own 26 of a double's 53 bits, which halves the memory that is written to.
 */
export type Grid = {
  width: number;
  height: number;
  sums: Float64Array;
  /** Into how many parts a line is shared between the two pixels that it lies between. */
  parts: number;
  /** The brightest shade of a colour, so that all lines on one pixel still fit. */
  shades: number;
};

/** One stretch of the picture: heights on its two axes, 0 at the bottom to 1, NaN where there is no value. */
export type Span = { left: Float32Array; right: Float32Array; from: number; to: number };

/**
 * Which lines there are, and their colours: `paint[stride * row]` is a place in `colours`, three numbers each. A line with
 * one of the bits of `faint` two bytes later has that place in their second half.
 */
export type Ink = {
  rows: Uint32Array | null;
  paint: Uint8Array;
  stride: number;
  colours: Float32Array;
  faint?: number;
};

const FIELD = 2 ** 26;
const MOST = 128; // bins of an axis
const bins = [new Float64Array(MOST * MOST), new Float64Array(MOST * MOST)];
const sums = [new Float64Array(MOST * MOST), new Float64Array(MOST * MOST)];
const first = new Int32Array(MOST * MOST); // a line of each bin: where the bin is drawn, so that no grid shows
const filled = new Int32Array(MOST * MOST);
const height = new Float64Array(MOST * MOST);
const slope = new Float64Array(MOST * MOST);

/** A grid for so many lines, or the old one made empty if it fits. */
export function emptyGrid(width: number, height: number, lines: number, old?: Grid | null): Grid {
  const parts = lines <= 100_000 ? 4 : 1;
  const shades = Math.min(255, Math.floor((FIELD - 1) / (parts * Math.max(lines, 1))));
  const fits = old?.width === width && old.height === height;
  if (fits) old.sums.fill(0);
  // A line at the very bottom touches the pixel below its column's last.
  const room = fits ? old.sums : new Float64Array(2 * (width * height + 2));
  return { width, height, sums: room, parts, shades };
}

/**
 * Adds the lines of a span. They are counted in bins of both axes first, with their colours beside the counts; then
 * all filled bins are walked at once, column by column, so that the memory written to stays small: 100,000 lines over
 * 8 axes in 25 ms on one core, where a canvas needs a second and software WebGL 12. Where each line is seen, as few are,
 * it is `solid`: without gaps, however steep.
 */
export function addSpan(grid: Grid, span: Span, ink: Ink, perAxis = MOST, solid = false): void {
  const { left, right, from, to } = span;
  const { rows, paint, stride, faint = 0 } = ink;
  const half = ink.colours.length / 6;
  const n = rows ? rows.length : left.length;
  const scale = perAxis - 0.001; // a height of 1 belongs to the last bin
  const [warm, cold] = packed(ink.colours, grid.shades);
  const [warmBins, coldBins] = bins;
  let count = 0;
  for (let k = 0; k < n; k++) {
    const row = rows ? rows[k] : k;
    const a = left[row];
    const b = right[row];
    if (!(a >= 0 && b >= 0)) continue;
    const bin = ((a * scale) | 0) * perAxis + ((b * scale) | 0);
    if (warmBins[bin] === 0) {
      first[bin] = row;
      filled[count++] = bin;
    }
    const at = stride * row;
    const colour = paint[at] + (paint[at + 2] & faint ? half : 0);
    warmBins[bin] += warm[colour];
    coldBins[bin] += cold[colour];
  }
  const columns = Math.max(to - from, 1);
  const tall = grid.height - 1.001;
  for (let j = 0; j < count; j++) {
    const bin = filled[j];
    const row = first[bin];
    sums[0][j] = warmBins[bin];
    sums[1][j] = coldBins[bin];
    warmBins[bin] = coldBins[bin] = 0;
    height[j] = (1 - left[row]) * tall;
    slope[j] = ((left[row] - right[row]) * tall) / columns;
  }
  (solid ? walkSolid : walk)(grid, from, Math.min(to, grid.width), count);
}

/** Places of colours as numbers to add: one line with its red, and its green with its blue. */
function packed(colours: Float32Array, shades: number): [Float64Array, Float64Array] {
  const n = colours.length / 3;
  const shade = (at: number): number => Math.round((colours[at] * shades) / 255);
  return [
    Float64Array.from({ length: n }, (_, k) => FIELD + shade(3 * k)),
    Float64Array.from({ length: n }, (_, k) => FIELD * shade(3 * k + 1) + shade(3 * k + 2)),
  ];
}

function walk(grid: Grid, from: number, to: number, count: number): void {
  const { sums: out, parts } = grid;
  const [warm, cold] = sums;
  for (let j = 0; from < 0 && j < count; j++) height[j] -= slope[j] * from; // the span begins outside the picture
  for (let x = Math.max(from, 0); x < to; x++) {
    const column = x * grid.height;
    for (let j = 0; j < count; j++) {
      const y = height[j];
      height[j] = y + slope[j];
      const whole = y | 0;
      const below = ((y - whole) * parts + 0.5) | 0; // whole parts: the fields must not run into each other
      const above = parts - below;
      const at = 2 * (column + whole);
      const a = warm[j];
      const b = cold[j];
      out[at] += a * above;
      out[at + 1] += b * above;
      out[at + 2] += a * below;
      out[at + 3] += b * below;
    }
  }
}

/** As `walk`, over every pixel that a line passes in a column. */
function walkSolid(grid: Grid, from: number, to: number, count: number): void {
  const { sums: out, parts } = grid;
  const [warm, cold] = sums;
  for (let j = 0; from < 0 && j < count; j++) height[j] -= slope[j] * from;
  for (let x = Math.max(from, 0); x < to; x++) {
    const column = x * grid.height;
    for (let j = 0; j < count; j++) {
      const y = height[j];
      const rise = slope[j];
      const next = y + rise;
      height[j] = next;
      const a = warm[j];
      const b = cold[j];
      const flat = rise < 1 && rise > -1; // two pixels of a column share it; a steep one fills all between its ends
      const top = flat || rise > 0 ? y : next;
      const end = flat ? y + 1 : rise > 0 ? next : y;
      const first = top | 0;
      const final = end | 0;
      const above = parts - (((top - first) * parts + 0.5) | 0);
      const below = ((end - final) * parts + 0.5) | 0;
      let at = 2 * (column + first);
      const last = 2 * (column + final);
      out[at] += a * above;
      out[at + 1] += b * above;
      for (at += 2; at < last; at += 2) {
        out[at] += a * parts;
        out[at + 1] += b * parts;
      }
      out[last] += a * below;
      out[last + 1] += b * below;
    }
  }
}

/** How many lines pass a pixel, and their mean colour. */
export function pixelOf(grid: Grid, x: number, y: number): [number, number, number, number] {
  const at = 2 * (x * grid.height + y);
  const [warm, cold] = [grid.sums[at], grid.sums[at + 1]];
  const lines = Math.floor(warm / FIELD);
  const green = Math.floor(cold / FIELD);
  const scale = 255 / (grid.shades * lines || 1);
  return [lines / grid.parts, (warm - FIELD * lines) * scale, green * scale, (cold - FIELD * green) * scale];
}

/**
 * The grid as an image: the colour is the mean of the lines at a pixel, the opacity grows with their number and
 * reaches half at `half` of them; one line alone stays visible with `least`.
 */
export function tone(grid: Grid, half: number, least: number, image: Uint8ClampedArray): void {
  const { width, height, sums, parts, shades } = grid;
  const out = new Uint32Array(image.buffer, image.byteOffset, width * height);
  const rest = 255 * (1 - least);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      // As pixelOf tells it, without a list for each of 300,000 pixels.
      const at = 2 * (x * height + y);
      const warm = sums[at];
      if (warm === 0) continue;
      const counted = Math.floor(warm / FIELD);
      const cold = sums[at + 1];
      const green = Math.floor(cold / FIELD);
      const scale = 255 / (shades * counted);
      const lines = counted / parts;
      const alpha = 255 * least * (lines < 1 ? lines : 1) + (rest * lines) / (lines + half);
      // Little endian, as every machine that runs a browser: blue above green above red.
      out[y * width + x] =
        (alpha << 24) |
        (((cold - FIELD * green) * scale) << 16) |
        ((green * scale) << 8) |
        ((warm - FIELD * counted) * scale);
    }
  }
}
