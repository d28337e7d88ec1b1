/** The scatter: points that glide, are selected, dragged and relabelled. */

import { createAsk } from "./ask.ts";
import { createCard } from "./card.ts";
import { Cloud } from "./cloud.ts";
import { classPalette, paintOf, scalePalette } from "./colours.ts";
import { createCommentary } from "./commentary.ts";
import type { Core, Drawable } from "./core.ts";
import { element } from "./dom.ts";
import { createEditor } from "./editor.ts";
import {
  ahead,
  inside,
  nearest,
  type Point,
  rectangle,
  type Size,
  simplify,
  toData,
  toScreen,
} from "./geometry.ts";
import { followPointers, type Mode } from "./gestures.ts";
import { createHelp, GESTURES } from "./help.ts";
import { followKeys } from "./keyboard.ts";
import { classKeys, leave } from "./keys.ts";
import { createLegend } from "./legend.ts";
import { Lens } from "./lens.ts";
import { type Host, onChange } from "./model.ts";
import { drawOverlay } from "./overlay.ts";
import type { Painter, Picture } from "./painter.ts";
import type { Frame, PlaneFrame } from "./protocol.ts";
import { createSelection } from "./selection.ts";
import { composeStill } from "./still.ts";
import { onTheme, readTheme, stillness } from "./theme.ts";
import { createTools } from "./tools.ts";
import type { Wire } from "./wire.ts";
import { describe, describePoint } from "./words.ts";

const DRAG = "Drag a point to where it belongs, or draw around several.";
const RELABEL = "Drag them, or press a class's key to relabel.";
const SILENCE = 4000; // milliseconds without an answer after which the kernel may be gone

export type Scatter = {
  element: HTMLElement;
  /** The picture with legend and caption, and in words; null before there is one. */
  still(caption: string): { canvas: HTMLCanvasElement; size: Size; alt: string } | null;
};

export function createScatter(
  host: Host,
  core: Core,
  wire: Wire,
  root: HTMLElement,
  signal: AbortSignal,
): Scatter {
  const cloud = new Cloud();
  const lens = new Lens();
  const link = core.link(host.get("link"));
  const now = (): number => performance.now();
  const glide = (duration: number): number => (stillness() ? 0 : duration);

  let size: Size = { width: 0, height: 0 };
  let ratio = 1;
  let classes = host.get("classes");
  let theme = readTheme(root);
  let palette = classPalette(classes.length, theme.background);
  let scaled = false; // the palette is a scale, as labels are numbers
  let lit = -1; // the class whose legend is pointed at
  let path: { points: Point[]; mode: Mode } | null = null;
  let cursor = -1; // an id: rows change with the set
  let held: PlaneFrame | null = null;
  let undrawn: number | null = null; // the seq of the newest frame, until it is on the screen
  let lastFrame = 0;

  const redraw = (): void => core.schedule(view);
  const editable = (): boolean => host.get("editable");
  const spotOf = (row: number): Point => {
    const places = cloud.places(now());
    return toScreen(lens.at(now()), size, places[2 * row], places[2 * row + 1]);
  };
  const under = (at: Point): Point => toData(lens.at(now()), size, at);

  // Parts

  const canvas = element("canvas", "points");
  const overlay = element("canvas", "overlay");
  const stage = element(
    "div",
    "stage",
    { tabindex: 0, role: "application", "aria-roledescription": "scatter plot" },
    canvas,
    overlay,
  );
  const waiting = element("div", "waiting", {}, "Waiting for the first picture…");
  const silence = window.setTimeout(() => {
    waiting.textContent = "No kernel answers yet. If none is running, run the cell again.";
  }, SILENCE);
  signal.addEventListener("abort", () => clearTimeout(silence));
  wire.on("hello", message => {
    clearTimeout(silence);
    if (message.n === 0) waiting.textContent = "There is nothing to show yet.";
  });
  const title = (): string => host.get("title");
  const words = createCommentary(
    cloud,
    stage,
    {
      classes: () => classes,
      label: () => describe(cloud, title(), classes),
      hint(selected) {
        if (selected) return editable() ? `${RELABEL} Esc clears.` : "Esc clears.";
        return editable() ? DRAG : "Draw around points to select them.";
      },
    },
    signal,
  );
  const selection = createSelection(cloud, core, host.get("link"), wire, selectionChanged, signal);
  const card = createCard(id => wire.send({ type: "preview", id }), signal);
  const ask = createAsk(stage, signal);
  const help = createHelp(GESTURES, signal);
  const tools = createTools({ fit: fitAll, help: () => help.toggle() }, signal);
  const legend = createLegend(
    (index, mode) => selection.selectClass(index, mode),
    index => {
      lit = index;
      redraw();
    },
    signal,
  );
  const editor = createEditor(
    {
      cloud,
      wire,
      ask,
      legend,
      stage,
      classes: () => classes,
      places: () => cloud.places(now()),
      camera: () => lens.at(now()),
      size: () => size,
      say: words.say,
      released() {
        const frame = held;
        held = null;
        if (frame) takeFrame(frame);
        redraw();
      },
    },
    signal,
  );
  const plot = element(
    "div",
    "plot",
    {},
    element("div", "frame", {}, stage, tools.element, card.element, help.element, waiting),
    legend.element,
  );
  const box = element("div", "scatter", {}, plot, words.element);

  // Drawing

  const radius = (): number => {
    const room = Math.sqrt((size.width * size.height) / Math.max(cloud.n, 1));
    return Math.min(Math.max(1 + 0.22 * room, 1.25), 5.5);
  };
  const opacity = (): number => Math.min(Math.max(1.25 - 0.15 * Math.log10(Math.max(cloud.n, 1)), 0.25), 0.9);

  function pictureAt(time: number): Picture {
    const camera = lens.at(time);
    const { drag } = editor;
    const bright = drag && drag.target >= 0 ? drag.target : lit;
    return {
      cloud,
      palette,
      size,
      ratio,
      camera,
      now: time,
      radius: radius(),
      opacity: opacity(),
      lit: bright < 0 || scaled ? -1 : paintOf(bright),
      drag: drag ? { x: drag.by.x / camera.scale, y: -drag.by.y / camera.scale } : { x: 0, y: 0 },
    };
  }
  function drawMarks(ctx: CanvasRenderingContext2D, time: number): void {
    const places = cloud.places(time);
    const camera = lens.at(time);
    const spot = (row: number): Point => toScreen(camera, size, places[2 * row], places[2 * row + 1]);
    const { drag } = editor;
    const hovered = link.hovered === null || drag ? -1 : cloud.rowOf(link.hovered);
    const pointed = stage.matches(":focus") ? cloud.rowOf(cursor) : -1;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, size.width, size.height);
    drawOverlay(ctx, theme, radius(), {
      path: path?.points ?? [],
      removing: path?.mode === "remove",
      hovered: hovered >= 0 ? spot(hovered) : null,
      cursor: pointed >= 0 ? spot(pointed) : null,
      from: drag && drag.rows.length <= 12 ? drag.rows.map(spot) : [],
      at: drag?.at ?? null,
      near: drag ? drag.near.map(spot) : [],
    });
  }
  const view: Drawable = {
    draw(painter: () => Painter, time: number): boolean {
      const ctx = canvas.getContext("2d");
      const over = overlay.getContext("2d");
      if (!ctx || !over || size.width === 0) return false;
      const moment = Math.max(time, now()); // a glide that began after this tick must not run backwards
      ctx.clearRect(0, 0, canvas.width, canvas.height);
      if (cloud.n > 0) painter().draw(ctx, pictureAt(moment));
      drawMarks(over, moment);
      if (undrawn !== null) wire.send({ type: "ack", frame: undrawn });
      undrawn = null;
      return cloud.progress(moment) < 1 || lens.moving(moment);
    },
  };

  // What the kernel sends

  function takeFrame(frame: Frame): void {
    if (frame.space !== "plane") return;
    if (editor.drag || ask.open) {
      held = frame; // nothing moves under a hand; it is not acknowledged either, so the kernel waits
      return;
    }
    const time = now();
    const duration = glide(Math.min(Math.max(time - lastFrame, 120), 450));
    const former = cloud.ids;
    if (!cloud.setFrame(frame, time, duration)) return;
    lastFrame = time;
    undrawn = frame.seq;
    waiting.hidden = true;
    if (cloud.ids !== former) selection.mark();
    lens.follow(cloud.bounds, size, time, former.length ? duration : 0);
    coloursChanged();
  }
  link.listen(redraw, signal);
  wire.on("frame", takeFrame);
  wire.on("ids", message => cloud.setIds(message.set, message.ids));
  wire.on("labels", message => {
    if (cloud.setColumns(message.set, message.columns)) coloursChanged();
  });
  wire.on("preview", message => card.preview(message.id, message.mime, message.data));

  function selectionChanged(): void {
    words.refresh();
    redraw();
  }
  function select(rows: Iterable<number>, mode: Mode): void {
    selection.select(rows, mode);
    words.announceSelection();
  }

  // Hands

  const pointers = followPointers(
    stage,
    {
      tool: () => tools.tool(),
      hit: (at, slack) =>
        ask.open ? -1 : nearest(cloud.places(now()), under(at), (radius() + slack) / lens.at(now()).scale),
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
        } else if (mode === "set") {
          cursor = -1; // a digit pressed next must not relabel a point that was left
          select([], "set");
        }
      },
      doubleClick(row) {
        selection.selectClass(cloud.classOf(row), "set");
      },
      draw(points, done, mode) {
        ask.cancel();
        card.hide();
        const box = tools.tool() === "rectangle" && points.length > 1;
        const outline = box ? rectangle(points[0], points[points.length - 1]) : points;
        path = done ? null : { points: outline, mode };
        if (done && outline.length > 2) {
          select(inside(cloud.places(now()), simplify(outline, 1).map(under)), mode);
        }
        redraw();
      },
      grab(row) {
        if (!editable()) return false;
        ask.cancel();
        card.hide();
        link.hover(null);
        editor.grab(cloud.isSelected(row) ? cloud.selectedRows() : [row], spotOf(row));
        return true;
      },
      drag(by, at) {
        editor.dragTo(by, at);
        redraw();
      },
      drop: () => editor.drop(),
      letGo: () => editor.letGo(),
      pan(dx, dy) {
        lens.pan(dx, dy, now());
        redraw();
      },
      zoom(at, factor) {
        lens.zoom(at, factor, cloud.bounds, size, now(), 0);
        redraw();
      },
      scrolledPast: () => words.say("To zoom, click the plot first, or hold Ctrl.", false),
    },
    signal,
  );

  // Keys

  function moveCursor(dx: number, dy: number, extend: boolean): void {
    const row = cloud.rowOf(cursor);
    const places = cloud.places(now());
    const next = row < 0 ? nearest(places, under(middle()), Infinity) : ahead(places, row, dx, dy);
    if (next < 0) return;
    cursor = cloud.ids[next];
    if (extend) select([next], "add");
    let at = spotOf(next);
    if (at.x < 0 || at.y < 0 || at.x > size.width || at.y > size.height) {
      lens.show({ x: places[2 * next], y: places[2 * next + 1] }, now(), glide(200));
      at = middle();
    }
    card.show(next, at, size, cloud, classes, palette);
    words.announce(describePoint(cloud, next, classes));
    redraw();
  }
  function bringSelection(): void {
    const row = cloud.rowOf(cursor);
    if (row < 0 || !editable()) return;
    if (!cloud.selectedCount || cloud.isSelected(row)) {
      words.say("Select points with Space, move the cursor to where they belong, and press Enter there.");
      return;
    }
    card.hide();
    editor.bring(cloud.selectedRows(), row, spotOf(row), selection.began);
  }
  function relabel(key: string): void {
    const index = classKeys(classes).indexOf(key);
    const rows = cloud.selectedCount ? cloud.selectedRows() : cloud.rowsOf([cursor]);
    if (index < 0 || !editable()) return;
    if (rows.length) editor.relabel(rows, classes[index], cloud.selectedCount ? selection.began : now());
    else words.say("Select points first, then a class's key relabels them.");
    redraw();
  }
  function cancel(): boolean {
    if (ask.cancel() || pointers.cancel() || help.close()) return true;
    const shown = cloud.rowOf(cursor) >= 0;
    cursor = -1;
    card.hide();
    redraw();
    if (!cloud.selectedCount) return shown;
    select([], "set");
    return true;
  }
  const middle = (): Point => ({ x: size.width / 2, y: size.height / 2 });
  const zoom = (factor: number): void => {
    lens.zoom(middle(), factor, cloud.bounds, size, now(), glide(150));
    redraw();
  };
  function fitAll(): void {
    lens.fit(cloud.bounds, size, now(), glide(250));
    redraw();
  }
  const undo = (): void => wire.command("undo");
  const redo = (): void => wire.command("redo");
  followKeys(
    stage,
    {
      move: moveCursor,
      toggle() {
        const row = cloud.rowOf(cursor);
        if (row >= 0) select([row], cloud.isSelected(row) ? "remove" : "add");
      },
      enter: bringSelection,
      cancel,
      leave: () => leave(root) || stage.blur(),
      relabel,
      space: down => pointers.holdSpace(down),
      undo,
      redo,
      named: {
        a: selection.all,
        i: selection.invert,
        c: () => selection.selectClass(cloud.classOf(cloud.rowOf(cursor)), "set"),
        f: fitAll,
        "+": () => zoom(1.3),
        "=": () => zoom(1.3),
        "-": () => zoom(1 / 1.3),
        l: () => tools.choose("lasso"),
        b: () => tools.choose("rectangle"),
        p: () => tools.choose("pan"),
        u: undo,
        r: redo,
        "?": () => help.toggle(),
      },
    },
    signal,
  );

  // The page around

  function choosePalette(): void {
    scaled = cloud.columns.get(cloud.colourBy)?.kind === "number";
    palette = scaled ? scalePalette(theme.background) : classPalette(classes.length, theme.background);
  }
  function coloursChanged(): void {
    if ((cloud.columns.get(cloud.colourBy)?.kind === "number") !== scaled) choosePalette();
    legend.show(classes, cloud.counts(classes.length), palette, editable());
    words.refresh();
    redraw();
  }
  function refresh(): void {
    theme = readTheme(root);
    classes = host.get("classes");
    choosePalette();
    coloursChanged();
  }
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
  const observer = new ResizeObserver(resize);
  observer.observe(stage);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    core.leave(view, cloud);
  });
  onTheme(refresh, signal);
  onChange(host, ["classes", "editable", "title"], refresh, signal);
  const setHeight = (): void => plot.style.setProperty("--greenlatent-height", `${host.get("height")}px`);
  onChange(host, ["height"], setHeight, signal);
  for (const type of ["focus", "blur"]) stage.addEventListener(type, redraw, { signal });
  setHeight();
  coloursChanged();

  return {
    element: box,
    still(caption) {
      if (cloud.n === 0 || canvas.width === 0) return null;
      const alt = [describe(cloud, title(), classes), caption].filter(Boolean).join(". ");
      return { ...composeStill(canvas, ratio, theme, caption, classes, palette), alt };
    },
  };
}
