/** The drawing of a scatter: points below, what a hand carries and marks above, redrawn when something moved. */

import { element } from "../page/elements.ts";
import { type Point, type Size, toData, toScreen } from "../page/geometry.ts";
import { atEnd, now, on } from "../page/life.ts";
import { clamp } from "../page/numbers.ts";
import type { Cloud } from "../paint/cloud.ts";
import { coloursOf, shapeOf } from "../paint/colours.ts";
import type { Painter, Picture } from "../paint/painter.ts";
import { createSurface } from "../paint/surface.ts";
import type { Drawable } from "../plot/core.ts";
import type { Plot } from "../plot/parts.ts";
import type { Drag } from "./editor.ts";
import type { Lens } from "./lens.ts";
import { drawOverlay } from "./overlay.ts";

const OPACITY = 0.9; // of a point that stands alone
const MOST_RINGS = 2000; // more points than that are told by their number

/** What the hands have put into the picture. */
export type DrawingNeeds = {
  cloud: Cloud;
  lens: Lens;
  drag(): Drag | null;
  /** The paint that stays bright while the others fade, or -1. */
  lit(): number;
  path(): { points: Point[]; removing: boolean } | null;
  hovered(): number;
  cursor(): number;
  /** Rows that an edit would be about, and the class that somebody proposes for them, or -1. */
  meant(): { rows: readonly number[]; becoming: number };
};

export type Drawing = {
  canvas: HTMLCanvasElement;
  readonly size: Size;
  readonly ratio: number;
  radius(): number;
  redraw(): void;
  /** A picture to keep: with nothing faded by what is selected or pointed at. */
  kept(): { canvas: HTMLCanvasElement; ratio: number } | null;
  spotOf(row: number): Point;
  under(at: Point): Point;
};

export function createDrawing(plot: Plot, needs: DrawingNeeds, signal: AbortSignal): Drawing {
  const { draw } = plot;
  const { core, stage } = plot.page;
  const { cloud, lens } = needs;
  const surface = createSurface(stage, resized, signal);
  const { canvas, overlay, carried } = surface;
  let shown: readonly unknown[] = []; // what the points on the canvas depend on
  let lifted: readonly unknown[] = []; // and those that are carried
  let painter: Painter | null = null; // that drew last
  let whole = false; // all of these are in sight, to their rims

  const radius = (): number => {
    const room = Math.sqrt((surface.size.width * surface.size.height) / Math.max(cloud.n, 1));
    return clamp(1 + 0.22 * room, 1.25, 5.5);
  };
  function pictureAt(time: number): Picture {
    return {
      cloud,
      palette: draw.palette,
      size: surface.size,
      ratio: surface.ratio,
      camera: lens.at(time),
      now: time,
      radius: radius(),
      opacity: OPACITY,
      lit: needs.lit(),
    };
  }
  /** What a hand carries is drawn once and then moved: WebGL takes long to hand over a picture. */
  function drawCarried(over: CanvasRenderingContext2D, used: Painter, picture: Picture, drag: Drag): void {
    const { camera, size, ratio } = picture;
    const { rows, from, at } = drag;
    const next = [...shown, rows];
    if (!whole || differ(next, lifted)) {
      lifted = next;
      const places = cloud.places(picture.now);
      const rim = picture.radius + 4; // what a mark takes around its place
      whole = rows.every(row => {
        const { x, y } = toScreen(camera, size, places[2 * row], places[2 * row + 1]);
        return x >= rim && y >= rim && x <= size.width - rim && y <= size.height - rim;
      });
      const ctx = surface.begin(carried);
      // What comes in from beyond the edge is not on the picture of where it was.
      const there = { ...camera, x: camera.x + from.x - at.x, y: camera.y + from.y - at.y };
      if (ctx) used.draw(ctx, { ...picture, camera: whole ? camera : there }, rows);
    }
    const pixels = (by: number): number => (whole ? Math.round(by * camera.scale * ratio) : 0);
    over.setTransform(1, 0, 0, 1, 0, 0);
    over.drawImage(carried, pixels(at.x - from.x), pixels(from.y - at.y));
    over.setTransform(ratio, 0, 0, ratio, 0, 0);
  }
  function drawMarks(ctx: CanvasRenderingContext2D, time: number): void {
    const places = cloud.places(time);
    const camera = lens.at(time);
    const screen = (x: number, y: number): Point => toScreen(camera, surface.size, x, y);
    const spot = (row: number): Point => screen(places[2 * row], places[2 * row + 1]);
    const [drag, path] = [needs.drag(), needs.path()];
    const [hovered, cursor] = [needs.hovered(), needs.cursor()];
    const { shelf } = cloud;
    const { rows, becoming } = needs.meant();
    const { theme } = draw;
    const { classes } = plot.page;
    drawOverlay(ctx, theme, radius(), {
      path: path?.points ?? [],
      removing: path?.removing ?? false,
      hovered: hovered >= 0 ? spot(hovered) : null,
      cursor: cursor >= 0 ? spot(cursor) : null,
      from: drag && drag.rows.length <= 12 ? drag.rows.map(spot) : [],
      at: drag && screen(drag.at.x, drag.at.y),
      near: drag ? drag.near.map(spot) : [],
      meant: rows.slice(0, MOST_RINGS).map(spot),
      ghost:
        becoming < 0
          ? null
          : { shape: shapeOf(becoming), ...coloursOf(becoming, classes.length, theme.background) },
      shelf: shelf && [screen(shelf.left, shelf.top), screen(shelf.right, shelf.top)],
    });
  }
  const view: Drawable = {
    draw(painterNow: () => Painter, time: number): boolean {
      const over = surface.begin(overlay);
      if (!over) return false;
      const moment = Math.max(time, now()); // a glide that began after this tick must not run backwards
      const used = painterNow();
      painter = used;
      const picture = pictureAt(moment);
      const { camera, palette, lit } = picture;
      const next = [
        used,
        cloud.placesVersion,
        cloud.lookVersion,
        cloud.progress(moment),
        canvas.width,
        canvas.height,
        palette,
        lit,
        ...[camera.x, camera.y, camera.scale],
      ];
      // A hand that hovers, draws a lasso or carries points leaves the others: a million of them would take their time.
      if (differ(next, shown)) {
        shown = next;
        const ctx = surface.begin(canvas);
        if (ctx && cloud.n > 0) used.draw(ctx, picture, null);
      }
      const drag = needs.drag();
      if (drag) drawCarried(over, used, picture, drag);
      drawMarks(over, moment);
      draw.drawn();
      return cloud.progress(moment) < 1 || lens.moving(moment);
    },
  };
  const redraw = (): void => core.schedule(view);
  function resized(): void {
    shown = lifted = []; // a canvas that was sized is empty, also if it soon has its former size again
    lens.resize(cloud.bounds, surface.size, now());
    redraw();
  }
  on(
    canvas,
    "contextrestored",
    () => {
      shown = lifted = [];
      redraw();
    },
    signal,
  );
  atEnd(signal, () => core.leave(view, cloud));

  return {
    canvas,
    get size() {
      return surface.size;
    },
    get ratio() {
      return surface.ratio;
    },
    radius,
    redraw,
    kept() {
      const { size } = surface;
      const { ratio } = surface;
      const made = element("canvas", "", {
        width: Math.round(size.width * ratio),
        height: Math.round(size.height * ratio),
      });
      const ctx = made.getContext("2d");
      if (!ctx || !painter || !size.width) return null;
      painter.draw(ctx, { ...pictureAt(now()), ratio, lit: -1, kept: true }, null);
      return { canvas: made, ratio };
    },
    spotOf(row) {
      const places = cloud.places(now());
      return toScreen(lens.at(now()), surface.size, places[2 * row], places[2 * row + 1]);
    },
    under: at => toData(lens.at(now()), surface.size, at),
  };
}

const differ = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length !== b.length || a.some((value, k) => value !== b[k]);
