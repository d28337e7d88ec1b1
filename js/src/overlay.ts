/** What follows the pointer and the cursor: drawn over the points, so that these need not be drawn again. */

import { css } from "./colours.ts";
import type { Point } from "./geometry.ts";
import type { Theme } from "./theme.ts";

export type Overlay = {
  path: Point[];
  removing: boolean;
  hovered: Point | null;
  cursor: Point | null;
  /** The neighbours of a drop, and the pointer that carries it. */
  near: Point[];
  at: Point | null;
};

export function drawOverlay(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  radius: number,
  over: Overlay,
): void {
  const ink = css(theme.ink);
  const accent = css(theme.accent);
  if (over.path.length > 1) {
    ctx.beginPath();
    for (const point of over.path) ctx.lineTo(point.x, point.y);
    ctx.closePath();
    ctx.globalAlpha = 0.1;
    ctx.fillStyle = over.removing ? ink : accent;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.lineWidth = 1.5;
    ctx.setLineDash(over.removing ? [4, 4] : []);
    ctx.strokeStyle = over.removing ? ink : accent;
    ctx.stroke();
    ctx.setLineDash([]);
  }
  if (over.at && over.near.length) {
    ctx.strokeStyle = accent;
    ctx.lineWidth = 1;
    ctx.globalAlpha = 0.55;
    ctx.beginPath();
    for (const spot of over.near) {
      ctx.moveTo(over.at.x, over.at.y);
      ctx.lineTo(spot.x, spot.y);
    }
    ctx.stroke();
    ctx.globalAlpha = 1;
    for (const spot of over.near) ring(ctx, spot, radius + 3, accent, 1.5);
  }
  if (over.hovered) ring(ctx, over.hovered, radius + 3, ink, 1.5);
  if (over.cursor) {
    ring(ctx, over.cursor, radius + 5, accent, 2.5);
    ring(ctx, over.cursor, radius + 2.5, css(theme.background), 1.5);
  }
}

function ring(ctx: CanvasRenderingContext2D, at: Point, radius: number, colour: string, width: number): void {
  ctx.beginPath();
  ctx.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  ctx.stroke();
}
