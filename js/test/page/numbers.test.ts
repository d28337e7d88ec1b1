import assert from "node:assert/strict";
import test from "node:test";
import { prefixOf, short } from "../../src/page/numbers.ts";

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
