import assert from "node:assert/strict";
import test from "node:test";
import { measure } from "../../src/parallel/lines/spread.ts";
import { describeAxis, scoreText } from "../../src/parallel/words.ts";
import { coded } from "./lines/coded.ts";

test("an axis in words", () => {
  const scores = {
    statistic: "f_ratio",
    text: "",
    step: 0,
    values: Float32Array.of(12.345, Number.NaN, Infinity),
  };
  assert.equal(scoreText(scores, 0), "F-ratio 12.3");
  assert.equal(scoreText(scores, 1), null);
  assert.equal(scoreText(scores, 2), "F-ratio ∞");
  const spread = measure(coded(0, 1, 8, 9, Number.NaN), [0, 0, 1, 1, 1], 2);
  assert.equal(
    describeAxis("z1", 0, 3, "F-ratio 12.3", spread, ["calm", "busy"], 2),
    "z1, axis 1 of 3, F-ratio 12.3, busy highest, calm lowest, 2 brushes, 1 point without a value",
  );
});
