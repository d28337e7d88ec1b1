/** The drawing: lines below, axes and marks above, at the size of the stage, and only what must be drawn anew. */

import { element } from "../page/elements.ts";
import { atEnd, createTimer, now } from "../page/life.ts";
import { css } from "../paint/colours.ts";
import { createSurface } from "../paint/surface.ts";
import type { Drawable } from "../plot/core.ts";
import type { Plot, Stale } from "../plot/parts.ts";
import type { Interval } from "../wire/traits.ts";
import type { Brushing } from "./brush/brushing.ts";
import { createLayer } from "./layers.ts";
import { type AxisMarks, drawMarks, type MeanLine } from "./marks.ts";
import type { Puller } from "./puller.ts";
import type { Scene } from "./scene.ts";

const SHARPEN_MILLISECONDS = 150; // at rest, until a view that was scrolled is drawn sharply

export type DrawingNeeds = { scene: Scene; brushing(): Brushing; puller(): Puller; resized(): void };

export type Drawing = {
  /** A hand moves something: pictures may be coarser, words can wait. */
  inHand: boolean;
  redraw(stale: Stale): void;
  /** Pictures are coarser until the view comes to rest. */
  scrolled(): void;
  /** Both canvases with the axes' names above, `over` pixels tall. */
  picture(over: number): { canvas: HTMLCanvasElement; ratio: number } | null;
};

export function createDrawing(plot: Plot, needs: DrawingNeeds, signal: AbortSignal): Drawing {
  const { draw } = plot;
  const { core, stage } = plot.page;
  const { link } = plot.select;
  const { scene } = needs;
  const { strands } = scene;
  const base = createLayer();
  const chosen = createLayer();
  const surface = createSurface(
    stage,
    () => {
      scene.resize(surface.size);
      needs.resized();
    },
    signal,
  );
  let baseStale = true;
  let chosenStale = true;
  let rested = 0; // when a scrolled view comes to rest
  const rest = createTimer(signal);
  let moved = false; // since it was drawn, and it has not come to rest

  /** The rows that are picked out: the class that is pointed at, else the selection. */
  function chosenRows(): Uint32Array {
    const rows = new Uint32Array(strands.n);
    const { lit } = draw;
    const column = lit === null ? null : strands.columns.get(strands.colourBy);
    let count = 0;
    for (let row = 0; row < strands.n; row++) {
      if (column ? column.values[row] === lit : strands.isSelected(row)) rows[count++] = row;
    }
    return rows.subarray(0, count);
  }
  /** False while a sharp picture of all is under way. */
  function drawLines(ctx: CanvasRenderingContext2D, time: number): boolean {
    const { layout, frame, size } = scene;
    const coarse = strands.gliding(time) || moved;
    const waits = !coarse && time < rested;
    moved = false;
    const box = { width: size.width, height: frame.bottom - frame.top };
    const sight = { strands, layout, size: box, ratio: surface.ratio, palette: draw.palette, now: time };
    const picked = draw.lit !== null || strands.selectedCount > 0;
    const sharpened = baseStale && !coarse; // one sharp picture a frame: two would hold up the page
    const hasty = coarse || sharpened || drawing.inHand;
    const renew = picked && (chosenStale || baseStale || coarse);
    if (!waits) chosenStale = renew && (!chosen.paint(sight, chosenRows(), hasty) || hasty);
    const done = waits || !(baseStale || coarse) || base.paint(sight, null, coarse);
    baseStale &&= waits;
    baseStale ||= coarse || !done; // what comes to rest is drawn as sharp as any
    ctx.globalAlpha = picked ? 0.22 : 1;
    ctx.drawImage(base.canvas, 0, frame.top, box.width, box.height);
    ctx.globalAlpha = 1;
    if (picked) ctx.drawImage(chosen.canvas, 0, frame.top, box.width, box.height);
    return done;
  }
  function drawOver(ctx: CanvasRenderingContext2D, time: number): void {
    const { layout, frame, size, cursor, carried } = scene;
    const [brushing, puller] = [needs.brushing(), needs.puller()];
    if (!layout.axes.length) return;
    const [from, to] = scene.sight();
    const seen = layout.axes.slice(from, to + 1);
    const focused = stage.matches(":focus-visible") || puller.byKey;
    const left = scene.leftOut();
    const axes = seen.map((axis, k): AxisMarks => {
      const scale = strands.scale(axis);
      const heights = ([low, high]: Interval): Interval => {
        const [a, b] = [scale.heightOf(low), scale.heightOf(high)];
        return a <= b ? [a, b] : [b, a];
      };
      return {
        x: scene.x(from + k),
        ticks: scale.ticks,
        brushes: (brushing.brushes[axis] ?? []).map(heights),
        bands: strands.kind(axis).bands.map(heights),
        current: carried === axis || (focused && from + k === cursor.place),
        leftOut: left.has(axis),
      };
    });
    const bright = puller.pull?.label ?? draw.lit;
    const means = scene.shownMeans(bright).map(
      (label): MeanLine => ({
        label,
        bright: bright === null || bright === label,
        heights: seen.map(axis => scene.meanHeight(axis, label, time)),
      }),
    );
    const hovered = link.hovered === null || puller.pull ? -1 : strands.rowOf(link.hovered);
    const first = layout.axes.findIndex(axis => left.has(axis));
    const { held } = brushing;
    const across = layout.most + size.width;
    drawMarks(ctx, {
      frame,
      width: size.width,
      axes,
      means,
      hovered: hovered < 0 ? null : seen.map(axis => strands.heights(axis, time)[hovered]),
      cursor: focused && !puller.pull ? { x: scene.x(cursor.place), y: scene.y(cursor.height) } : null,
      pulled: puller.marks(),
      readout: held && {
        at: {
          x: scene.x(layout.axes.indexOf(held.axis)) + 12,
          y: scene.y(strands.scale(held.axis).heightOf(held.interval[1])),
        },
        text: scene.range(held.axis, held.interval),
      },
      scrolled: layout.most ? [layout.scroll / across, (layout.scroll + size.width) / across] : null,
      divider: first > 0 ? scene.x(first) - layout.gap / 2 : null,
      palette: draw.palette,
      theme: draw.theme,
    });
  }
  const drawable: Drawable = {
    draw(_, time: number): boolean {
      const ctx = surface.begin(surface.canvas);
      const over = surface.begin(surface.overlay);
      if (!ctx || !over) return false;
      const moment = Math.max(time, now()); // a glide that began after this tick must not run backwards
      const done = drawLines(ctx, moment);
      drawOver(over, moment);
      if (done) draw.drawn();
      if (moment < rested && !strands.gliding(moment)) {
        rest.set(rested - moment, () => core.schedule(drawable));
        return false;
      }
      return baseStale || (chosenStale && !drawing.inHand);
    },
  };
  atEnd(signal, () => core.leave(drawable, strands));

  const drawing: Drawing = {
    inHand: false,
    redraw(stale) {
      if (stale !== "marks") chosen.restart();
      if (stale === "all") base.restart();
      moved ||= stale !== "marks" && now() < rested;
      chosenStale ||= stale !== "marks";
      baseStale ||= stale === "all";
      core.schedule(drawable);
    },
    scrolled() {
      rested = now() + SHARPEN_MILLISECONDS;
    },
    picture(over) {
      const { canvas, overlay, ratio } = surface;
      const picture = element("canvas", "", {
        width: canvas.width,
        height: canvas.height + Math.round(over * ratio),
      });
      const ctx = picture.getContext("2d");
      if (!ctx || !canvas.width) return null;
      for (const each of [canvas, overlay]) ctx.drawImage(each, 0, over * ratio);
      ctx.scale(ratio, ratio);
      ctx.font = `600 12px ${draw.theme.font}`;
      ctx.fillStyle = css(draw.theme.ink);
      ctx.textAlign = "center";
      const [from, to] = scene.sight();
      for (let k = from; k <= to; k++) {
        ctx.fillText(scene.nameOf(scene.axisAt(k)), scene.x(k), over - 8, scene.layout.gap - 6);
      }
      return { canvas: picture, ratio };
    },
  };
  return drawing;
}
