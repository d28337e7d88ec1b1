/** A class dragged along an axis: what its drop would ask of training, in pooled deviations. Pure. */

import type { Choice, Meaning } from "../../edits/meaning.ts";
import { nearestClass, type Spread, separation } from "./spread.ts";

/** A drag of less says nothing. */
export const LEAST = 0.05;

export type Pull = { label: number; axis: number; name: string; spread: Spread; to: number };

/** How far the class is asked to go, in pooled standard deviations; NaN where the classes have no width. */
export const amountOf = (pull: Pull): number =>
  pull.spread.pooled > 0 ? (pull.to - pull.spread.means[pull.label]) / pull.spread.pooled : Number.NaN;

const sd = (value: number): string => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)} sd`;
const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} sd`;

/** What is shown beside the hand. */
export function readoutOf(pull: Pull, classes: readonly string[]): string[] {
  const amount = amountOf(pull);
  if (Number.isNaN(amount)) return [`${classes[pull.label]}: the classes have no width here`];
  const now = separation(pull.spread, pull.label, -1);
  return [
    `${classes[pull.label]} ${signed(amount)}`,
    Number.isNaN(now) ? "" : `from the others: ${sd(now)} → ${sd(now + amount)}`,
  ].filter(Boolean);
}

/** Null where a drop asks for nothing that training could follow. */
export function meaningOfPull(pull: Pull, classes: readonly string[]): Meaning | null {
  const amount = amountOf(pull);
  const { label, spread, axis, name } = pull;
  if (!(Math.abs(amount) >= LEAST)) return null;
  const now = separation(spread, label, -1);
  const near = nearestClass(spread, label);
  if (Number.isNaN(now)) return null;
  const rounded = Math.round(amount * 100) / 100;
  const margin = (from: number): string =>
    `Training keeps a margin along this axis: from ${sd(from)} to ${sd(from + rounded)}. It moves the latent, not the accuracy: measured.`;
  const edit = { kind: "Shift", label: classes[label], axis, amount: rounded } as const;
  const choices: Choice[] = [
    {
      text: "Apart from all other classes",
      note: margin(now),
      edit: { ...edit, against: null },
    },
  ];
  const others = spread.counts.filter((count, k) => count > 0 && k !== label).length;
  if (near >= 0 && others > 1) {
    choices.push({
      text: `Apart from ${classes[near]} only`,
      note: `The nearest on this axis. ${margin(separation(spread, label, near))}`,
      edit: { ...edit, against: classes[near] },
    });
  }
  return { title: `Move ${classes[label]} by ${signed(rounded)} along ${name}?`, choices };
}
