/** The marks of classes: one outline each, for WebGL's atlas, the plain canvas and the legend alike. */

import { element, svg, svgPart } from "../page/elements.ts";
import { css, type Palette, paintOf, SHAPE_COUNT, shapeOf } from "./colours.ts";

type Outline = [number, number][];

const regular = (corners: number, radius: number, turn: number): Outline =>
  Array.from({ length: corners }, (_, k) => {
    const angle = turn + (2 * Math.PI * k) / corners;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });

/** Arms of half width `w`, from the middle to 1. */
// biome-ignore format: pairs read better in two lines
const plus = (w: number): Outline => [
  [w, -1], [w, -w], [1, -w], [1, w], [w, w], [w, 1],
  [-w, 1], [-w, w], [-1, w], [-1, -w], [-w, -w], [-w, -1],
];

const turned = (outline: Outline, angle: number): Outline =>
  outline.map(([x, y]) => [
    x * Math.cos(angle) - y * Math.sin(angle),
    x * Math.sin(angle) + y * Math.cos(angle),
  ]);

const star: Outline = Array.from({ length: 10 }, (_, k) => {
  const angle = -Math.PI / 2 + (Math.PI * k) / 5;
  const radius = k % 2 ? 0.48 : 1.12;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
});

/** Of about equal area, in a box from -1.15 to 1.15, y down; a circle is the polygon nobody can tell from one. */
export const OUTLINES: Outline[] = [
  regular(32, 0.88, 0),
  regular(4, 1.1, Math.PI / 4),
  regular(3, 1.15, -Math.PI / 2),
  regular(4, 1.1, 0),
  plus(0.4),
  regular(3, 1.15, Math.PI / 2),
  turned(plus(0.4), Math.PI / 4),
  star,
];
export const EXTENT = 1.15;
export const CELLS = SHAPE_COUNT + 2; // of the atlas

if (OUTLINES.length !== SHAPE_COUNT) throw new Error("every shape needs an outline");

/** Adds a mark around (x, y) to the path under way. */
export function trace(
  ctx: CanvasRenderingContext2D,
  shape: number,
  x: number,
  y: number,
  radius: number,
): void {
  OUTLINES[shape].forEach(([dx, dy], k) => {
    if (k === 0) ctx.moveTo(x + dx * radius, y + dy * radius);
    else ctx.lineTo(x + dx * radius, y + dy * radius);
  });
  ctx.closePath();
}

/** The mark as the `points` of an SVG polygon around the origin. */
export const polygonPoints = (shape: number, radius: number): string =>
  OUTLINES[shape].map(([x, y]) => `${(x * radius).toFixed(2)},${(y * radius).toFixed(2)}`).join(" ");

/**
 * All marks side by side in square cells, and at the end the rings of edited points, open and closed, for painters: red is
 * how much of a pixel is fill, green how much is rim. In device pixels, moved from the middle of the cells by `dx` and `dy`.
 */
export function drawAtlas(
  cell: number,
  radius: number,
  ratio: number,
  dx: number,
  dy: number,
): HTMLCanvasElement {
  const canvas = element("canvas", "", { width: cell * CELLS, height: cell });
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  if (!ctx) return canvas;
  ctx.lineWidth = ratio;
  ctx.fillStyle = "#f00";
  ctx.strokeStyle = "#0f0";
  for (let shape = 0; shape < CELLS; shape++) {
    const [x, y] = [(shape + 0.5) * cell + dx, cell / 2 + dy];
    ctx.beginPath();
    if (shape < SHAPE_COUNT) {
      trace(ctx, shape, x, y, radius);
      ctx.fill();
    } else {
      ctx.lineWidth = 1.5 * ratio;
      ctx.arc(x, y, 0.88 * radius, 0, shape === SHAPE_COUNT ? 4.5 : 7); // of the open one a good quarter is missing
    }
    ctx.stroke();
  }
  return canvas;
}

/** The mark of a class, or of -1 for none, as it looks in the picture. */
export function markOf(classIndex: number, palette: Palette): SVGSVGElement {
  const paint = paintOf(classIndex);
  return svg(
    14,
    14,
    svgPart("polygon", {
      points: polygonPoints(shapeOf(classIndex), 5.2),
      transform: "translate(7 7)",
      fill: css(palette.fill[paint]),
      stroke: css(palette.rim[paint]),
    }),
  );
}
