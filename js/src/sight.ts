/** What a person looks at: zooming, moving and fitting the view, and keeping it over a reload. */

import type { Cloud } from "./cloud.ts";
import { type Drawing, now } from "./drawing.ts";
import type { Camera, Point } from "./geometry.ts";
import type { Lens } from "./lens.ts";
import { createMemory } from "./memory.ts";
import type { Storage } from "./outbox.ts";
import { stillness } from "./theme.ts";

export type Sight = {
  /** At a spot, else at the middle of the view. */
  zoom(factor: number, at?: Point): void;
  pan(dx: number, dy: number): void;
  fit(): void;
  /** Keeps where the camera is, and the column that a person chose to colour by. */
  keep(): void;
};

/** Begins where the person was before a reload; `first` is the column that colours a picture otherwise. */
export function createSight(
  cloud: Cloud,
  lens: Lens,
  drawing: Drawing,
  session: string,
  first: () => string,
  storage: Storage | null,
): Sight {
  const memory = createMemory<{ camera: Camera; colour: string }>(session, storage);
  const kept = memory.read();
  cloud.colourBy = kept.colour ?? first();
  if (kept.camera) lens.restore(kept.camera);

  const glide = (duration: number): number => (stillness() ? 0 : duration);
  function keep(): void {
    const { taken } = lens;
    const chosen = cloud.colourBy === first() ? undefined : cloud.colourBy;
    memory.write({ ...(taken && { camera: taken }), ...(chosen && { colour: chosen }) });
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
    keep,
  };
}
