import assert from "node:assert/strict";
import test from "node:test";
import { interval, joules } from "../../src/dashboard/amounts.ts";

test("joules are told with the unit of their value, and a missing reading as not measured", () => {
  const amount = { value: 0.0013, low: 0.0009, high: 0.00192, badges: {}, unit: "J", per: "step" };
  assert.equal(joules(amount), "1.3 mJ");
  assert.equal(interval(amount), "0.9–1.92 mJ");
  assert.equal(joules(null), "not measured");
});
