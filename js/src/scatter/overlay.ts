/** The overlay: what follows the pointer and the cursor, over the points, so that these need not be drawn again. */

import type { Point } from "../page/geometry.ts";
import { css, type Rgb } from "../paint/colours.ts";
import { trace } from "../paint/shapes.ts";
import type { Theme } from "../paint/theme.ts";

export type Overlay = {
  path: Point[];
  removing: boolean;
  hovered: Point | null;
  cursor: Point | null;
  /** Where dragged points come from, the pointer that carries them, and their neighbours there. */
  from: Point[];
  at: Point | null;
  near: Point[];
  /** Points that an edit would be about, or that are kept for one. */
  meant: Point[];
  /** The mark that they would get, beside the one that they have. */
  ghost: { shape: number; fill: Rgb; rim: Rgb } | null;
  /** The line above the points that have no place, from left to right. */
  shelf: [Point, Point] | null;
};

export function drawOverlay(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  radius: number,
  over: Overlay,
): void {
  const ink = css(theme.ink);
  const accent = css(theme.accent);
  if (over.shelf) drawShelf(ctx, over.shelf, ink, theme.font);
  if (over.meant.length) {
    ctx.strokeStyle = accent;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    for (const spot of over.meant) {
      ctx.moveTo(spot.x + radius + 3, spot.y);
      ctx.arc(spot.x, spot.y, radius + 3, 0, 2 * Math.PI);
    }
    ctx.stroke();
    if (over.ghost) {
      drawGhosts(ctx, theme, radius, over.meant, over.ghost);
    }
  }
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
  if (over.at) {
    const at = over.at;
    ctx.strokeStyle = accent;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 4]);
    ctx.beginPath();
    for (const spot of over.from) {
      ctx.moveTo(spot.x, spot.y);
      ctx.lineTo(at.x, at.y);
    }
    ctx.stroke();
    ctx.setLineDash([]);
    if (over.near.length) {
      const reach = Math.max(...over.near.map(spot => Math.hypot(spot.x - at.x, spot.y - at.y)));
      ctx.beginPath();
      ctx.arc(at.x, at.y, reach + radius + 2, 0, 2 * Math.PI);
      ctx.globalAlpha = 0.12;
      ctx.fillStyle = accent;
      ctx.fill();
      ctx.globalAlpha = 1;
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }
  }
  if (over.hovered) ring(ctx, over.hovered, radius + 3, ink, 1.5);
  if (over.cursor) {
    ring(ctx, over.cursor, radius + 5, accent, 2.5);
    ring(ctx, over.cursor, radius + 2.5, css(theme.background), 1.5);
  }
}

/** As badges on the rings, so that the mark which they have stays to be seen and none is taken for a point. */
function drawGhosts(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  radius: number,
  spots: readonly Point[],
  { shape, fill, rim }: NonNullable<Overlay["ghost"]>,
): void {
  const aside = 0.9 * (radius + 3);
  const badges = spots.map(spot => ({ x: spot.x + aside, y: spot.y - aside }));
  for (const { x, y } of badges) {
    ctx.beginPath();
    ctx.arc(x, y, 0.75 * radius + 3, 0, 2 * Math.PI);
    ctx.fillStyle = css(theme.background);
    ctx.fill();
    ctx.stroke();
  }
  ctx.beginPath();
  for (const { x, y } of badges) trace(ctx, shape, x, y, 0.75 * radius);
  ctx.fillStyle = css(fill);
  ctx.fill();
  ctx.strokeStyle = css(rim);
  ctx.lineWidth = 1;
  ctx.stroke();
}

function ring(ctx: CanvasRenderingContext2D, at: Point, radius: number, colour: string, width: number): void {
  ctx.beginPath();
  ctx.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  ctx.stroke();
}

function drawShelf(
  ctx: CanvasRenderingContext2D,
  [from, to]: [Point, Point],
  ink: string,
  font: string,
): void {
  ctx.globalAlpha = 0.6;
  ctx.strokeStyle = ink;
  ctx.lineWidth = 1;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  ctx.moveTo(from.x, Math.round(from.y) + 0.5);
  ctx.lineTo(to.x, Math.round(to.y) + 0.5);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = ink;
  ctx.font = `11px ${font}`;
  ctx.textAlign = "right";
  ctx.fillText("without a place", to.x, from.y - 5);
  ctx.globalAlpha = 1;
}
