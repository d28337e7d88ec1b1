/** The axes in words: for screen readers, for the menu of an axis, for the still. Pure. */

import { points } from "../look/words.ts";
import { count, short } from "../page/numbers.ts";
import type { Spread } from "./lines/spread.ts";

/** Statistics as the kernel names them. */
const STATISTICS: Record<string, string> = {
  f_ratio: "F-ratio",
  mutual_information: "Mutual information",
  permutation: "Permutation importance",
};
export const statisticName = (key: string): string => STATISTICS[key] ?? key;

export type Scores = { statistic: string; text: string; step: number; values: Float32Array };

export function scoreText(scores: Scores | null, axis: number): string | null {
  const value = scores?.values[axis];
  if (!scores || value === undefined || Number.isNaN(value)) return null;
  return `${statisticName(scores.statistic)} ${value === Infinity ? "∞" : short(value)}`;
}

/** "z3, axis 4 of 16, F-ratio 12.3, walking highest, standing lowest, 2 brushes" */
export function describeAxis(
  name: string,
  place: number,
  of: number,
  score: string | null,
  spread: Spread,
  classes: readonly string[],
  brushes: number,
): string {
  const parts = [name, `axis ${place + 1} of ${of}`];
  if (score) parts.push(score);
  let [low, high] = [-1, -1];
  spread.means.forEach((mean, k) => {
    if (Number.isNaN(mean)) return;
    if (low < 0 || mean < spread.means[low]) low = k;
    if (high < 0 || mean > spread.means[high]) high = k;
  });
  if (high >= 0 && high !== low) parts.push(`${classes[high]} highest, ${classes[low]} lowest`);
  if (brushes) parts.push(count(brushes, "brush", "brushes"));
  if (spread.missing) parts.push(`${points(spread.missing)} without a value`);
  return parts.join(", ");
}
