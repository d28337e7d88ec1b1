import assert from "node:assert/strict";
import test from "node:test";
import { count, prefixOf, short } from "../../src/page/numbers.ts";

test("a number keeps the three digits that count", () => {
  assert.deepEqual([0, 0.0412345, 12.345, 1234.5, -0.5].map(short), ["0", "0.0412", "12.3", "1,230", "-0.5"]);
  assert.deepEqual([-984_123_000, 1e29, 2.5e-30, 1e-4].map(short), ["-9.84E8", "1E29", "2.5E-30", "0.0001"]);
  assert.equal(short(null), "–");
});

test("joules get the prefix that makes them easy to read", () => {
  const read = (value: number): string => {
    const [prefix, times] = prefixOf(value);
    return `${short(value * times)} ${prefix}J`;
  };
  assert.deepEqual([0.00154, 0.00000021, 0.43, 3.42, 8500, 12_000, 36_000_000, 0].map(read), [
    "1.54 mJ",
    "0.21 µJ",
    "430 mJ",
    "3.42 J",
    "8,500 J",
    "12 kJ",
    "36 MJ",
    "0 J",
  ]);
});

test("many are counted in thousands, and one is no plural", () => {
  assert.deepEqual(
    [0, 1, 1024].map(n => count(n, "sample")),
    ["0 samples", "1 sample", "1,024 samples"],
  );
  assert.deepEqual([count(1, "axis", "axes"), count(2, "axis", "axes")], ["1 axis", "2 axes"]);
});
