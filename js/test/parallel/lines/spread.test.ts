import assert from "node:assert/strict";
import test from "node:test";
import { measure, nearestClass, separation } from "../../../src/parallel/lines/spread.ts";
import { coded, near } from "./coded.ts";

test("means and the pooled deviation are those of a plain reckoning", () => {
  const values = [1, 2, 3, 11, 12, 13.5, Number.NaN, 7];
  const labels = [0, 0, 0, 2, 2, 2, 0, -1];
  const spread = measure(coded(...values), labels, 3);
  near(spread.means[0], 2);
  near(spread.means[2], 36.5 / 3);
  assert.ok(Number.isNaN(spread.means[1]));
  near(spread.pooled, Math.sqrt((2 + 3.1667) / 4));
  assert.equal(spread.missing, 1);
  near(separation(spread, 2, -1), (36.5 / 3 - 2) / spread.pooled);
  assert.equal(nearestClass(spread, 0), 2);
  assert.equal(measure(coded(5, 5, 5), [0, 1, 1], 2).pooled, 0);
});
