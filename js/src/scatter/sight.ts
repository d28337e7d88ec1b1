/** The camera of a scatter: zoom, pan and fit, kept over a reload. */

import type { Point } from "../page/geometry.ts";
import { now } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import { stillness } from "../paint/theme.ts";
import type { Plot } from "../plot/parts.ts";
import type { Drawing } from "./drawing.ts";
import type { Lens } from "./lens.ts";

export type Sight = {
  /** At a spot, else at the middle of the view. */
  zoom(factor: number, at?: Point): void;
  pan(dx: number, dy: number): void;
  fit(): void;
};

/** Begins where the person was before a reload. */
export function createSight(plot: Plot, cloud: Cloud, lens: Lens, drawing: Drawing): Sight {
  const { camera } = plot.page.kept;
  if (camera) lens.restore(camera);

  const glide = (duration: number): number => (stillness() ? 0 : duration);
  function keep(): void {
    plot.page.keep({ camera: lens.taken ?? undefined });
    drawing.redraw();
  }
  return {
    zoom(factor, at) {
      const { size } = drawing;
      const spot = at ?? { x: size.width / 2, y: size.height / 2 };
      lens.zoom(spot, factor, cloud.bounds, size, now(), at ? 0 : glide(150));
      keep();
    },
    pan(dx, dy) {
      lens.pan(dx, dy, now());
      keep();
    },
    fit() {
      lens.fit(cloud.bounds, drawing.size, now(), glide(250));
      keep();
    },
  };
}
