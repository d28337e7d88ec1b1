/** Places of panels in their frame: beside a spot, and never beyond the edges. */

import type { Point, Size } from "./geometry.ts";

/** Beside the spot. */
export function place(panel: HTMLElement, at: Point, size: Size): void {
  const { offsetWidth: width, offsetHeight: height } = panel;
  const left = at.x + 16 + width <= size.width ? at.x + 16 : at.x - 16 - width;
  panel.style.left = inside(left, width);
  panel.style.top = inside(at.y - 12, height);
}

/** An offset for a style: the panel stays in its frame, also when that becomes smaller. */
export const inside = (offset: number, extent: number): string =>
  `clamp(8px, ${offset}px, 100% - ${extent + 8}px)`;
