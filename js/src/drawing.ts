/** The drawing of a scatter: two canvases, points below and marks above, redrawn when something moved. */

import type { Cloud } from "./cloud.ts";
import type { Palette } from "./colours.ts";
import type { Core, Drawable } from "./core.ts";
import { element } from "./dom.ts";
import type { Drag } from "./editor.ts";
import { type Point, type Size, toData, toScreen } from "./geometry.ts";
import type { Lens } from "./lens.ts";
import { drawOverlay } from "./overlay.ts";
import type { Painter, Picture } from "./painter.ts";
import type { Theme } from "./theme.ts";

const OPACITY = 0.9; // of a point that stands alone
const MOST_RINGS = 2000; // more points than that are told by their number

/** What the hands and the kernel have put into the scene. */
export type Scene = {
  cloud: Cloud;
  lens: Lens;
  palette(): Palette;
  theme(): Theme;
  drag(): Drag | null;
  /** The paint that stays bright while the others fade, or -1. */
  lit(): number;
  path(): { points: Point[]; removing: boolean } | null;
  hovered(): number;
  cursor(): number;
  /** Rows that an edit would be about. */
  meant(): readonly number[];
  /** A picture is on the screen. */
  drawn(): void;
};

export type Drawing = {
  canvas: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  readonly size: Size;
  readonly ratio: number;
  radius(): number;
  redraw(): void;
  spotOf(row: number): Point;
  under(at: Point): Point;
};

export const now = (): number => performance.now();

export function createDrawing(stage: HTMLElement, scene: Scene, core: Core, signal: AbortSignal): Drawing {
  const { cloud, lens } = scene;
  const canvas = element("canvas", "points");
  const overlay = element("canvas", "overlay");
  let size: Size = { width: 0, height: 0 };
  let ratio = 1;
  let shown: readonly unknown[] = []; // what the points on the canvas depend on

  const radius = (): number => {
    const room = Math.sqrt((size.width * size.height) / Math.max(cloud.n, 1));
    return Math.min(Math.max(1 + 0.22 * room, 1.25), 5.5);
  };
  function pictureAt(time: number): Picture {
    const camera = lens.at(time);
    const drag = scene.drag();
    return {
      cloud,
      palette: scene.palette(),
      size,
      ratio,
      camera,
      now: time,
      radius: radius(),
      opacity: OPACITY,
      lit: scene.lit(),
      drag: drag ? { x: drag.by.x / camera.scale, y: -drag.by.y / camera.scale } : { x: 0, y: 0 },
    };
  }
  function drawMarks(ctx: CanvasRenderingContext2D, time: number): void {
    const places = cloud.places(time);
    const camera = lens.at(time);
    const spot = (row: number): Point => toScreen(camera, size, places[2 * row], places[2 * row + 1]);
    const [drag, path] = [scene.drag(), scene.path()];
    const [hovered, cursor] = [scene.hovered(), scene.cursor()];
    const { shelf } = cloud;
    const edge = (x: number): Point => toScreen(camera, size, x, shelf?.top ?? 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, size.width, size.height);
    drawOverlay(ctx, scene.theme(), radius(), {
      path: path?.points ?? [],
      removing: path?.removing ?? false,
      hovered: hovered >= 0 ? spot(hovered) : null,
      cursor: cursor >= 0 ? spot(cursor) : null,
      from: drag && drag.rows.length <= 12 ? drag.rows.map(spot) : [],
      at: drag?.at ?? null,
      near: drag ? drag.near.map(spot) : [],
      meant: scene.meant().slice(0, MOST_RINGS).map(spot),
      shelf: shelf && [edge(shelf.left), edge(shelf.right)],
    });
  }
  const view: Drawable = {
    draw(painter: () => Painter, time: number): boolean {
      const ctx = canvas.getContext("2d");
      const over = overlay.getContext("2d");
      if (!ctx || !over || size.width === 0) return false;
      const moment = Math.max(time, now()); // a glide that began after this tick must not run backwards
      const used = painter();
      const picture = pictureAt(moment);
      const { camera, palette, lit, drag } = picture;
      const next = [
        used,
        cloud.placesVersion,
        cloud.lookVersion,
        cloud.progress(moment),
        canvas.width,
        canvas.height,
        palette,
        lit,
        ...[camera.x, camera.y, camera.scale, drag.x, drag.y],
      ];
      // A pointer that only hovers, or draws a lasso, moves no points: a million of them would take their time.
      if (next.length !== shown.length || next.some((value, k) => value !== shown[k])) {
        shown = next;
        ctx.clearRect(0, 0, canvas.width, canvas.height);
        if (cloud.n > 0) used.draw(ctx, picture);
      }
      drawMarks(over, moment);
      scene.drawn();
      return cloud.progress(moment) < 1 || lens.moving(moment);
    },
  };
  const redraw = (): void => core.schedule(view);

  function resize(): void {
    const next = { width: stage.clientWidth, height: stage.clientHeight };
    const scale = Math.min(window.devicePixelRatio || 1, 3);
    if (next.width === size.width && next.height === size.height && scale === ratio) return;
    size = next;
    ratio = scale;
    for (const each of [canvas, overlay]) {
      each.width = Math.round(size.width * ratio);
      each.height = Math.round(size.height * ratio);
    }
    lens.resize(cloud.bounds, size, now());
    redraw();
  }
  canvas.addEventListener(
    "contextrestored",
    () => {
      shown = [];
      redraw();
    },
    { signal },
  );
  const observer = new ResizeObserver(resize);
  observer.observe(stage);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    core.leave(view, cloud);
  });

  return {
    canvas,
    overlay,
    get size() {
      return size;
    },
    get ratio() {
      return ratio;
    },
    radius,
    redraw,
    spotOf(row) {
      const places = cloud.places(now());
      return toScreen(lens.at(now()), size, places[2 * row], places[2 * row + 1]);
    },
    under: at => toData(lens.at(now()), size, at),
  };
}
