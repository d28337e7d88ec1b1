/** The cursor: the point that keys are about, moved from point to point by arrow keys. */

import { ahead, nearest, type Point } from "../page/geometry.ts";
import { now } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import { stillness } from "../paint/theme.ts";
import type { Drawing } from "./drawing.ts";
import type { Lens } from "./lens.ts";

export type Cursor = {
  /** A sample, as rows change with the set; -1 for none. */
  readonly id: number;
  readonly row: number;
  put(row: number): void;
  clear(): void;
  /** To the next point in a direction, or to the middle one; its row, -1 where there is none, and its spot. */
  move(dx: number, dy: number): { row: number; at: Point };
};

export function createCursor(cloud: Cloud, lens: Lens, drawing: () => Drawing): Cursor {
  let id = -1;
  const put = (row: number): void => {
    id = row < 0 ? -1 : cloud.ids[row];
  };
  return {
    get id() {
      return id;
    },
    get row() {
      return cloud.rowOf(id);
    },
    put,
    clear: () => put(-1),
    move(dx, dy) {
      const { size, under, spotOf } = drawing();
      const middle = { x: size.width / 2, y: size.height / 2 };
      const places = cloud.places(now());
      const row = cloud.rowOf(id);
      const next = row < 0 ? nearest(places, under(middle), Infinity) : ahead(places, row, dx, dy);
      put(next);
      if (next < 0) return { row: -1, at: middle };
      const at = spotOf(next);
      if (at.x >= 0 && at.y >= 0 && at.x <= size.width && at.y <= size.height) return { row: next, at };
      lens.show({ x: places[2 * next], y: places[2 * next + 1] }, now(), stillness() ? 0 : 200);
      return { row: next, at: middle };
    },
  };
}
