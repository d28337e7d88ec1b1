/** Crowds: how many points share a neighbourhood, so that a thousand on one spot do not hide what is among them. */

import type { Bounds } from "../page/geometry.ts";
import { clamp } from "../page/numbers.ts";

const GRID = 128;
const FINE = 16; // steps of a crowd's byte per doubling: a byte holds up to 60,000 points a cell
const COVERED = 0.04; // how much of the background may shine through a spot that is covered
const FAINTEST = 0.05; // below, eight bits of colour could not add up

/** Writes the crowd of each point into every fourth byte of `look`; tells the size of a cell. */
export function crowdsOf(
  places: Float32Array,
  bounds: Bounds | null,
  look: Uint8Array,
): { width: number; height: number } {
  if (!bounds) return { width: 1, height: 1 };
  const width = (bounds.right - bounds.left) / GRID;
  const height = (bounds.top - bounds.bottom) / GRID;
  const [kx, ky] = [width > 0 ? 1 / width : 0, height > 0 ? 1 / height : 0];
  const n = places.length >> 1;
  const counts = new Uint32Array(GRID * GRID);
  const cells = new Uint16Array(n);
  for (let row = 0; row < n; row++) {
    const x = Math.min(((places[2 * row] - bounds.left) * kx) | 0, GRID - 1);
    const y = Math.min(((places[2 * row + 1] - bounds.bottom) * ky) | 0, GRID - 1);
    const cell = y * GRID + x;
    cells[row] = cell;
    counts[cell]++;
  }
  const codes = Uint8Array.from(counts, count => Math.min(255, Math.round(FINE * Math.log2(1 + count))));
  for (let row = 0; row < n; row++) look[4 * row + 3] = codes[cells[row]];
  return { width: width || 1e-9, height: height || 1e-9 };
}

/** The share of a cell that one mark covers; 0 where every mark shall be as strong as it can. */
export const coverage = (radius: number, scale: number, cell: { width: number; height: number }): number =>
  Math.min((Math.PI * radius * radius) / (cell.width * cell.height * scale * scale), 1);

/** How strong a point of a crowd is drawn: those that lie on each other cover the ground together. */
export function strength(crowd: number, cover: number, opacity: number): number {
  const layers = (2 ** (crowd / FINE) - 1) * cover;
  if (layers <= 1) return opacity;
  return clamp(1 - COVERED ** (1 / layers), FAINTEST, opacity);
}

/** The same for the vertex shader. */
export const STRENGTH = `
float strength(float crowd, float cover, float opacity) {
  float layers = (exp2(crowd / ${FINE}.0) - 1.0) * cover;
  return layers <= 1.0 ? opacity : clamp(1.0 - pow(${COVERED}, 1.0 / layers), ${FAINTEST}, opacity);
}`;
