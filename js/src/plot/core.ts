/** What all views of a page share: one WebGL context, one clock for drawing, linked selections, the outboxes. */

import { atEnd, on } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Painter } from "../paint/painter.ts";
import { createRaster } from "../paint/raster.ts";
import { createGlPainter } from "../paint/webgl.ts";
import { createOutbox, type Outbox, type Storage } from "../wire/outbox.ts";
import type { Ids } from "../wire/protocol.ts";

/** Draws itself; true asks for another frame at once. The painter, and WebGL with it, is made when first asked for. */
export type Drawable = { draw(painter: () => Painter, now: number): boolean };

export type Link = {
  readonly ids: Ids;
  /** The sample under the pointer of some view, or null. */
  readonly hovered: number | null;
  select(ids: Ids): void;
  hover(id: number | null): void;
  /** Samples that somebody talks about, ringed in the picture, and the class that they would become, or -1. */
  readonly ringed: Ids;
  readonly becoming: number;
  ring(ids: Ids, becoming: number): void;
  listen(listener: (what: "selection" | "hover") => void, signal: AbortSignal): void;
};

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

/** `unused` is called when the last listener has left. */
function createLink(unused: () => void): Link {
  const listeners = new Set<(what: "selection" | "hover") => void>();
  let ids: Ids = new Uint32Array(0);
  let ringed = ids;
  let becoming = -1;
  let hovered: number | null = null;
  return {
    get ids() {
      return ids;
    },
    get hovered() {
      return hovered;
    },
    select(next) {
      if (next.length === ids.length && next.every((id, k) => id === ids[k])) return;
      ids = next;
      for (const listener of [...listeners]) listener("selection");
    },
    hover(id) {
      if (id === hovered) return;
      hovered = id;
      for (const listener of [...listeners]) listener("hover");
    },
    get ringed() {
      return ringed;
    },
    get becoming() {
      return becoming;
    },
    ring(next, as) {
      ringed = next;
      becoming = as;
      for (const listener of [...listeners]) listener("hover");
    },
    listen(listener, signal) {
      listeners.add(listener);
      atEnd(signal, () => {
        listeners.delete(listener);
        if (listeners.size === 0) unused();
      });
    },
  };
}

function take<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

export const randomName = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(3)), word => word.toString(36)).join("");

/** The tab's storage; null where the page may not keep anything. */
export function pageStorage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}
