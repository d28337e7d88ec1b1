/** The radar's drawing: class means and selected samples as outlines over the spokes, the spread of a class as a band. */

import type { Point } from "../../page/geometry.ts";
import { atEnd, now } from "../../page/life.ts";
import { count } from "../../page/numbers.ts";
import { css, paintOf } from "../../paint/colours.ts";
import { createSurface } from "../../paint/surface.ts";
import type { Drawable } from "../../plot/core.ts";
import type { Plot } from "../../plot/parts.ts";
import type { Drawing, DrawingNeeds } from "../drawing.ts";
import { label as drawLabel, mark } from "../marks.ts";
import type { Wheel } from "./wheel.ts";

const RINGS = [0, 0.5, 1];
const SAMPLES = 200; // selected ones that are drawn

export function createRadarDrawing(
  plot: Plot,
  needs: DrawingNeeds & { scene: Wheel },
  signal: AbortSignal,
): Drawing {
  const { core, stage } = plot.page;
  const { scene } = needs;
  const { strands } = scene;
  const surface = createSurface(
    stage,
    () => {
      scene.resize(surface.size);
      needs.resized();
    },
    signal,
  );

  function draw(ctx: CanvasRenderingContext2D, time: number): void {
    const { axes } = scene.layout;
    const { palette, theme, lit } = plot.draw;
    const ink = css(theme.ink);
    const colourOf = (label: number): string => css(palette.rim[paintOf(label)]);
    const around = (heightOf: (axis: number, place: number) => number): Point[] =>
      axes.map((axis, place) => scene.at(place, heightOf(axis, place)));
    function outline(spots: readonly Point[], colour: string, alpha: number, width = 1): void {
      ctx.beginPath();
      for (const { x, y } of spots) ctx.lineTo(x, y);
      ctx.closePath();
      ctx.globalAlpha = alpha;
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.stroke();
    }

    for (const height of RINGS) outline(around(() => height), ink, 0.2); // biome-ignore format: a line
    ctx.textBaseline = "middle";
    ctx.fillStyle = ink;
    axes.forEach((axis, place) => {
      const current = place === scene.cursor.place && stage.matches(":focus");
      outline([scene.at(place, 0), scene.at(place, 1)], current ? css(theme.accent) : ink, current ? 1 : 0.4);
      for (const ends of needs.brushing().brushes[axis] ?? []) {
        const [low, high] = ends.map(value => scene.at(place, strands.scale(axis).heightOf(value)));
        outline([low, high], css(theme.accent), 0.5, 9);
      }
      const { x, y } = scene.at(place, 1.1);
      const aside = x - scene.size.width / 2;
      ctx.globalAlpha = 1;
      ctx.font = `600 12px ${theme.font}`;
      ctx.textAlign = Math.abs(aside) < 9 ? "center" : aside > 0 ? "left" : "right";
      ctx.fillText(scene.nameOf(axis), x, y, scene.size.width / 2 - Math.abs(aside) || undefined);
    });
    ctx.textAlign = "left";
    if (scene.absent)
      ctx.fillText(`${count(scene.absent, "axis", "axes")} not shown`, 8, scene.size.height - 10);

    const pulled = needs.puller().marks();
    const bright = pulled?.label ?? lit;
    let chosen = 0;
    const heights = axes.map(axis => strands.heights(axis, time));
    for (let row = 0; row < strands.n && chosen < SAMPLES; row++) {
      if (!strands.isSelected(row)) continue;
      chosen++;
      const label = strands.classOf(row, strands.colourBy);
      outline(around((_, place) => heights[place][row]), colourOf(label), 0.5); // biome-ignore format: a line
    }
    for (const label of scene.shownMeans(bright)) {
      const spots = around(axis => scene.meanHeight(axis, label, time));
      const faint = bright === null ? chosen > 0 : bright !== label;
      if (bright === label) {
        ctx.beginPath();
        for (const side of [-1, 1]) {
          const edge = around(axis => {
            const { means, pooled } = strands.spread(axis, scene.classes.length);
            return strands.scale(axis).heightOf(means[label] + side * pooled);
          });
          edge.forEach(({ x, y }, k) => {
            if (k) ctx.lineTo(x, y);
            else ctx.moveTo(x, y);
          });
          ctx.closePath();
        }
        ctx.globalAlpha = 0.25;
        ctx.fillStyle = colourOf(label);
        ctx.fill("evenodd");
      }
      outline(spots, colourOf(label), faint ? 0.35 : 1, 2.2);
      for (const { x, y } of spots) mark(ctx, label, x, y, palette, css(theme.background));
    }
    ctx.globalAlpha = 1;
    if (!pulled) return;
    const { place } = scene.cursor;
    const to = scene.at(place, pulled.to);
    outline([scene.at(place, pulled.from), to], colourOf(pulled.label), 1, 4);
    mark(ctx, pulled.label, to.x, to.y, palette, css(theme.background));
    const { width, height } = scene.size;
    if (pulled.text.length) {
      drawLabel(ctx, pulled.text, to, { theme, width, frame: { top: 8, bottom: height - 8 } });
    }
  }
  const drawable: Drawable = {
    draw(_, time) {
      const ctx = surface.begin(surface.canvas);
      if (!ctx) return false;
      const moment = Math.max(time, now());
      if (scene.layout.axes.length) draw(ctx, moment);
      plot.draw.drawn();
      return strands.gliding(moment);
    },
  };
  atEnd(signal, () => core.leave(drawable, strands));
  return {
    inHand: false,
    redraw: () => core.schedule(drawable),
    scrolled: () => {},
    picture: () => (surface.canvas.width ? { canvas: surface.canvas, ratio: surface.ratio } : null),
  };
}
