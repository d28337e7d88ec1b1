/** Axes, ticks, brushes, class means, and what follows the hand: drawn over the lines. */

import { css, type Palette, paintOf, shapeOf } from "../colours.ts";
import type { Point } from "../geometry.ts";
import { trace } from "../shapes.ts";
import type { Theme } from "../theme.ts";

/** The part of the stage between the tops and the bottoms of the axes. */
export type Frame = { top: number; bottom: number };

export type AxisMarks = {
  x: number;
  ticks: readonly { height: number; text: string }[];
  /** Heights, low before high. */
  brushes: readonly (readonly [number, number])[];
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
  /** The hovered sample's line, and the one under the keyboard's cursor. */
  hovered: readonly (readonly number[])[];
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
  const ink = css(theme.ink);
  const ground = css(theme.background);
  const accent = css(theme.accent);
  const y = (height: number): number => yOf(frame, height);
  ctx.font = `11px ${theme.font}`;
  ctx.lineJoin = "round";

  for (const axis of axes) {
    ctx.globalAlpha = axis.leftOut ? 0.35 : 1;
    ctx.strokeStyle = axis.current ? accent : ink;
    ctx.lineWidth = axis.current ? 2 : 1;
    ctx.beginPath();
    ctx.moveTo(axis.x, frame.top);
    ctx.lineTo(axis.x, frame.bottom);
    ctx.stroke();
    ctx.lineWidth = 1;
    ctx.strokeStyle = ink;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    let last = Infinity;
    for (const tick of axis.ticks) {
      if (tick.height < -0.001 || tick.height > 1.001) continue;
      const at = y(tick.height);
      ctx.beginPath();
      ctx.moveTo(axis.x - 4, at);
      ctx.lineTo(axis.x, at);
      ctx.stroke();
      if (Math.abs(at - last) < 12) continue;
      last = at;
      halo(ctx, tick.text, axis.x - 7, at, ink, ground);
    }
  }
  ctx.globalAlpha = 1;

  for (const line of marks.hovered) {
    stroke(ctx, axes, line, y, ground, 4);
    stroke(ctx, axes, line, y, ink, 1.6);
  }
  for (const mean of means) {
    const paint = paintOf(mean.label);
    ctx.globalAlpha = mean.bright ? 1 : 0.25;
    stroke(ctx, axes, mean.heights, y, ground, 4.5);
    stroke(ctx, axes, mean.heights, y, css(palette.rim[paint]), 2.2);
  }
  for (const mean of means) {
    ctx.globalAlpha = mean.bright ? 1 : 0.25;
    mean.heights.forEach((height, k) => {
      if (!Number.isNaN(height)) mark(ctx, mean.label, axes[k].x, y(height), palette, ground);
    });
  }
  ctx.globalAlpha = 1;

  for (const axis of axes) {
    for (const [low, high] of axis.brushes) {
      const [top, bottom] = [y(Math.min(high, 1)), y(Math.max(low, 0))];
      ctx.fillStyle = accent;
      ctx.globalAlpha = 0.25;
      ctx.fillRect(axis.x - 7, top, 14, bottom - top);
      ctx.globalAlpha = 1;
      ctx.strokeStyle = accent;
      ctx.lineWidth = 1.5;
      ctx.strokeRect(axis.x - 7, top, 14, bottom - top);
    }
  }
  if (marks.divider !== null) {
    ctx.setLineDash([5, 4]);
    ctx.strokeStyle = accent;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(marks.divider, frame.top - 6);
    ctx.lineTo(marks.divider, frame.bottom + 6);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  if (marks.scrolled) {
    const [from, to] = marks.scrolled.map(share => 4 + share * (marks.width - 8));
    ctx.globalAlpha = 0.45;
    ctx.fillStyle = ink;
    ctx.beginPath();
    ctx.roundRect(from, frame.bottom + 8, to - from, 4, 2);
    ctx.fill();
    ctx.globalAlpha = 1;
  }
  if (marks.pulled) drawPulled(ctx, marks, marks.pulled);
  if (marks.cursor) {
    ctx.beginPath();
    ctx.moveTo(marks.cursor.x - 12, marks.cursor.y);
    ctx.lineTo(marks.cursor.x + 12, marks.cursor.y);
    ctx.lineWidth = 2.5;
    ctx.strokeStyle = accent;
    ctx.stroke();
  }
  if (marks.readout) label(ctx, [marks.readout.text], marks.readout.at, marks);
}

/** The present spread stays where it is, the one asked for goes with the hand, and an arrow lies between. */
function drawPulled(ctx: CanvasRenderingContext2D, marks: Marks, pulled: Pulled): void {
  const { frame, palette, theme } = marks;
  const colour = css(palette.rim[paintOf(pulled.label)]);
  const y = (height: number): number => yOf(frame, height);
  const [low, high] = pulled.band;
  const shift = pulled.to - pulled.from;
  ctx.fillStyle = ctx.strokeStyle = colour;
  for (const [by, alpha] of [
    [0, 0.14],
    [shift, 0.28],
  ]) {
    ctx.globalAlpha = alpha;
    ctx.fillRect(pulled.x - 17, y(high + by), 34, y(low + by) - y(high + by));
    ctx.globalAlpha = 1;
    ctx.lineWidth = 1;
    ctx.strokeRect(pulled.x - 17, y(high + by), 34, y(low + by) - y(high + by));
  }
  const [from, to] = [y(pulled.from), y(pulled.to)];
  const head = Math.sign(to - from) * Math.min(8, Math.abs(to - from));
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  ctx.moveTo(pulled.x, from);
  ctx.lineTo(pulled.x, to);
  ctx.moveTo(pulled.x - 6, to - head);
  ctx.lineTo(pulled.x, to);
  ctx.lineTo(pulled.x + 6, to - head);
  ctx.stroke();
  mark(ctx, pulled.label, pulled.x, to, palette, css(theme.background));
  label(ctx, pulled.text, { x: pulled.x + 24, y: to }, marks);
}

/** Lines of text on a ground of their own, beside a spot and inside the view. */
function label(ctx: CanvasRenderingContext2D, lines: readonly string[], at: Point, marks: Marks): void {
  const { theme, frame, width } = marks;
  ctx.font = `12px ${theme.font}`;
  const wide = Math.max(...lines.map(line => ctx.measureText(line).width)) + 14;
  const tall = 16 * lines.length + 8;
  const left = at.x + 6 + wide <= width ? at.x + 6 : at.x - 54 - wide;
  const top = Math.min(Math.max(at.y - tall / 2, frame.top - 8), frame.bottom - tall + 8);
  ctx.fillStyle = css(theme.background);
  ctx.strokeStyle = css(theme.accent);
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.roundRect(Math.max(left, 2), top, wide, tall, 4);
  ctx.globalAlpha = 0.93;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.stroke();
  ctx.fillStyle = css(theme.ink);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  lines.forEach((line, k) => {
    ctx.fillText(line, Math.max(left, 2) + 7, top + 12 + 16 * k);
  });
}

function stroke(
  ctx: CanvasRenderingContext2D,
  axes: readonly AxisMarks[],
  heights: readonly number[],
  y: (height: number) => number,
  colour: string,
  width: number,
): void {
  ctx.beginPath();
  let pen = false;
  heights.forEach((height, k) => {
    if (Number.isNaN(height)) pen = false;
    else if (pen) ctx.lineTo(axes[k].x, y(height));
    else {
      ctx.moveTo(axes[k].x, y(height));
      pen = true;
    }
  });
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

function mark(
  ctx: CanvasRenderingContext2D,
  classIndex: number,
  x: number,
  y: number,
  palette: Palette,
  ground: string,
): void {
  ctx.beginPath();
  trace(ctx, shapeOf(classIndex), x, y, 5.5);
  ctx.lineWidth = 4;
  ctx.strokeStyle = ground;
  ctx.stroke();
  ctx.fillStyle = css(palette.fill[paintOf(classIndex)]);
  ctx.fill();
  ctx.lineWidth = 1.2;
  ctx.strokeStyle = css(palette.rim[paintOf(classIndex)]);
  ctx.stroke();
}

function halo(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  ink: string,
  ground: string,
): void {
  ctx.lineWidth = 3;
  ctx.strokeStyle = ground;
  ctx.strokeText(text, x, y);
  ctx.lineWidth = 1;
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  ctx.fillText(text, x, y);
}
