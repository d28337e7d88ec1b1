/** Spread: the mean of each class along an axis, and how wide the classes are there. Pure. */

import { type Coded, MISSING } from "./scale.ts";

export type Spread = {
  /** In values; NaN for a class without samples. */
  means: Float64Array;
  counts: Float64Array;
  /** The pooled standard deviation within classes; 0 where no class has two different values. */
  pooled: number;
  missing: number;
};

export function measure(axis: Coded, labels: ArrayLike<number>, classes: number): Spread {
  const { codes, lo, hi } = axis;
  const perCode = (hi - lo) / 65534;
  const means = new Float64Array(classes);
  const counts = new Float64Array(classes);
  const squares = new Float64Array(classes);
  let missing = 0;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row];
    if (code === MISSING) {
      missing++;
      continue;
    }
    const label = labels[row];
    if (!(label >= 0 && label < classes)) continue;
    counts[label]++;
    means[label] += code;
    squares[label] += code * code; // whole numbers: exact up to 2^53, so no cancellation
  }
  let [within, n, groups] = [0, 0, 0];
  for (let k = 0; k < classes; k++) {
    if (counts[k] === 0) {
      means[k] = Number.NaN;
      continue;
    }
    within += squares[k] - (means[k] * means[k]) / counts[k];
    means[k] = lo + (means[k] / counts[k]) * perCode;
    n += counts[k];
    groups++;
  }
  const pooled = n > groups ? Math.sqrt(Math.max(within, 0) / (n - groups)) * perCode : 0;
  return { means, counts, pooled, missing };
}

/** How far a class lies above others along the axis, in pooled standard deviations; `against` -1: above all. */
export function separation(spread: Spread, label: number, against: number): number {
  const { means, counts, pooled } = spread;
  let [sum, n] = [0, 0];
  for (let k = 0; k < means.length; k++) {
    if (k === label || counts[k] === 0 || (against >= 0 && k !== against)) continue;
    sum += means[k] * counts[k];
    n += counts[k];
  }
  return n && pooled > 0 ? (means[label] - sum / n) / pooled : Number.NaN;
}

/** The class whose mean is nearest to that of a class along the axis; -1 when there is no other. */
export function nearestClass(spread: Spread, label: number): number {
  let [best, least] = [-1, Infinity];
  spread.means.forEach((mean, k) => {
    const distance = Math.abs(mean - spread.means[label]);
    if (k !== label && distance < least) [best, least] = [k, distance];
  });
  return best;
}
