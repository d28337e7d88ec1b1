import assert from "node:assert/strict";
import test from "node:test";
import { Strands } from "../../../src/parallel/lines/strands.ts";
import { Wheel } from "../../../src/parallel/radar/wheel.ts";

function wheel(dims: number): Wheel {
  const strands = new Strands();
  strands.setIds(1, Uint32Array.of(0, 1));
  const [lo, hi] = [Array(dims).fill(0), Array(dims).fill(3)];
  const about = { type: "frame", seq: 1, set: 1, step: 1, exact: true, trust: null, space: "axes" } as const;
  strands.setAxes({ ...about, dims, lo, hi, codes: new Uint16Array(2 * dims) }, 0, 0);
  const made = new Wheel(strands);
  made.resize({ width: 400, height: 300 });
  made.lay();
  return made;
}

test("the first spoke points up, the others follow clockwise, and heights run outward", () => {
  const made = wheel(4);
  const [up, right, down] = [0, 1, 2].map(place => made.at(place, 1));
  assert.ok(up.y < 150 && Math.abs(up.x - 200) < 1e-6);
  assert.ok(right.x > 200 && Math.abs(right.y - 150) < 1e-6);
  assert.ok(down.y > 150);
  assert.ok(made.at(0, 0).y > made.at(0, 0.5).y && made.at(0, 0).y < 150, "the lowest values do not meet");
});

test("the height by a spot is that of the spot", () => {
  const made = wheel(5);
  for (const place of [0, 1, 3]) {
    made.cursor.place = place;
    for (const height of [0, 0.3, 1]) {
      assert.ok(Math.abs(made.heightBy(made.at(place, height)) - height) < 1e-9);
    }
  }
});

test("of more than sixteen axes the first sixteen are shown, hidden ones left out, and the rest counted", () => {
  const made = wheel(20);
  assert.equal(made.layout.axes.length, 16);
  assert.equal(made.absent, 4);
  made.strands.rearrange({ order: [19, 18], hidden: [0] }, 0, 0);
  made.lay();
  assert.deepEqual(made.layout.axes.slice(0, 3), [19, 18, 1]);
});
