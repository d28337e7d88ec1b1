import assert from "node:assert/strict";
import test from "node:test";
import { Cloud, MARK } from "../../src/paint/cloud.ts";
import { NONE } from "../../src/paint/colours.ts";

const frame = (set: number, ...points: number[]) => ({
  type: "frame" as const,
  space: "plane" as const,
  seq: 1,
  set,
  step: 1,
  exact: true,
  trust: null,
  points: Float32Array.from(points),
});

function cloud(): Cloud {
  const made = new Cloud();
  made.setIds(1, Uint32Array.of(5, 9));
  made.setColumns(1, [{ kind: "class", name: "given", values: Int32Array.of(0, -1) }]);
  made.setFrame(frame(1, 0, 0, 10, 10), 0, 100);
  return made;
}

test("the first picture stands at once", () => {
  assert.deepEqual(Array.from(cloud().places(0)), [0, 0, 10, 10]);
});

test("points glide to the next frame and arrive", () => {
  const points = cloud();
  points.setFrame(frame(1, 10, 0, 10, 20), 1000, 100);
  assert.deepEqual(Array.from(points.places(1000)), [0, 0, 10, 10]);
  assert.deepEqual(Array.from(points.places(1050)), [5, 0, 10, 15]);
  assert.deepEqual(Array.from(points.places(1100)), [10, 0, 10, 20]);
  assert.equal(points.progress(1100), 1);
});

test("a frame in the middle of a glide begins where the points are", () => {
  const points = cloud();
  points.setFrame(frame(1, 10, 0, 10, 20), 1000, 100);
  points.setFrame(frame(1, 0, 0, 0, 0), 1050, 100);
  assert.deepEqual(Array.from(points.places(1050)), [5, 0, 10, 15]);
  assert.deepEqual(Array.from(points.places(1150)), [0, 0, 0, 0]);
});

test("a new set waits for its frame, and samples of both sets glide", () => {
  const points = cloud();
  points.setIds(2, Uint32Array.of(9, 7, 5));
  points.setColumns(2, [{ kind: "class", name: "given", values: Int32Array.of(1, 1, 1) }]);
  assert.deepEqual(Array.from(points.ids), [5, 9], "the old picture stands");
  points.setFrame(frame(2, 20, 20, 1, 1, 8, 0), 1000, 100);
  assert.deepEqual(Array.from(points.ids), [9, 7, 5]);
  assert.deepEqual(Array.from(points.places(1000)), [10, 10, 1, 1, 0, 0], "7 is new and is there at once");
  assert.deepEqual(Array.from(points.places(1100)), [20, 20, 1, 1, 8, 0]);
  assert.equal(points.classOf(points.rowOf(7)), 1);
});

test("frames and labels of a former set are dropped", () => {
  const points = cloud();
  assert.equal(points.setFrame(frame(0, 1, 1), 0, 0), false);
  assert.equal(points.setColumns(0, []), false);
  assert.throws(() => points.setFrame(frame(1, 1, 1), 0, 0), /1 places for 2 points/);
});

test("a column of the wrong length is refused and changes nothing", () => {
  const points = cloud();
  const short = { kind: "class", name: "given", values: Int32Array.of(1) } as const;
  assert.throws(() => points.setColumns(1, [short]), /1 values of given for 2 points/);
  assert.equal(points.classOf(0), 0);
});

test("a point without a place lies apart, below the others, and is counted, until it has a place", () => {
  const points = cloud();
  points.setFrame(frame(1, Number.NaN, Number.NaN, 1, 1), 1000, 100);
  assert.equal(points.missing, 1);
  assert.ok(points.look[2] & MARK.apart && points.isApart(0));
  const [x, y] = points.places(2000);
  const shelf = points.shelf;
  assert.ok(shelf && x >= shelf.left && x <= shelf.right && y < shelf.top && y >= shelf.bottom && y < 1);
  assert.ok(points.bounds && points.bounds.bottom <= y, "the camera shows the shelf as well");
  points.setFrame(frame(1, 3, 3, 1, 1), 3000, 100);
  assert.deepEqual([points.missing, points.shelf, points.isApart(0)], [0, null, false]);
  assert.deepEqual(Array.from(points.places(4000)).slice(0, 2), [3, 3]);
});

test("a picture of nothing but missing places is a shelf", () => {
  const points = cloud();
  points.setFrame(frame(1, Number.NaN, 0, Number.NaN, Number.NaN), 1000, 100);
  assert.equal(points.missing, 2);
  assert.ok(Array.from(points.places(2000)).every(Number.isFinite));
  assert.ok(points.bounds && points.bounds.left < points.bounds.right);
});

test("classes choose paint and shape; none is grey", () => {
  const points = cloud();
  assert.deepEqual([points.look[0], points.look[4]], [0, NONE]);
  assert.deepEqual(points.counts(1), [1]);
});

test("ids may be far apart", () => {
  const points = new Cloud();
  points.setIds(1, Uint32Array.of(4_000_000_000, 2));
  points.setFrame(frame(1, 0, 0, 1, 1), 0, 0);
  assert.equal(points.rowOf(4_000_000_000), 0);
  assert.equal(points.rowOf(3), -1);
  assert.deepEqual(points.rowsOf([2, 77]), [1]);
  assert.deepEqual([cloud().rowOf(9), cloud().rowOf(10), cloud().rowOf(-1)], [1, -1, -1]);
});

test("selection, drag and edits are marks of points, and edits go when the kernel's flags come", () => {
  const points = cloud();
  points.select([9, 1234]);
  points.drag([0]);
  points.markEdited([0]);
  assert.equal(points.look[6], MARK.selected);
  assert.equal(points.look[2], MARK.dragged | MARK.edited);
  assert.equal(points.marks, MARK.selected | MARK.dragged | MARK.edited);
  points.setColumns(1, [{ kind: "flags", name: "state", values: Uint8Array.of(0, 1) }]);
  assert.equal(points.look[2], MARK.dragged);
  assert.equal(points.look[6], MARK.selected | MARK.edited);
});

test("an empty picture is a picture", () => {
  const points = new Cloud();
  points.setIds(1, new Uint32Array(0));
  assert.equal(points.setFrame(frame(1), 0, 100), true);
  assert.equal(points.n, 0);
  assert.equal(points.bounds, null);
});
