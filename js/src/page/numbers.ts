/** Numbers as a person reads them. Pure. */

import type { Amount } from "../wire/panels.ts";

export const whole = (value: number | null): string => (value === null ? "–" : value.toLocaleString("en"));

/** Three digits that count; 9.84E8 where there would be a row of noughts. */
export function short(value: number | null): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  const notation = value && (size < 1e-4 || size >= 1e7) ? "scientific" : "standard";
  return value.toLocaleString("en", { maximumSignificantDigits: 3, notation });
}

/** The prefix that makes a value easy to read, and what to multiply by: 0.0015 J is 1.5 mJ. */
export function prefixOf(value: number): [string, number] {
  const size = Math.abs(value);
  if (size === 0) return ["", 1];
  if (size < 1e-3) return ["µ", 1e6];
  if (size < 1) return ["m", 1e3];
  if (size < 1e4) return ["", 1];
  return size < 1e7 ? ["k", 1e-3] : ["M", 1e-6];
}

/** What nobody read is not measured, and never 0. */
export function joules(amount: Amount | null): string {
  if (!amount) return "not measured";
  const [prefix, times] = prefixOf(amount.value);
  return `${short(amount.value * times)} ${prefix}J`;
}

/** "8.1–21.8 J", in the unit of the value itself. */
export function interval(amount: Amount): string {
  const [prefix, times] = prefixOf(amount.value);
  return `${short(amount.low * times)}–${short(amount.high * times)} ${prefix}J`;
}
