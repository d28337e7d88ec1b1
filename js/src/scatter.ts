/** The scatter: points that glide, are selected, dragged and relabelled. */

import { createAsk } from "./ask.ts";
import { createCard, notes } from "./card.ts";
import { Cloud } from "./cloud.ts";
import { classPalette, css, paintOf, shapeOf } from "./colours.ts";
import type { Core, Drawable } from "./core.ts";
import { element } from "./dom.ts";
import {
  ahead,
  between,
  type Camera,
  fit,
  inside,
  nearest,
  neighbours,
  type Point,
  pan,
  rectangle,
  type Size,
  simplify,
  toData,
  toScreen,
  zoomAt,
} from "./geometry.ts";
import { followPointers, type Mode } from "./gestures.ts";
import { createHelp } from "./help.ts";
import { followKeys } from "./keyboard.ts";
import { classKeys, leave } from "./keys.ts";
import { createLegend } from "./legend.ts";
import { commonest, type Meaning, meaningOf, meaningOfClass } from "./meaning.ts";
import { type Host, onChange } from "./model.ts";
import { drawOverlay } from "./overlay.ts";
import type { Painter, Picture } from "./painter.ts";
import type { Incoming } from "./protocol.ts";
import { trace } from "./shapes.ts";
import { compose, type LegendRow } from "./still.ts";
import { onTheme, readTheme, stillness } from "./theme.ts";
import { createTools } from "./tools.ts";
import type { Wire } from "./wire.ts";

export type Scatter = {
  element: HTMLElement;
  cloud: Cloud;
  /** What the picture shows, in words. */
  describe(): string;
  /** Points, legend and a caption as one picture. */
  picture(caption: string): HTMLCanvasElement;
  /** Device pixels per CSS pixel. */
  ratio(): number;
  say(text: string): void;
};

type Frame = Extract<Incoming, { type: "frame" }>;

type Drag = {
  rows: number[];
  by: Point;
  at: Point;
  /** Rows near the pointer, and the class that most of them have. */
  near: number[];
  target: number;
  began: number;
};

const NEIGHBOURS = 10;
const REACH = 60; // pixels from a drop within which a point is a neighbour
const MARGIN = 28;

export function createScatter(
  host: Host,
  core: Core,
  wire: Wire,
  root: HTMLElement,
  signal: AbortSignal,
): Scatter {
  const cloud = new Cloud();
  const link = core.link(host.get("link"));
  const canvas = element("canvas", "points");
  const overlay = element("canvas", "overlay");
  const stage = element(
    "div",
    "stage",
    { tabindex: 0, role: "application", "aria-roledescription": "scatter plot" },
    canvas,
    overlay,
  );
  const hint = element("div", "hint");
  const quality = element("div", "quality");
  const live = element("div", "live", { "aria-live": "polite" });
  const waiting = element("div", "waiting", {}, "Waiting for the first picture…");
  const card = createCard(id => wire.send({ type: "preview", id }), signal);
  const ask = createAsk(stage, signal);
  const help = createHelp(signal);

  let size: Size = { width: 0, height: 0 };
  let ratio = 1;
  let classes = host.get("classes");
  let theme = readTheme(root);
  let palette = classPalette(classes.length, theme.background);
  let camera: { from: Camera; to: Camera; start: number; duration: number } | null = null;
  let following = true; // the camera fits all points until the person takes it
  let lit = -1;
  let drag: Drag | null = null;
  let path: { points: Point[]; mode: Mode } | null = null;
  let cursor = -1; // an id: rows change with the set
  let held: Frame | null = null;
  let acked = -1;
  let undrawn: number | null = null; // the seq of the newest frame, until it is on the screen
  let lastFrame = 0;
  let told: Uint32Array | null = null;
  let began = 0; // when the person began to select, for the seconds of an edit
  let saying = "";

  const now = (): number => performance.now();
  const look = (time: number): Camera => {
    if (!camera) return { x: 0, y: 0, scale: 1 };
    const t = camera.duration > 0 ? Math.min((time - camera.start) / camera.duration, 1) : 1;
    return between(camera.from, camera.to, t * t * (3 - 2 * t));
  };
  const redraw = (): void => core.schedule(view);
  const spotOf = (row: number): Point => {
    const places = cloud.places(now());
    return toScreen(look(now()), size, places[2 * row], places[2 * row + 1]);
  };

  function aim(to: Camera, duration: number): void {
    const time = now();
    camera = { from: camera ? look(time) : to, to, start: time, duration: stillness() ? 0 : duration };
    redraw();
  }
  function fitAll(duration: number): void {
    following = true;
    aim(fit(cloud.bounds, size, MARGIN), duration);
  }
  /** Refits only when points would leave the view or shrink to a corner: a picture that breathes tires the eye. */
  function follow(duration: number): void {
    if (!following || !cloud.bounds || size.width === 0) return;
    const wanted = fit(cloud.bounds, size, MARGIN);
    const current = camera?.to;
    if (current) {
      const a = toScreen(current, size, cloud.bounds.left, cloud.bounds.top);
      const b = toScreen(current, size, cloud.bounds.right, cloud.bounds.bottom);
      const within = a.x >= 8 && a.y >= 8 && b.x <= size.width - 8 && b.y <= size.height - 8;
      if (within && current.scale > 0.75 * wanted.scale) return;
    }
    aim(wanted, duration);
  }

  const radius = (): number => {
    const room = Math.sqrt((size.width * size.height) / Math.max(cloud.n, 1));
    return Math.min(Math.max(1 + 0.22 * room, 1.25), 5.5);
  };
  const opacity = (): number => Math.min(Math.max(1.25 - 0.15 * Math.log10(Math.max(cloud.n, 1)), 0.25), 0.9);

  function pictureAt(time: number): Picture {
    const scale = look(time).scale;
    return {
      cloud,
      palette,
      size,
      ratio,
      camera: look(time),
      now: time,
      radius: radius(),
      opacity: opacity(),
      lit:
        drag?.target !== undefined && drag.target >= 0 ? paintOf(drag.target) : lit >= 0 ? paintOf(lit) : -1,
      drag: drag ? { x: drag.by.x / scale, y: -drag.by.y / scale } : { x: 0, y: 0 },
    };
  }

  const view: Drawable = {
    draw(painter: Painter, time: number): boolean {
      const ctx = canvas.getContext("2d");
      const over = overlay.getContext("2d");
      if (!ctx || !over || size.width === 0) return false;
      time = Math.max(time, now()); // a frame that came after this tick began must not run backwards
      ctx.clearRect(0, 0, canvas.width, canvas.height);
      if (cloud.n > 0) painter.draw(ctx, pictureAt(time));
      over.setTransform(ratio, 0, 0, ratio, 0, 0);
      over.clearRect(0, 0, size.width, size.height);
      const places = cloud.places(time);
      const spot = (row: number): Point => toScreen(look(time), size, places[2 * row], places[2 * row + 1]);
      const hovered = link.hovered === null ? -1 : cloud.rowOf(link.hovered);
      drawOverlay(over, theme, radius(), {
        path: path?.points ?? [],
        removing: path?.mode === "remove",
        hovered: hovered >= 0 && !drag ? spot(hovered) : null,
        cursor: cloud.rowOf(cursor) >= 0 && stage.matches(":focus") ? spot(cloud.rowOf(cursor)) : null,
        from: drag && drag.rows.length <= 12 ? drag.rows.map(spot) : [],
        at: drag?.at ?? null,
        near: drag ? drag.near.map(spot) : [],
      });
      if (undrawn !== null && undrawn !== acked) {
        acked = undrawn;
        wire.send({ type: "ack", frame: undrawn });
      }
      return cloud.progress(time) < 1 || (camera !== null && time < camera.start + camera.duration);
    },
  };

  // What the kernel sends

  function takeFrame(frame: Frame): void {
    if (drag || ask.open) {
      held = frame; // nothing moves under a hand; not acknowledged either, so the kernel waits
      return;
    }
    const time = now();
    const duration = stillness() ? 0 : Math.min(Math.max(time - lastFrame, 120), 450);
    const sets = cloud.n;
    if (!cloud.setFrame(frame, time, duration)) return;
    lastFrame = time;
    undrawn = frame.seq;
    waiting.hidden = true;
    if (sets === 0 || sets !== cloud.n) cloud.select(link.ids);
    if (sets === 0) aim(fit(cloud.bounds, size, MARGIN), 0);
    else follow(duration);
    showSurroundings();
    redraw();
  }
  function releaseFrame(): void {
    const frame = held;
    held = null;
    if (frame) takeFrame(frame);
  }
  wire.on("ids", message => cloud.setIds(message.set, message.ids));
  wire.on("labels", message => {
    if (cloud.setColumns(message.set, message.columns)) {
      showSurroundings();
      redraw();
    }
  });
  wire.on("frame", takeFrame);
  wire.on("selection", message => {
    if (message.client === core.client) return;
    told = message.ids;
    link.select(message.ids);
  });
  wire.on("preview", message => card.preview(message.id, message.mime, message.data));

  // Selecting

  let tell = 0;
  link.listen(what => {
    if (what === "selection") {
      cloud.select(link.ids);
      const ids = link.ids;
      clearTimeout(tell);
      if (!told || told.length !== ids.length || told.some((id, k) => id !== ids[k])) {
        tell = window.setTimeout(() => {
          told = ids;
          wire.send({ type: "selection", client: core.client, ids });
        }, 60);
      }
      showSurroundings();
    }
    redraw();
  }, signal);
  signal.addEventListener("abort", () => clearTimeout(tell));

  function select(rows: Iterable<number>, mode: Mode): void {
    if (mode === "set" || cloud.selected.size === 0) began = now();
    const next = new Set(mode === "set" ? [] : cloud.selected);
    for (const row of rows) {
      if (mode === "remove") next.delete(row);
      else next.add(row);
    }
    link.select(cloud.idsOf([...next].sort((a, b) => a - b)));
    announce(summary());
  }
  const rowsOfClass = (index: number): number[] => {
    const column = cloud.columns.get("given");
    const rows: number[] = [];
    if (column?.kind === "class") {
      for (let row = 0; row < cloud.n; row++) if (column.values[row] === index) rows.push(row);
    }
    return rows;
  };
  const all = (): number[] => Array.from({ length: cloud.n }, (_, row) => row);

  // Editing

  const editable = (): boolean => host.get("editable");

  function dragOver(at: Point): void {
    if (!drag) return;
    const camera = look(now());
    const rows = drag.rows.length > 1 ? cloud.selected : new Set(drag.rows);
    drag.at = at;
    drag.near = neighbours(
      cloud.places(now()),
      toData(camera, size, at),
      NEIGHBOURS,
      REACH / camera.scale,
      row => rows.has(row),
    );
    drag.target = commonest(drag.near.map(row => cloud.classOf(row)));
    legend.light(drag.target);
  }
  function endDrag(): void {
    drag = null;
    cloud.drag([]);
    legend.light(-1);
    stage.removeAttribute("data-dragging");
    releaseFrame();
    redraw();
  }
  /** Shows what a drop would mean and waits; the picture stands still until it is answered. */
  async function propose(meaning: Meaning | null, at: Point, rows: number[], since: number): Promise<void> {
    if (!meaning) {
      say("No point is near. Drop closer to the ones it belongs to.");
      endDrag();
      return;
    }
    card.hide();
    announce(`${meaning.title} ${meaning.choices.map(choice => choice.text).join(", or ")}.`);
    const choice = await ask.show(meaning, at, size);
    if (signal.aborted) return;
    if (choice) {
      wire.edit(choice.edit, seconds(since), cloud.step);
      cloud.markEdited(cloud.idsOf(rows));
      say(`${choice.text}: ${rows.length === 1 ? "1 point" : `${rows.length} points`}.`);
    }
    endDrag();
  }
  const seconds = (since: number): number => Math.round(now() - since) / 1000;

  function relabel(rows: number[], label: string): void {
    wire.edit({ kind: "Relabel", ids: cloud.idsOf(rows), label }, seconds(began || now()), cloud.step);
    cloud.markEdited(cloud.idsOf(rows));
    say(`Relabelled ${rows.length === 1 ? "1 point" : `${rows.length} points`} as ${label}.`);
    redraw();
  }
  const subject = (): number[] =>
    cloud.selected.size ? [...cloud.selected] : cloud.rowOf(cursor) >= 0 ? [cloud.rowOf(cursor)] : [];

  // Pointers

  const pointers = followPointers(
    stage,
    {
      tool: () => tools.tool(),
      hit: (at, slack) => {
        if (ask.open) return -1;
        const camera = look(now());
        return nearest(cloud.places(now()), toData(camera, size, at), (radius() + slack) / camera.scale);
      },
      hover(row, at) {
        link.hover(row < 0 ? null : cloud.ids[row]);
        stage.toggleAttribute("data-over", row >= 0);
        if (row < 0 || ask.open) card.hide();
        else card.show(row, at, size, cloud, classes, palette);
      },
      click(row, mode) {
        if (ask.cancel()) return;
        if (row >= 0) {
          cursor = cloud.ids[row];
          select([row], mode);
        } else if (mode === "set") select([], "set");
      },
      doubleClick(row) {
        if (row >= 0 && cloud.classOf(row) >= 0) select(rowsOfClass(cloud.classOf(row)), "set");
      },
      draw(points, done, mode) {
        ask.cancel();
        card.hide();
        const box = tools.tool() === "rectangle" && points.length > 1;
        const outline = box ? rectangle(points[0], points[points.length - 1]) : points;
        path = done || outline.length < 2 ? null : { points: outline, mode };
        if (done && outline.length > 2) {
          const camera = look(now());
          const polygon = simplify(outline, 1).map(point => toData(camera, size, point));
          select(inside(cloud.places(now()), polygon), mode);
        }
        redraw();
      },
      grab(row) {
        if (!editable()) return false;
        ask.cancel();
        card.hide();
        link.hover(null);
        const rows = cloud.selected.has(row) ? [...cloud.selected] : [row];
        drag = { rows, by: { x: 0, y: 0 }, at: spotOf(row), near: [], target: -1, began: now() };
        cloud.drag(rows);
        stage.setAttribute("data-dragging", "");
        return true;
      },
      drag(by, at) {
        if (drag) drag.by = by;
        dragOver(at);
        redraw();
      },
      drop(at) {
        if (!drag) return;
        dragOver(at);
        const { rows, near, began: since } = drag;
        const meaning = meaningOf(
          {
            ids: cloud.idsOf(rows),
            from: rows.map(row => cloud.classOf(row)),
            near: cloud.idsOf(near),
            there: near.map(row => cloud.classOf(row)),
          },
          classes,
        );
        void propose(meaning, at, rows, since);
      },
      letGo: endDrag,
      pan(dx, dy) {
        if (!camera) return;
        following = false;
        camera = { from: pan(look(now()), dx, dy), to: pan(camera.to, dx, dy), start: 0, duration: 0 };
        redraw();
      },
      zoom(at, factor) {
        if (!camera) return;
        following = false;
        const least = 0.2 * fit(cloud.bounds, size, MARGIN).scale;
        const to = zoomAt(camera.to, size, at, factor);
        if (to.scale > least && to.scale < 1e4 * least) camera = { from: to, to, start: 0, duration: 0 };
        redraw();
      },
      scrolledPast: () => say("Click the plot first, then the wheel zooms. Or hold Ctrl."),
    },
    signal,
  );

  // Keys

  const middle = (): Point => ({ x: size.width / 2, y: size.height / 2 });
  followKeys(
    stage,
    {
      move(dx, dy, extend) {
        const row = cloud.rowOf(cursor);
        const places = cloud.places(now());
        const start = row >= 0 ? row : nearest(places, toData(look(now()), size, middle()), Infinity);
        const next = row >= 0 ? ahead(places, row, dx, dy) : start;
        if (next < 0) return;
        cursor = cloud.ids[next];
        if (extend) select([next], "add");
        const at = spotOf(next);
        if (at.x < 0 || at.y < 0 || at.x > size.width || at.y > size.height) {
          following = false;
          aim({ ...look(now()), x: places[2 * next], y: places[2 * next + 1] }, 200);
        }
        card.show(next, at, size, cloud, classes, palette);
        announce(tellPoint(next));
        redraw();
      },
      toggle() {
        const row = cloud.rowOf(cursor);
        if (row >= 0) select([row], cloud.selected.has(row) ? "remove" : "add");
      },
      enter() {
        const row = cloud.rowOf(cursor);
        if (row < 0 || !editable()) return;
        if (!cloud.selected.size || cloud.selected.has(row)) {
          say("Select points with Space, move the cursor to where they belong, and press Enter there.");
          return;
        }
        const rows = [...cloud.selected];
        const places = cloud.places(now());
        const near = neighbours(
          places,
          { x: places[2 * row], y: places[2 * row + 1] },
          NEIGHBOURS,
          REACH / look(now()).scale,
          other => cloud.selected.has(other),
        );
        const from = rows.map(other => cloud.classOf(other));
        const there = near.map(other => cloud.classOf(other));
        const drop = { ids: cloud.idsOf(rows), from, near: cloud.idsOf(near), there };
        void propose(meaningOf(drop, classes), spotOf(row), rows, began || now());
      },
      cancel() {
        if (ask.cancel() || pointers.cancel() || help.close()) return true;
        if (cloud.selected.size) {
          select([], "set");
          return true;
        }
        const shown = cursor >= 0;
        cursor = -1;
        card.hide();
        redraw();
        return shown;
      },
      leave: () => leave(root) || stage.blur(),
      relabel(key) {
        const index = classKeys(classes).indexOf(key);
        const rows = subject();
        if (index < 0 || !editable()) return;
        if (rows.length) relabel(rows, classes[index]);
        else say("Select points first, then a class's key relabels them.");
      },
      space: down => pointers.holdSpace(down),
      undo: () => wire.command("undo"),
      redo: () => wire.command("redo"),
      named: {
        a: () => select(all(), "set"),
        i: () =>
          select(
            all().filter(row => !cloud.selected.has(row)),
            "set",
          ),
        c: () => {
          const row = cloud.rowOf(cursor);
          if (row >= 0) select(rowsOfClass(cloud.classOf(row)), "set");
        },
        f: () => fitAll(250),
        "+": () => zoom(1.3),
        "=": () => zoom(1.3),
        "-": () => zoom(1 / 1.3),
        l: () => tools.choose("lasso"),
        b: () => tools.choose("rectangle"),
        p: () => tools.choose("pan"),
        u: () => wire.command("undo"),
        r: () => wire.command("redo"),
        "?": () => help.toggle(),
      },
    },
    signal,
  );
  function zoom(factor: number): void {
    if (!camera) return;
    following = false;
    aim(zoomAt(camera.to, size, middle(), factor), 150);
  }

  // Parts around the stage

  const legend = createLegend(
    (index, mode) => {
      if (cloud.selected.size && editable() && mode === "set" && drag) {
        void propose(
          meaningOfClass(cloud.idsOf([...cloud.selected]), classes[index]),
          middle(),
          [...cloud.selected],
          began,
        );
      } else select(rowsOfClass(index), mode);
    },
    index => {
      lit = index;
      redraw();
    },
    signal,
  );
  const tools = createTools({ fit: () => fitAll(250), help: () => help.toggle() }, signal);

  function summary(): string {
    const n = cloud.selected.size;
    if (n === 0) return `${cloud.n.toLocaleString("en")} points, none selected`;
    const counts = new Map<number, number>();
    for (const row of cloud.selected)
      counts.set(cloud.classOf(row), (counts.get(cloud.classOf(row)) ?? 0) + 1);
    const [[top, most]] = [...counts].sort((a, b) => b[1] - a[1]);
    const share = top < 0 ? "" : `, ${Math.round((100 * most) / n)} % ${classes[top]}`;
    return `${n.toLocaleString("en")} ${n === 1 ? "point" : "points"} selected${share}`;
  }
  function tellPoint(row: number): string {
    const parts = [`sample ${cloud.ids[row]}`];
    const [given, predicted] = [cloud.classOf(row), cloud.classOf(row, "predicted")];
    if (given >= 0) parts.push(`labelled ${classes[given]}`);
    if (predicted >= 0) parts.push(`predicted ${classes[predicted]}`);
    const confidence = cloud.numberOf(row, "confidence");
    if (confidence !== null) parts.push(`${Math.round(100 * confidence)} % sure`);
    const state = notes(cloud.look[4 * row + 2]);
    if (state) parts.push(state);
    if (cloud.selected.has(row)) parts.push("selected");
    return parts.join(", ");
  }
  function announce(text: string): void {
    live.textContent = text;
  }
  let forget = 0;
  function say(text: string): void {
    saying = text;
    announce(text);
    clearTimeout(forget);
    forget = window.setTimeout(() => {
      saying = "";
      showHint();
    }, 6000);
    showHint();
  }
  signal.addEventListener("abort", () => clearTimeout(forget));
  function showHint(): void {
    const selected = cloud.selected.size;
    hint.textContent =
      saying ||
      (selected
        ? `${summary()}. ${editable() ? "Drag them, or press a class's key to relabel. " : ""}Esc clears.`
        : editable()
          ? "Drag a point to where it belongs, or draw around several."
          : "Draw around points to select them.");
  }
  function showSurroundings(): void {
    legend.show(classes, cloud.counts(classes.length), palette, editable());
    showHint();
    const parts: string[] = [];
    if (cloud.missing) parts.push(`${cloud.missing.toLocaleString("en")} without a place`);
    if (cloud.trust !== null) parts.push(`trust ${cloud.trust.toFixed(2)}`);
    if (cloud.n && !cloud.exact) parts.push("approximate");
    quality.textContent = parts.join(" · ");
    stage.setAttribute("aria-label", describe());
  }
  function describe(): string {
    const parts = [`${cloud.n.toLocaleString("en")} points`];
    if (classes.length) parts.push(`${classes.length} classes`);
    if (cloud.selected.size) parts.push(summary());
    return `${host.get("title") || "Latent space"}: ${parts.join(", ")}`;
  }

  const stillLegend = (): LegendRow[] =>
    classes.map((name, k) => ({
      name,
      draw(ctx, x, y) {
        ctx.beginPath();
        trace(ctx, shapeOf(k), x, y, 5);
        ctx.fillStyle = css(palette.fill[paintOf(k)]);
        ctx.fill();
        ctx.strokeStyle = css(palette.rim[paintOf(k)]);
        ctx.stroke();
      },
    }));

  // The page around

  function refresh(): void {
    theme = readTheme(root);
    classes = host.get("classes");
    palette = classPalette(classes.length, theme.background);
    cloud.refresh();
    showSurroundings();
    redraw();
  }
  const body = element(
    "div",
    "plot",
    {},
    element("div", "frame", {}, stage, tools.element, card.element, help.element, waiting),
    legend.element,
  );
  const foot = element("div", "foot", {}, hint, quality, live);
  const box = element("div", "scatter", {}, body, foot);

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
    if (following && cloud.n) aim(fit(cloud.bounds, size, MARGIN), 0);
    redraw();
  }
  const observer = new ResizeObserver(resize);
  observer.observe(stage);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    core.leave(view, cloud);
  });
  onTheme(refresh, signal);
  onChange(host, ["classes", "editable", "title"], refresh, signal);
  const setHeight = (): void => body.style.setProperty("--greenlatent-height", `${host.get("height")}px`);
  onChange(host, ["height"], setHeight, signal);
  for (const type of ["focus", "blur"]) stage.addEventListener(type, redraw, { signal });
  setHeight();
  cloud.select(link.ids);
  showSurroundings();

  return {
    element: box,
    cloud,
    describe,
    say,
    ratio: () => ratio,
    picture: caption => compose(canvas, ratio, theme, caption, stillLegend()),
  };
}
