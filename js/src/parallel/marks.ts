/** Axes, ticks, brushes, class means, and what follows the hand: drawn over the lines. */

import type { Point } from "../page/geometry.ts";
import { clamp } from "../page/numbers.ts";
import { css, type Palette, paintOf, shapeOf } from "../paint/colours.ts";
import { trace } from "../paint/shapes.ts";
import type { Theme } from "../paint/theme.ts";

/** The part of the stage between the tops and the bottoms of the axes. */
export type Frame = { top: number; bottom: number };

export type AxisMarks = {
  x: number;
  ticks: readonly { height: number; text: string }[];
  /** Heights, low before high. */
  brushes: readonly (readonly [number, number])[];
  bands: readonly (readonly [number, number])[];
  current: boolean;
  /** Past the features that are kept. */
  leftOut: boolean;
};

/** A class's line through its means: one height an axis, NaN where it has none. */
export type MeanLine = { label: number; heights: readonly number[]; bright: boolean };

/** A class under the hand: its mean and spread now, and where it is asked to go. */
export type Pulled = {
  label: number;
  x: number;
  from: number;
  to: number;
  /** Heights of the mean less and plus one pooled deviation. */
  band: readonly [number, number];
  text: readonly string[];
};

export type Marks = {
  frame: Frame;
  width: number;
  axes: readonly AxisMarks[];
  means: readonly MeanLine[];
  /** The line of the sample that is pointed at. */
  hovered: readonly number[] | null;
  cursor: Point | null;
  pulled: Pulled | null;
  readout: { at: Point; text: string } | null;
  /** Between the last feature that is kept and the first that is not. */
  divider: number | null;
  /** Which part of all axes is in sight, from 0 to 1; null when all are. */
  scrolled: readonly [number, number] | null;
  palette: Palette;
  theme: Theme;
};

export const yOf = (frame: Frame, height: number): number =>
  frame.bottom - height * (frame.bottom - frame.top);
export const heightAt = (frame: Frame, y: number): number =>
  (frame.bottom - y) / (frame.bottom - frame.top || 1);

export function drawMarks(ctx: CanvasRenderingContext2D, marks: Marks): void {
  const { axes, frame, means, theme, palette } = marks;
  const [ink, ground, accent] = [theme.ink, theme.background, theme.accent].map(css);
  const y = (height: number): number => yOf(frame, height);
  const along = (heights: readonly number[]): Way => heights.map((height, k) => [axes[k].x, y(height)]);
  const faint = (mean: MeanLine): number => (mean.bright ? 1 : 0.25);
  ctx.font = `11px ${theme.font}`;
  ctx.lineJoin = "round";
  ctx.textBaseline = "middle";

  for (const { x, current, leftOut, ticks } of axes) {
    ctx.globalAlpha = leftOut ? 0.35 : 1;
    const ends: Way = [
      [x, frame.top],
      [x, frame.bottom],
    ];
    stroke(ctx, ends, current ? accent : ink, current ? 2 : 1);
    for (const { height } of inFrame(ticks)) {
      const at = y(height);
      stroke(
        ctx,
        [
          [x - 4, at],
          [x, at],
        ],
        ink,
        1,
      );
    }
  }
  ctx.globalAlpha = 1;
  if (marks.hovered) {
    stroke(ctx, along(marks.hovered), ground, 4);
    stroke(ctx, along(marks.hovered), ink, 1.6);
  }
  for (const mean of means) {
    ctx.globalAlpha = faint(mean);
    stroke(ctx, along(mean.heights), ground, 4.5);
    stroke(ctx, along(mean.heights), css(palette.rim[paintOf(mean.label)]), 2.2);
  }
  ctx.textAlign = "right";
  for (const { x, leftOut, ticks, brushes, bands } of axes) {
    for (const [low, high] of bands) {
      const top = y(Math.min(high, 1));
      ctx.globalAlpha = 1;
      panel(ctx, [x + 9, top - 2, 5, y(Math.max(low, 0)) - top + 4], accent, 0.8, 1);
    }
    for (const [low, high] of brushes) {
      const top = y(Math.min(high, 1));
      ctx.globalAlpha = 1;
      panel(ctx, [x - 7, top, 14, y(Math.max(low, 0)) - top], accent, 0.25, 1.5);
    }
    // Left of marks and brushes, and over the means: numbers that are drawn are read.
    ctx.globalAlpha = leftOut ? 0.35 : 1;
    let last = Infinity;
    for (const { height, text } of inFrame(ticks)) {
      const at = y(height);
      if (Math.abs(at - last) < 12) continue;
      last = at;
      ctx.lineWidth = 3;
      ctx.strokeStyle = ground;
      ctx.strokeText(text, x - 11, at);
      ctx.fillStyle = ink;
      ctx.fillText(text, x - 11, at);
    }
  }
  for (const mean of means) {
    ctx.globalAlpha = faint(mean);
    mean.heights.forEach((height, k) => {
      if (!Number.isNaN(height)) mark(ctx, mean.label, axes[k].x, y(height), palette, ground);
    });
  }
  ctx.globalAlpha = 1;
  if (marks.divider !== null) {
    ctx.setLineDash([5, 4]);
    const { divider } = marks;
    stroke(
      ctx,
      [
        [divider, frame.top - 6],
        [divider, frame.bottom + 6],
      ],
      accent,
      1.5,
    );
    ctx.setLineDash([]);
  }
  if (marks.scrolled) {
    const [from, to] = marks.scrolled.map(share => 4 + share * (marks.width - 8));
    ctx.globalAlpha = 0.45;
    ctx.fillStyle = ink;
    ctx.fillRect(from, frame.bottom + 8, to - from, 4);
    ctx.globalAlpha = 1;
  }
  if (marks.pulled) drawPulled(ctx, marks, marks.pulled);
  if (marks.cursor) {
    const { x, y } = marks.cursor;
    stroke(
      ctx,
      [
        [x - 12, y],
        [x + 12, y],
      ],
      accent,
      2.5,
    );
  }
  if (marks.readout) label(ctx, [marks.readout.text], marks.readout.at, marks);
}

/** The present spread stays where it is, the one asked for goes with the hand, and an arrow lies between. */
function drawPulled(ctx: CanvasRenderingContext2D, marks: Marks, pulled: Pulled): void {
  const { frame, palette, theme } = marks;
  const { x, band } = pulled;
  const colour = css(palette.rim[paintOf(pulled.label)]);
  const [from, to, low, high] = [pulled.from, pulled.to, ...band].map(height => yOf(frame, height));
  panel(ctx, [x - 17, high, 34, low - high], colour, 0.14, 1);
  panel(ctx, [x - 17, high + to - from, 34, low - high], colour, 0.28, 1);
  const head = Math.sign(to - from) * Math.min(8, Math.abs(to - from));
  const arrow: Way = [
    [x, from],
    [x, to],
    [x - 6, to - head],
    [x, to],
    [x + 6, to - head],
  ];
  stroke(ctx, arrow, colour, 2.5);
  mark(ctx, pulled.label, x, to, palette, css(theme.background));
  if (pulled.text.length) label(ctx, pulled.text, { x: x + 24, y: to }, marks);
}

/** Lines of text on a ground of their own, beside a spot and inside the view. */
export function label(
  ctx: CanvasRenderingContext2D,
  lines: readonly string[],
  at: Point,
  marks: Pick<Marks, "theme" | "frame" | "width">,
): void {
  const { theme, frame, width } = marks;
  ctx.font = `12px ${theme.font}`;
  const wide = Math.max(...lines.map(line => ctx.measureText(line).width)) + 14;
  const tall = 16 * lines.length + 8;
  const left = Math.max(at.x + 6 + wide <= width ? at.x + 6 : at.x - 54 - wide, 2);
  const top = clamp(at.y - tall / 2, frame.top - 8, frame.bottom - tall + 8);
  panel(ctx, [left, top, wide, tall], css(theme.background), 0.93, 1, css(theme.accent));
  ctx.fillStyle = css(theme.ink);
  ctx.textAlign = "left";
  lines.forEach((line, k) => {
    ctx.fillText(line, left + 7, top + 12 + 16 * k);
  });
}

type Way = readonly (readonly [number, number])[];

const inFrame = (ticks: AxisMarks["ticks"]): AxisMarks["ticks"] =>
  ticks.filter(({ height }) => height > -0.001 && height < 1.001);

/** A line from spot to spot; one without a height leaves a gap. */
function stroke(ctx: CanvasRenderingContext2D, way: Way, colour: string, width: number): void {
  ctx.beginPath();
  let pen = false;
  for (const [x, y] of way) {
    if (pen) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
    pen = !Number.isNaN(y);
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

function panel(
  ctx: CanvasRenderingContext2D,
  box: readonly [number, number, number, number],
  colour: string,
  opacity: number,
  width: number,
  rim = colour,
): void {
  ctx.beginPath();
  ctx.roundRect(...box, 3);
  ctx.globalAlpha = opacity;
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = rim;
  ctx.lineWidth = width;
  ctx.stroke();
}

export function mark(
  ctx: CanvasRenderingContext2D,
  classIndex: number,
  x: number,
  y: number,
  palette: Palette,
  ground: string,
): void {
  const paint = paintOf(classIndex);
  ctx.beginPath();
  trace(ctx, shapeOf(classIndex), x, y, 5.5);
  ctx.lineWidth = 4;
  ctx.strokeStyle = ground;
  ctx.stroke();
  ctx.fillStyle = css(palette.fill[paint]);
  ctx.fill();
  ctx.lineWidth = 1.2;
  ctx.strokeStyle = css(palette.rim[paint]);
  ctx.stroke();
}
