/** Amounts of energy in words: a value with its prefix, and its interval in the same unit. Pure. */

import { prefixOf, short } from "../page/numbers.ts";
import type { Amount } from "../wire/panels.ts";

/** What nobody read is not measured, and never 0. */
export function joules(amount: Amount | null): string {
  if (!amount) return "not measured";
  const [prefix, times] = prefixOf(amount.value);
  return `${short(amount.value * times)} ${prefix}${amount.unit}`;
}

/** "8.1–21.8 J", in the unit of the value itself. */
export function interval(amount: Amount): string {
  const [prefix, times] = prefixOf(amount.value);
  return `${short(amount.low * times)}–${short(amount.high * times)} ${prefix}${amount.unit}`;
}
