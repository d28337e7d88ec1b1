/** Numbers as people read them. Pure. */

export const whole = (value: number | null): string => (value === null ? "–" : value.toLocaleString("en"));

/** So many of a thing: "1 sample", "1,024 samples". */
export const count = (n: number, one: string, many = `${one}s`): string =>
  `${whole(n)} ${n === 1 ? one : many}`;

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

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), high);
