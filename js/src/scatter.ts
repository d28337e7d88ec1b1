/** The scatter: points that glide, are selected, dragged and relabelled. */

import { createActions } from "./actions.ts";
import { createAsk } from "./ask.ts";
import { createCard } from "./card.ts";
import { Cloud } from "./cloud.ts";
import { createColouring } from "./colouring.ts";
import { paintOf } from "./colours.ts";
import { createCommentary } from "./commentary.ts";
import { type Core, pageStorage } from "./core.ts";
import { createCursor } from "./cursor.ts";
import { element } from "./dom.ts";
import { createDrawing, now } from "./drawing.ts";
import { createEditor } from "./editor.ts";
import { inside, nearest, type Point, rectangle, type Size, simplify } from "./geometry.ts";
import { followPointers, type Mode } from "./gestures.ts";
import { createHelp, GESTURES } from "./help.ts";
import { followKeys } from "./keyboard.ts";
import { classKeys, leave } from "./keys.ts";
import { kinNear } from "./kin.ts";
import { createLegend } from "./legend.ts";
import { Lens } from "./lens.ts";
import { type Host, onChange } from "./model.ts";
import { createPreviews } from "./previews.ts";
import type { Frame, PlaneFrame } from "./protocol.ts";
import { createSelection } from "./selection.ts";
import { createSheet } from "./sheet.ts";
import { createSight } from "./sight.ts";
import { composeStill, saveImage } from "./still.ts";
import { onTheme, readTheme, stillness } from "./theme.ts";
import { createTools } from "./tools.ts";
import type { Wire } from "./wire.ts";
import { describe, describePoint } from "./words.ts";

const DRAG = "Drag a point to where it belongs, or draw around several.";
const SILENCE = 4000; // milliseconds without an answer after which the kernel may be gone
const KIN = 40; // pixels around a point within which those of its label may belong with it

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
  const cursor = createCursor(cloud, lens, () => drawing);

  let classes = host.get("classes");
  let theme = readTheme(root);
  let lit: number | null = null; // the class whose legend is pointed at
  let path: { points: Point[]; mode: Mode } | null = null;
  let held: PlaneFrame | null = null;
  let undrawn: number | null = null; // the seq of the newest frame, until it is on the screen
  let lastFrame = 0;

  const editable = (): boolean => host.get("editable");
  const title = (): string => host.get("title");

  // Parts

  const stage = element("div", "stage", {
    tabindex: 0,
    role: "application",
    "aria-roledescription": "scatter plot",
  });
  const drawing = createDrawing(
    stage,
    {
      cloud,
      lens,
      palette: () => colouring.palette,
      theme: () => theme,
      drag: () => editor.drag,
      lit() {
        const target = editor.drag?.target ?? -1;
        if (target >= 0) return cloud.colourBy === "given" ? paintOf(target) : -1;
        return lit === null || colouring.byNumber ? -1 : paintOf(lit);
      },
      path: () => path && { points: path.points, removing: path.mode === "remove" },
      hovered: () => (link.hovered === null || editor.drag ? -1 : cloud.rowOf(link.hovered)),
      cursor: () => (stage.matches(":focus") ? cursor.row : -1),
      meant: () => ask.scope?.rows ?? actions.kept(),
      drawn() {
        if (undrawn !== null) wire.send({ type: "ack", frame: undrawn });
        undrawn = null;
      },
    },
    core,
    signal,
  );
  const { canvas, redraw, spotOf, under } = drawing;
  const first = (): string => host.get("colour");
  const sight = createSight(cloud, lens, drawing, host.get("session"), first, pageStorage());
  stage.append(canvas, drawing.overlay);
  const waiting = element("div", "waiting", {}, "Waiting for the first picture…");
  const silence = window.setTimeout(() => {
    waiting.textContent = "No kernel answers yet. If none is running, run the cell again.";
  }, SILENCE);
  signal.addEventListener("abort", () => clearTimeout(silence));
  wire.on("hello", message => {
    clearTimeout(silence);
    if (message.n === 0) waiting.textContent = "There are no points to show.";
  });
  const words = createCommentary(
    cloud,
    stage,
    {
      classes: () => classes,
      label: () => describe(cloud, title(), classes),
      hint: () => (editable() ? DRAG : "Draw around points to select them."),
    },
    signal,
  );
  const selection = createSelection(cloud, core, host.get("link"), wire, selectionChanged, signal);
  const previews = createPreviews(wire);
  const card = createCard(previews, signal);
  const ask = createAsk(stage, () => redraw(), signal);
  const help = createHelp(GESTURES, signal);
  const undo = (): void => wire.command("undo");
  const redo = (): void => wire.command("redo");
  const tools = createTools({ fit: sight.fit, help: () => help.toggle(), save, undo, redo }, signal);
  const legend = createLegend(
    (index, mode) => selection.selectClass(index, mode),
    index => {
      lit = index;
      redraw();
    },
    signal,
  );
  const colouring = createColouring(cloud, colourBy, signal);
  const sheet = createSheet(
    previews,
    {
      cloud,
      classes: () => classes,
      hover: id => link.hover(id),
      remove: row => select([row], "remove"),
      say: words.say,
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
      size: () => drawing.size,
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
  const frame = element("div", "frame", {}, stage, tools.element, card.element, help.element, waiting);
  const side = element("div", "side", {}, colouring.element, legend.element);
  const plot = element("div", "plot", {}, frame, side);
  const box = element("div", "scatter");
  const actions = createActions(
    box,
    {
      cloud,
      selection,
      stage,
      classes: () => classes,
      palette: () => colouring.palette,
      editable,
      cursor: () => cursor.id,
      kin: row => kinNear(cloud, row, cloud.places(now()), KIN / lens.at(now()).scale),
      apply(edit, rows, since, done) {
        editor.apply(edit, rows, since, done);
        redraw();
      },
      say: words.say,
      look: () => sheet.toggle(),
    },
    signal,
  );
  words.element.prepend(actions.element);
  box.append(plot, words.element, sheet.element);

  // What the kernel sends

  function takeFrame(frame: Frame): void {
    if (frame.space !== "plane") return;
    if (editor.drag || ask.open) {
      held = frame; // nothing moves under a hand; it is not acknowledged either, so the kernel waits
      return;
    }
    const time = now();
    const duration = stillness() ? 0 : Math.min(Math.max(time - lastFrame, 120), 450);
    const former = cloud.ids;
    if (!cloud.setFrame(frame, time, duration)) return;
    lastFrame = time;
    undrawn = frame.seq;
    waiting.hidden = cloud.n > 0;
    if (cloud.ids !== former) selection.mark();
    lens.follow(cloud.bounds, drawing.size, time, former.length ? duration : 0);
    coloursChanged();
  }
  link.listen(redraw, signal);
  wire.on("frame", takeFrame);
  wire.on("ids", message => cloud.setIds(message.set, message.ids));
  wire.on("labels", message => {
    if (cloud.setColumns(message.set, message.columns)) coloursChanged();
  });
  wire.on("status", ({ status }) => {
    if (host.get("view") !== "lab") tools.offer(status.undo === true, status.redo === true);
  });

  function selectionChanged(): void {
    words.refresh();
    actions.refresh();
    sheet.refresh();
    redraw();
  }
  function select(rows: Iterable<number>, mode: Mode): void {
    selection.select(rows, mode);
    words.announceSelection();
  }
  function showCard(row: number, at: Point): void {
    card.show(row, at, drawing.size, cloud, classes, colouring.palette);
  }

  // Hands

  const pointers = followPointers(
    stage,
    {
      tool: () => tools.tool(),
      hit(at, slack) {
        if (ask.open) return -1;
        return nearest(cloud.places(now()), under(at), (drawing.radius() + slack) / lens.at(now()).scale);
      },
      hover(row, at) {
        link.hover(row < 0 ? null : cloud.ids[row]);
        stage.toggleAttribute("data-over", row >= 0);
        if (row < 0 || ask.open) card.hide();
        else showCard(row, at);
      },
      click(row, mode) {
        if (ask.cancel()) return;
        if (row >= 0) {
          cursor.put(row);
          select([row], mode);
        } else if (mode === "set") {
          cursor.clear(); // a digit pressed next must not relabel a point that was left
          select([], "set");
        }
      },
      doubleClick(row) {
        selection.selectClass(cloud.classOf(row, cloud.colourBy), "set");
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
      pan: sight.pan,
      zoom: (at, factor) => sight.zoom(factor, at),
      scrolledPast: () => words.say("To zoom, click the plot first, or hold Ctrl.", false),
    },
    signal,
  );

  // Keys

  function moveCursor(dx: number, dy: number, extend: boolean): void {
    const { row, at } = cursor.move(dx, dy);
    if (row < 0) return;
    if (extend) select([row], "add");
    showCard(row, at);
    words.announce(describePoint(cloud, row, classes));
    redraw();
  }
  function bringSelection(): void {
    const { row } = cursor;
    if (row < 0 || !editable()) return;
    if (!cloud.selectedCount || cloud.isSelected(row)) {
      words.say("Select points with Space, move the cursor to where they belong, and press Enter there.");
      return;
    }
    card.hide();
    editor.bring(cloud.selectedRows(), row, spotOf(row), selection.began);
  }
  function cancel(): boolean {
    if (ask.cancel() || pointers.cancel() || help.close() || actions.cancel()) return true;
    const shown = cursor.row >= 0;
    cursor.clear();
    card.hide();
    redraw();
    if (!cloud.selectedCount) return shown;
    select([], "set");
    return true;
  }
  followKeys(
    stage,
    {
      move: moveCursor,
      toggle() {
        const { row } = cursor;
        if (row >= 0) select([row], cloud.isSelected(row) ? "remove" : "add");
      },
      enter: bringSelection,
      cancel,
      leave: () => leave(root) || stage.blur(),
      relabel(key) {
        const index = classKeys(classes).indexOf(key);
        if (index >= 0 && editable()) actions.relabel(classes[index]);
      },
      space: down => pointers.holdSpace(down),
      undo,
      redo,
      named: {
        a: selection.all,
        i: selection.invert,
        c() {
          const { row } = cursor;
          if (row >= 0) selection.selectClass(cloud.classOf(row, cloud.colourBy), "set");
        },
        f: sight.fit,
        "+": () => sight.zoom(1.3),
        "=": () => sight.zoom(1.3),
        "-": () => sight.zoom(1 / 1.3),
        l: () => tools.choose("lasso"),
        b: () => tools.choose("rectangle"),
        p: () => tools.choose("pan"),
        g: actions.keys.extend,
        m: actions.keys.relabel,
        w: actions.keys.weigh,
        delete: actions.keys.drop,
        k: actions.keys.link,
        v: () => sheet.toggle(),
        e: save,
        u: undo,
        r: redo,
        "?": () => help.toggle(),
      },
    },
    signal,
  );

  // The page around

  function colourBy(column: string): void {
    cloud.colourBy = column;
    lit = null;
    coloursChanged();
    sight.keep();
  }
  function coloursChanged(): void {
    colouring.refresh(classes, theme.background);
    const { names, palette, byClass } = colouring;
    legend.show(names, cloud.counts(names.length), cloud.countNone(), palette, byClass && editable());
    side.hidden = colouring.element.hidden && names.length === 0;
    card.refresh();
    words.refresh();
    actions.refresh();
    redraw();
  }
  function refresh(): void {
    theme = readTheme(root);
    classes = host.get("classes");
    coloursChanged();
  }
  function still(caption: string): { canvas: HTMLCanvasElement; size: Size; alt: string } | null {
    if (cloud.n === 0 || canvas.width === 0) return null;
    const parts = [caption, cloud.colourBy === "given" ? "" : `colour: ${cloud.colourBy}`];
    const text = parts.filter(Boolean).join(" · ");
    const alt = [describe(cloud, title(), classes), text].filter(Boolean).join(". ");
    const { key, palette } = colouring;
    return { ...composeStill(canvas, drawing.ratio, theme, text, key, palette), alt };
  }
  function save(): void {
    const picture = still("");
    if (picture) void saveImage(picture.canvas, title() || "latent space");
  }
  onTheme(refresh, signal);
  onChange(host, ["classes", "editable", "title"], refresh, signal);
  const setHeight = (): void => plot.style.setProperty("--greenlatent-height", `${host.get("height")}px`);
  onChange(host, ["height"], setHeight, signal);
  for (const type of ["focus", "blur"]) stage.addEventListener(type, redraw, { signal });
  setHeight();
  coloursChanged();

  return { element: box, still };
}
