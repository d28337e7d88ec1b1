/** Camera, hit tests, lasso: pure functions on typed arrays of x0 y0 x1 y1. */

export type Point = { x: number; y: number };
export type Size = { width: number; height: number };
export type Bounds = { left: number; right: number; bottom: number; top: number };
/** The data's spot in the middle of the view, and pixels per unit of data: the same on both axes. */
export type Camera = Point & { scale: number };

export const toScreen = (camera: Camera, size: Size, x: number, y: number): Point => ({
  x: (x - camera.x) * camera.scale + size.width / 2,
  y: (camera.y - y) * camera.scale + size.height / 2,
});

export const toData = (camera: Camera, size: Size, at: Point): Point => ({
  x: camera.x + (at.x - size.width / 2) / camera.scale,
  y: camera.y - (at.y - size.height / 2) / camera.scale,
});

/** The box around all points that have a place; null when none has. */
export function boundsOf(points: Float32Array): Bounds | null {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i];
    const y = points[i + 1];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  return left <= right && bottom <= top ? { left, right, bottom, top } : null;
}

/** The camera that shows the whole box with a margin in pixels; a single spot gets a scale of its own. */
export function fit(bounds: Bounds | null, size: Size, margin: number): Camera {
  if (!bounds) return { x: 0, y: 0, scale: 1 };
  const width = bounds.right - bounds.left;
  const height = bounds.top - bounds.bottom;
  const scale = Math.min(
    Math.max(size.width - 2 * margin, 1) / (width || 1e-9),
    Math.max(size.height - 2 * margin, 1) / (height || 1e-9),
  );
  return {
    x: (bounds.left + bounds.right) / 2,
    y: (bounds.bottom + bounds.top) / 2,
    scale: width || height ? scale : 1,
  };
}

/** Zooms by a factor while the data under `at` stays where it is. */
export function zoomAt(camera: Camera, size: Size, at: Point, factor: number): Camera {
  const scale = camera.scale * factor;
  const { x, y } = toData(camera, size, at);
  return { x: x - (at.x - size.width / 2) / scale, y: y + (at.y - size.height / 2) / scale, scale };
}

export const pan = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  x: camera.x - dx / camera.scale,
  y: camera.y + dy / camera.scale,
});

export const between = (a: Camera, b: Camera, t: number): Camera => ({
  x: a.x + (b.x - a.x) * t,
  y: a.y + (b.y - a.y) * t,
  scale: a.scale * (b.scale / a.scale) ** t,
});

/** The row nearest to a spot within `radius`, or -1. */
export function nearest(points: Float32Array, at: Point, radius: number): number {
  let best = -1;
  let least = radius * radius;
  for (let i = 0; i < points.length; i += 2) {
    const dx = points[i] - at.x;
    const dy = points[i + 1] - at.y;
    const d = dx * dx + dy * dy;
    if (d <= least) {
      least = d;
      best = i >> 1;
    }
  }
  return best;
}

/**
 * The k rows nearest to a spot within `radius`, nearest first, without those that `skip` names. A scan: points
 * move at every frame, and an index would cost more to build than it saves below 200,000 points.
 */
export function neighbours(
  points: Float32Array,
  at: Point,
  k: number,
  radius: number,
  skip: (row: number) => boolean,
): number[] {
  const rows: number[] = [];
  const distances: number[] = [];
  let limit = radius * radius;
  for (let row = 0; row * 2 < points.length; row++) {
    const dx = points[2 * row] - at.x;
    const dy = points[2 * row + 1] - at.y;
    const d = dx * dx + dy * dy;
    if (!(d <= limit) || skip(row)) continue;
    let place = rows.length;
    while (place > 0 && distances[place - 1] > d) place--;
    rows.splice(place, 0, row);
    distances.splice(place, 0, d);
    if (rows.length > k) {
      rows.pop();
      distances.pop();
    }
    if (rows.length === k) limit = distances[k - 1];
  }
  return rows;
}

/** The nearest row in a direction, for a cursor moved by arrow keys: what lies straight ahead counts as nearer. */
export function ahead(points: Float32Array, from: number, dx: number, dy: number): number {
  const [x, y] = [points[2 * from], points[2 * from + 1]];
  let best = from;
  let least = Infinity;
  for (let row = 0; row * 2 < points.length; row++) {
    const ax = points[2 * row] - x;
    const ay = points[2 * row + 1] - y;
    const along = ax * dx + ay * dy;
    if (!(along > 0)) continue;
    const aside = Math.abs(ax * dy - ay * dx);
    if (aside > 2 * along) continue;
    const cost = along * along + 4 * aside * aside;
    if (cost < least) {
      least = cost;
      best = row;
    }
  }
  return best;
}

const BANDS = 256;

/**
 * Rows inside a closed polygon, by winding number: a lasso that crosses itself keeps what it went round. Edges lie
 * in bands of height, and most points of a band lie beside all of its edges: 1 ms for 100,000 points and 60 edges.
 */
export function inside(points: Float32Array, polygon: Point[]): number[] {
  if (polygon.length < 3) return [];
  const xs = polygon.map(p => p.x);
  const ys = polygon.map(p => p.y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  const per = BANDS / (top - bottom || 1);
  const bands = bandsOf(xs, ys, bottom, per);
  const rows: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i];
    const y = points[i + 1];
    if (!(x >= left && x <= right && y >= bottom && y <= top)) continue;
    const { edges, cuts, gaps } = bands[Math.min(((y - bottom) * per) | 0, BANDS - 1)];
    let k = 0;
    while (k < cuts.length && x > cuts[k + 1]) k += 2;
    if (k < cuts.length && x >= cuts[k] ? winds(xs, ys, edges, x, y) : gaps[k >> 1]) rows.push(i >> 1);
  }
  return rows;
}

/**
 * A band of the outline. Only between the x of a pair of `cuts` does an edge run; in the gap before each pair all
 * points are inside, or all outside.
 */
type Band = { edges: number[]; cuts: number[]; gaps: boolean[] };

function bandsOf(xs: number[], ys: number[], bottom: number, per: number): Band[] {
  const bandOf = (y: number): number => Math.min(((y - bottom) * per) | 0, BANDS - 1);
  const bands = Array.from({ length: BANDS }, (): Band => ({ edges: [], cuts: [], gaps: [] }));
  const spans = bands.map((): [number, number][] => []);
  for (let b = 0; b < xs.length; b++) {
    const a = b ? b - 1 : xs.length - 1;
    const [low, high] = ys[a] < ys[b] ? [a, b] : [b, a];
    const slope = (xs[high] - xs[low]) / (ys[high] - ys[low]);
    const at = (y: number): number =>
      y <= ys[low] ? xs[low] : y >= ys[high] ? xs[high] : xs[low] + slope * (y - ys[low]);
    const last = bandOf(ys[high]);
    for (let k = bandOf(ys[low]); k <= last; k++) {
      bands[k].edges.push(a, b);
      // A hair wider than the band, as a point near its end may fall into it by rounding.
      const ends = [at(bottom + (k - 0.01) / per), at(bottom + (k + 1.01) / per)];
      if (ys[low] === ys[high]) ends.push(xs[a], xs[b]);
      spans[k].push([Math.min(...ends), Math.max(...ends)]);
    }
  }
  bands.forEach(({ edges, cuts, gaps }, k) => {
    spans[k].sort((p, q) => p[0] - q[0]);
    const middle = bottom + (k + 0.5) / per;
    for (const [from, to] of spans[k]) {
      if (cuts.length && from <= cuts[cuts.length - 1]) {
        cuts[cuts.length - 1] = Math.max(cuts[cuts.length - 1], to);
        continue;
      }
      gaps.push(cuts.length > 0 && winds(xs, ys, edges, (cuts[cuts.length - 1] + from) / 2, middle));
      cuts.push(from, to);
    }
    gaps.push(false);
  });
  return bands;
}

/** Whether the outline runs around a spot, by the edges of its band. */
function winds(xs: number[], ys: number[], edges: number[], x: number, y: number): boolean {
  let winding = 0;
  for (let k = 0; k < edges.length; k += 2) {
    const a = edges[k];
    const b = edges[k + 1];
    if (ys[a] <= y === ys[b] <= y) continue;
    const side = (xs[b] - xs[a]) * (y - ys[a]) - (x - xs[a]) * (ys[b] - ys[a]);
    if (ys[a] <= y ? side > 0 : side < 0) winding += ys[a] <= y ? 1 : -1;
  }
  return winding !== 0;
}

export const rectangle = (a: Point, b: Point): Point[] => [
  { x: a.x, y: a.y },
  { x: b.x, y: a.y },
  { x: b.x, y: b.y },
  { x: a.x, y: b.y },
];

/** Leaves out the points of a path that add less than `tolerance` to it: a lasso of 500 points becomes 30. */
export function simplify(path: Point[], tolerance: number): Point[] {
  if (path.length < 3) return path;
  const keep = new Uint8Array(path.length);
  keep[0] = keep[path.length - 1] = 1;
  const open: [number, number][] = [[0, path.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [first, last] = span;
    const [a, b] = [path[first], path[last]];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    let [far, most] = [-1, tolerance];
    for (let i = first + 1; i < last; i++) {
      const p = path[i];
      const d =
        length > 0
          ? Math.abs((b.x - a.x) * (a.y - p.y) - (a.x - p.x) * (b.y - a.y)) / length
          : Math.hypot(p.x - a.x, p.y - a.y);
      if (d > most) [far, most] = [i, d];
    }
    if (far < 0) continue;
    keep[far] = 1;
    open.push([first, far], [far, last]);
  }
  return path.filter((_, i) => keep[i]);
}

/**
 * Gives every point without a place one on a shelf below the others, so that it can be seen, hovered and selected.
 * Writes into `points`; the bounds that come back hold the shelf as well.
 */
export function shelve(
  points: Float32Array,
  bounds: Bounds | null,
): { bounds: Bounds | null; shelf: Bounds | null; shelved: number[] } {
  const shelved: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    if (Number.isNaN(points[i]) || Number.isNaN(points[i + 1])) shelved.push(i >> 1);
  }
  if (shelved.length === 0) return { bounds, shelf: null, shelved };
  const { left, right, bottom, top } = bounds ?? { left: 0, right: 1, bottom: 0, top: 0 };
  const width = right - left || top - bottom || 1;
  const height = Math.max(top - bottom, width / 4);
  const lines = Math.max(1, Math.min(4, Math.ceil(shelved.length / 60)), Math.ceil(shelved.length / 2000));
  const across = Math.ceil(shelved.length / lines);
  const [dx, dy] = [Math.min(width / across, width / 40), Math.min(0.03, 0.15 / lines) * height];
  const upper = bottom - 0.08 * height;
  shelved.forEach((row, k) => {
    points[2 * row] = left + ((k % across) + 0.5) * dx;
    points[2 * row + 1] = upper - Math.floor(k / across) * dy;
  });
  const shelf = { left, right: left + width, top: bottom - 0.05 * height, bottom: upper - lines * dy };
  return { bounds: { left, right: shelf.right, bottom: shelf.bottom, top }, shelf, shelved };
}
