import assert from "node:assert/strict";
import test from "node:test";
import {
  ahead,
  between,
  boundsOf,
  fit,
  inside,
  nearest,
  neighbours,
  type Point,
  pan,
  rectangle,
  simplify,
  toData,
  toScreen,
  zoomAt,
} from "../../src/page/geometry.ts";

const size = { width: 400, height: 200 };
const camera = { x: 3, y: -2, scale: 10 };
const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

/** The same every time: a small generator of numbers from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
const random = numbers(1);
const cloud = Float32Array.from({ length: 2000 }, () => random() * 10);

test("a spot goes to the screen and back", () => {
  const at = toScreen(camera, size, 5.5, 1.25);
  const back = toData(camera, size, at);
  close(back.x, 5.5);
  close(back.y, 1.25);
  assert.deepEqual(toScreen(camera, size, 3, -2), { x: 200, y: 100 });
  assert.ok(toScreen(camera, size, 3, 0).y < 100, "up in the data is up on the screen");
});

test("zooming keeps what is under the pointer", () => {
  const at = { x: 37, y: 151 };
  const before = toData(camera, size, at);
  const after = toData(zoomAt(camera, size, at, 3.7), size, at);
  close(after.x, before.x);
  close(after.y, before.y);
});

test("panning moves the data with the pointer", () => {
  const before = toScreen(camera, size, 1, 1);
  const after = toScreen(pan(camera, 12, -7), size, 1, 1);
  close(after.x - before.x, 12);
  close(after.y - before.y, -7);
});

test("a camera half way is between two others, and the ends are exact", () => {
  const other = { x: 5, y: 0, scale: 40 };
  assert.deepEqual(between(camera, other, 0), camera);
  assert.deepEqual(between(camera, other, 1), other);
  close(between(camera, other, 0.5).scale, 20);
});

test("fit shows every point within the margin, at one scale for both axes", () => {
  const bounds = boundsOf(cloud);
  assert.ok(bounds);
  const fitted = fit(bounds, size, 20);
  for (const [x, y] of [
    [bounds.left, bounds.top],
    [bounds.right, bounds.bottom],
  ]) {
    const at = toScreen(fitted, size, x, y);
    assert.ok(at.x > 19.9 && at.x < 380.1 && at.y > 19.9 && at.y < 180.1);
  }
});

test("fit copes with nothing, with one place and with a line", () => {
  assert.deepEqual(fit(null, size, 20), { x: 0, y: 0, scale: 1 });
  assert.deepEqual(fit({ left: 2, right: 2, bottom: 3, top: 3 }, size, 20), { x: 2, y: 3, scale: 1 });
  assert.equal(fit({ left: 0, right: 10, bottom: 3, top: 3 }, size, 20).scale, 36);
});

test("bounds leave out points without a place", () => {
  assert.deepEqual(boundsOf(Float32Array.of(1, 2, Number.NaN, Number.NaN, 3, -1)), {
    left: 1,
    right: 3,
    bottom: -1,
    top: 2,
  });
  assert.equal(boundsOf(Float32Array.of(Number.NaN, Number.NaN)), null);
});

test("the nearest row is that of a sorted search, and none beyond the radius", () => {
  for (let trial = 0; trial < 50; trial++) {
    const at = { x: random() * 10, y: random() * 10 };
    const order = sortedBy(at);
    assert.equal(nearest(cloud, at, 5), order[0]);
    assert.deepEqual(
      neighbours(cloud, at, 10, 3, row => row % 7 === 0),
      order.filter(row => row % 7 !== 0).slice(0, 10),
    );
  }
  assert.equal(nearest(cloud, { x: 100, y: 100 }, 5), -1);
  assert.equal(nearest(Float32Array.of(Number.NaN, 1), { x: 0, y: 1 }, 5), -1);
  assert.deepEqual(
    neighbours(cloud, { x: 100, y: 100 }, 10, 5, () => false),
    [],
  );
});

function sortedBy(at: Point): number[] {
  const away = (row: number) => (cloud[2 * row] - at.x) ** 2 + (cloud[2 * row + 1] - at.y) ** 2;
  return Array.from({ length: cloud.length / 2 }, (_, row) => row).sort((a, b) => away(a) - away(b));
}

test("a lasso takes what is inside, however often it crosses itself", () => {
  const points = Float32Array.of(0, 0, 5, 5, 2, 1, Number.NaN, 1);
  assert.deepEqual(inside(points, rectangle({ x: -1, y: -1 }, { x: 3, y: 3 })), [0, 2]);
  const once = rectangle({ x: -1, y: -1 }, { x: 3, y: 3 });
  assert.deepEqual(inside(points, [...once, ...once]), [0, 2], "twice round is still round");
  assert.deepEqual(inside(points, once.toReversed()), [0, 2], "either way round");
  assert.deepEqual(inside(points, once.slice(0, 2)), []);
});

test("a lasso agrees with a naive winding number for any polygon", () => {
  for (let trial = 0; trial < 40; trial++) {
    const corners = 3 + Math.floor(random() * 20);
    const polygon = Array.from({ length: corners }, () => ({ x: random() * 10, y: random() * 10 }));
    const expected = Array.from({ length: cloud.length / 2 }, (_, row) => row).filter(row => {
      const at = { x: cloud[2 * row], y: cloud[2 * row + 1] };
      let angle = 0;
      polygon.forEach((a, k) => {
        const b = polygon[(k + 1) % corners];
        const [from, to] = [Math.atan2(a.y - at.y, a.x - at.x), Math.atan2(b.y - at.y, b.x - at.x)];
        angle += ((to - from + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
      });
      return Math.round(angle / (2 * Math.PI)) !== 0;
    });
    assert.deepEqual(inside(cloud, polygon), expected);
  }
});

test("a lasso over 100,000 points is quick", () => {
  const many = Float32Array.from({ length: 200_000 }, random);
  const polygon = Array.from({ length: 40 }, (_, k) => ({
    x: 0.5 + 0.3 * Math.cos((2 * Math.PI * k) / 40),
    y: 0.5 + 0.3 * Math.sin((2 * Math.PI * k) / 40),
  }));
  const rows = inside(many, polygon);
  assert.ok(Math.abs(rows.length / 100_000 - Math.PI * 0.09) < 0.01);
  const begin = performance.now();
  for (let k = 0; k < 5; k++) inside(many, polygon);
  const each = (performance.now() - begin) / 5;
  assert.ok(each < 100, `${each} ms`); // measured 2 ms; a machine at work elsewhere may be far slower
});

test("a simplified path keeps its ends and stays within the tolerance", () => {
  const path = Array.from({ length: 400 }, (_, k) => ({ x: k, y: 30 * Math.sin(k / 30) }));
  const short = simplify(path, 1);
  assert.ok(short.length < 60);
  assert.deepEqual([short[0], short.at(-1)], [path[0], path.at(-1)]);
  for (const point of path) {
    const k = short.findLastIndex(p => p.x <= point.x);
    const [a, b] = [short[k], short[Math.min(k + 1, short.length - 1)]];
    const y = a.x === b.x ? a.y : a.y + ((point.x - a.x) / (b.x - a.x)) * (b.y - a.y);
    assert.ok(Math.abs(y - point.y) < 2);
  }
});

test("a closed path is not simplified to nothing", () => {
  const round = Array.from({ length: 100 }, (_, k) => ({
    x: Math.cos(k / 16) * 50,
    y: Math.sin(k / 16) * 50,
  }));
  assert.ok(simplify([...round, round[0]], 1).length > 10);
});

test("the cursor walks to what lies ahead, and stays where nothing does", () => {
  const points = Float32Array.of(0, 0, 1, 0.1, 3, 0, 0, 2, -1, -5);
  assert.equal(ahead(points, 0, 1, 0), 1);
  assert.equal(ahead(points, 1, 1, 0), 2);
  assert.equal(ahead(points, 0, 0, 1), 3);
  assert.equal(ahead(points, 0, 0, -1), 4);
  assert.equal(ahead(points, 2, 1, 0), 2);
});

test("the cursor can reach almost every point by arrow keys", () => {
  const seen = new Set([0]);
  const open = [0];
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      const next = ahead(cloud, row, dx, dy);
      if (!seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
    }
  }
  assert.ok(seen.size > 0.95 * (cloud.length / 2), `${seen.size} of ${cloud.length / 2}`);
});
