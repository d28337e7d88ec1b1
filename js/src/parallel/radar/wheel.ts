/** The wheel: a scene whose axes are spokes around a middle. No DOM. */

import type { Point } from "../../page/geometry.ts";
import type { Target } from "../gestures.ts";
import { visibleAxes } from "../lines/arrangement.ts";
import { Scene } from "../scene.ts";

const MOST = 16; // spokes: the first of more axes
const ROOM = 36; // pixels around for names
const HUB = 0.12; // of the radius that is below the lowest value, or all of them would meet there

export class Wheel extends Scene {
  get absent(): number {
    return this.strands.dims - this.layout.axes.length;
  }
  override lay(): void {
    const axes = visibleAxes(this.strands.arrangement).slice(0, MOST);
    this.layout = { axes, gap: 1, scroll: 0, most: 0 };
    this.cursor.place = this.nearest(this.cursor.place);
  }
  /** Names are drawn around, so there is no row of them above. */
  override sight(): [number, number] {
    return [0, -1];
  }
  /** Where a height of a spoke is, the first spoke up and the others clockwise; one without a height at the hub. */
  at(place: number, height: number): Point {
    const { width, height: tall } = this.size;
    const turn = (2 * Math.PI * place) / this.layout.axes.length;
    const far = this.radius * (HUB + (1 - HUB) * (height || 0));
    return { x: width / 2 + far * Math.sin(turn), y: tall / 2 - far * Math.cos(turn) };
  }
  get radius(): number {
    return Math.max(Math.min(this.size.width, this.size.height) / 2 - ROOM, 20);
  }
  /** The height on the spoke at the cursor that is nearest to a spot. */
  override heightBy({ x, y }: Point): number {
    const { place } = this.cursor;
    const [low, high] = [this.at(place, 0), this.at(place, 1)];
    const way = { x: high.x - low.x, y: high.y - low.y };
    return ((x - low.x) * way.x + (y - low.y) * way.y) / (way.x ** 2 + way.y ** 2);
  }
  /** What is said of a class that was dropped stands where that is. */
  override spot(place: number, height: number): Point {
    return this.at(place, height);
  }
  override targetAt(at: Point, slack: number, _: unknown, now: number): Target {
    let found: Target = { kind: "ground" };
    let least = 10 + slack;
    for (const [place, axis] of this.layout.axes.entries()) {
      for (const label of this.shownMeans(null)) {
        const spot = this.at(place, this.meanHeight(axis, label, now));
        const away = Math.hypot(spot.x - at.x, spot.y - at.y);
        if (away < least) [found, least] = [{ kind: "mean", place, label }, away];
      }
    }
    return found;
  }
}
