/** The picture in words: for the line below it, for screen readers, for the still. Pure. */

import { count, whole } from "../page/numbers.ts";
import type { Cloud } from "../paint/cloud.ts";
import { DOUBTFUL, EDITED, LEFT_OUT, STALE, TOLD } from "../wire/protocol.ts";

export const points = (n: number): string => count(n, "point");

export function describe(cloud: Cloud, title: string, classes: readonly string[]): string {
  const parts = [points(cloud.n)];
  if (classes.length) parts.push(count(classes.length, "class", "classes"));
  if (cloud.selectedCount) parts.push(describeSelection(cloud, classes));
  return `${title || "Latent space"}: ${parts.join(", ")}`;
}

/** "120 points selected, 80 % walking" */
export function describeSelection(cloud: Cloud, classes: readonly string[]): string {
  const n = cloud.selectedCount;
  if (n === 0) return `${points(cloud.n)}, none selected`;
  const { index, count } = cloud.mostSelected;
  const share = count ? `, ${Math.round((100 * count) / n)} % ${classes[index] ?? index}` : "";
  return `${points(n)} selected${share}`;
}

export function describePoint(cloud: Cloud, row: number, classes: readonly string[]): string {
  const parts = [`sample ${cloud.ids[row]}`];
  const [given, predicted] = [cloud.classOf(row), cloud.classOf(row, "predicted")];
  if (given >= 0) parts.push(`labelled ${classes[given]}`);
  if (predicted >= 0) parts.push(`predicted ${classes[predicted]}`);
  const confidence = cloud.numberOf(row, "confidence");
  if (confidence !== null) parts.push(`${Math.round(100 * confidence)} % sure`);
  const state = describeState(cloud.look[4 * row + 2]);
  if (state) parts.push(state);
  if (cloud.isSelected(row)) parts.push("selected");
  return parts.join(", ");
}

export const describeState = (state: number): string =>
  [
    state & EDITED ? "edited, not satisfied yet" : state & TOLD ? "told as named" : "",
    state & DOUBTFUL ? "doubtful place" : "",
    state & STALE ? "stale place" : "",
    state & LEFT_OUT ? "left out of training" : "",
  ]
    .filter(Boolean)
    .join(", ");

/** What cannot be seen in the picture itself. */
export function describeQuality(cloud: Cloud): string {
  const parts: string[] = [];
  if (cloud.missing) parts.push(`${whole(cloud.missing)} without a place`);
  const [doubtful, stale, out] = [DOUBTFUL, STALE, LEFT_OUT].map(bit => cloud.countMarked(bit));
  if (out) parts.push(`${whole(out)} left out`);
  if (stale) parts.push(`${whole(stale)} stale (pale)`);
  if (doubtful) parts.push(`${whole(doubtful)} doubtful (hollow)`);
  if (cloud.trust !== null) parts.push(`trust ${cloud.trust.toFixed(2)}`);
  if (cloud.n && !cloud.exact) parts.push("approximate");
  return parts.join(" · ");
}
