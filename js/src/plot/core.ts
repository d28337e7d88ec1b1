/** The core of a page, for all its views: one WebGL context, one clock for drawing, linked selections, the outboxes. */

import { createLink, type Link } from "../edits/link.ts";
import { atEnd, on } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Painter } from "../paint/painter.ts";
import { createRaster } from "../paint/raster.ts";
import { createGlPainter } from "../paint/webgl.ts";
import { pageStorage, randomName } from "../wire/memory.ts";
import { createOutbox, type Outbox } from "../wire/outbox.ts";

/** Draws itself; true asks for another frame at once. The painter, and WebGL with it, is made when first asked for. */
export type Drawable = { draw(painter: () => Painter, now: number): boolean };

export type Core = {
  /** A random name of this load of the page. */
  readonly client: string;
  /** Whether points are drawn by WebGL2; otherwise the processor draws them. */
  readonly webgl: boolean;
  link(name: string): Link;
  outbox(session: string): Outbox;
  /** Draws the view at the next frame of the screen. */
  schedule(view: Drawable): void;
  /** The view is gone, and its cloud with it. */
  leave(view: Drawable, cloud: Cloud): void;
};

type Shared = Core & { members: number; dispose(): void };

declare const BUILD: string; // by build.mjs
const HOME = Symbol.for(`greenlatent/${BUILD}`);

/**
 * The page's core, made by the first view and gone with the last. It hangs on the page and not on this module,
 * because a notebook loads the bundle once for every widget.
 */
export function joinCore(signal: AbortSignal): Core {
  const page = globalThis as { [HOME]?: Shared };
  const core = page[HOME] ?? createCore();
  page[HOME] = core;
  core.members++;
  atEnd(signal, () => {
    core.members--;
    if (core.members > 0) return;
    core.dispose();
    if (page[HOME] === core) delete page[HOME];
  });
  return core;
}

function createCore(): Shared {
  const end = new AbortController();
  const links = new Map<string, Link>();
  const outboxes = new Map<string, Outbox>();
  const due = new Set<Drawable>();
  const drawn = new Set<Drawable>();
  const client = randomName();
  const canvas = document.createElement("canvas");
  let painter: Painter | null = null;
  let handle = 0;

  function chosen(): Painter {
    painter ??= choosePainter(canvas);
    return painter;
  }
  function paint(now: number): void {
    handle = 0;
    for (const view of [...due]) {
      due.delete(view);
      drawn.add(view);
      if (view.draw(chosen, now)) due.add(view);
    }
    if (due.size) wake();
  }
  function wake(): void {
    if (!handle && !end.signal.aborted) handle = requestAnimationFrame(paint);
  }
  function redrawAll(next: Painter | null): void {
    painter = next;
    for (const view of drawn) due.add(view);
    wake();
  }
  on(
    canvas,
    "webglcontextlost",
    event => {
      event.preventDefault(); // without this the context never comes back
      redrawAll(createRaster());
    },
    end.signal,
  );
  on(canvas, "webglcontextrestored", () => redrawAll(null), end.signal);

  return {
    members: 0,
    client,
    get webgl() {
      return chosen().webgl;
    },
    link: name => take(links, name, () => createLink(() => links.delete(name))),
    outbox: session => take(outboxes, session, () => createOutbox(session, client, pageStorage())),
    schedule(view) {
      due.add(view);
      wake();
    },
    leave(view, cloud) {
      due.delete(view);
      drawn.delete(view);
      painter?.forget(cloud);
    },
    dispose() {
      end.abort();
      cancelAnimationFrame(handle);
      due.clear();
      drawn.clear();
      canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

function choosePainter(canvas: HTMLCanvasElement): Painter {
  try {
    return createGlPainter(canvas);
  } catch (error) {
    console.info("greenlatent draws without WebGL2:", error);
    return createRaster();
  }
}

function take<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
