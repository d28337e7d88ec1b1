/** The parallel coordinates: every dimension an axis, brushed, ranked and dragged. */

import { createActions } from "../actions.ts";
import { createAsk } from "../ask.ts";
import { createCard } from "../card.ts";
import { createColouring } from "../colouring.ts";
import { createCommentary } from "../commentary.ts";
import { type Core, pageStorage } from "../core.ts";
import { element } from "../dom.ts";
import type { Size } from "../geometry.ts";
import { createHelp } from "../help.ts";
import { leave } from "../keys.ts";
import { createLegend } from "../legend.ts";
import { createMemory } from "../memory.ts";
import { type Host, onChange } from "../model.ts";
import { createPreviews } from "../previews.ts";
import type { AxesFrame, Frame } from "../protocol.ts";
import { createSelection } from "../selection.ts";
import { createSheet } from "../sheet.ts";
import { composeStill, saveImage } from "../still.ts";
import { onTheme, readTheme, stillness } from "../theme.ts";
import type { Wire } from "../wire.ts";
import { describe } from "../words.ts";
import { createAxes } from "./axes.ts";
import { createBrushing } from "./brushing.ts";
import { createDrawing, now } from "./drawing.ts";
import { createHand } from "./hand.ts";
import { GESTURES } from "./help.ts";
import { createPuller } from "./puller.ts";
import { Scene } from "./scene.ts";
import { Strands } from "./strands.ts";

const SILENCE = 4000; // milliseconds without an answer after which the kernel may be gone

export type Parallel = {
  element: HTMLElement;
  /** The picture with legend and caption, and in words; null before there is one. */
  still(caption: string): { canvas: HTMLCanvasElement; size: Size; alt: string } | null;
};

export function createParallel(
  host: Host,
  core: Core,
  wire: Wire,
  root: HTMLElement,
  signal: AbortSignal,
): Parallel {
  const strands = new Strands();
  const scene = new Scene(strands);
  const link = core.link(host.get("link"));
  const memory = createMemory<{ colour: string }>(host.get("session"), pageStorage());
  const editable = (): boolean => host.get("editable");
  const classes = (): readonly string[] => scene.classes;

  let theme = readTheme(root);
  let held: AxesFrame | null = null;
  let undrawn: number | null = null; // the seq of the newest frame, until it is on the screen
  let lastFrame = 0;

  // Parts

  const stage = element("div", "stage axes", {
    tabindex: 0,
    role: "application",
    "aria-roledescription": "parallel coordinates",
  });
  const drawing = createDrawing(
    stage,
    {
      scene,
      core,
      link,
      brushing: () => brushing,
      puller: () => puller,
      palette: () => colouring.palette,
      theme: () => theme,
      resized: () => axes.show(),
      drawn() {
        if (undrawn !== null) wire.send({ type: "ack", frame: undrawn });
        undrawn = null;
      },
    },
    signal,
  );
  const { redraw } = drawing;
  const waiting = element("div", "waiting", {}, "Waiting for the first picture…");
  const silence = window.setTimeout(() => {
    waiting.textContent = "No kernel answers yet. If none is running, run the cell again.";
  }, SILENCE);
  signal.addEventListener("abort", () => clearTimeout(silence));
  wire.on("hello", message => {
    clearTimeout(silence);
    if (message.n === 0) waiting.textContent = "There are no samples to show.";
  });
  const inWords = (): string => describe(strands, host.get("title"), scene.classes);
  const countAxes = (): string => {
    const n = scene.layout.axes.length;
    return `${n} ${n === 1 ? "axis" : "axes"}`;
  };
  const words = createCommentary(
    strands,
    stage,
    {
      classes,
      label: () => `${inWords()}, ${countAxes()}`,
      hint: () =>
        `Drag along an axis to brush${scene.layout.most > 0 ? ", between axes to scroll" : ""}${
          scene.pullable ? ", or drag a class by its mark." : "."
        }`,
    },
    signal,
  );
  const selection = createSelection(
    strands,
    core,
    host.get("link"),
    wire,
    () => {
      brushing.overruled();
      drawing.stale(false);
      tellSelection();
    },
    signal,
  );
  const brushing = createBrushing(
    host,
    strands,
    selection,
    () => {
      drawing.stale(false);
      if (!drawing.inHand) axes.showToolbar();
    },
    signal,
  );
  const previews = createPreviews(wire);
  const card = createCard(previews, signal);
  const ask = createAsk(stage, redraw, signal);
  const help = createHelp(GESTURES, signal);
  const legend = createLegend(
    (index, mode) => selection.selectClass(index, mode),
    over => {
      const index = over ?? -1;
      if (scene.lit === index) return;
      scene.lit = index;
      drawing.stale(false);
    },
    signal,
  );
  const colouring = createColouring(strands, colourBy, signal);
  const sheet = createSheet(
    previews,
    {
      cloud: strands,
      classes,
      hover: id => link.hover(id),
      remove(row) {
        selection.select([row], "remove");
        words.announceSelection();
      },
      say: words.say,
    },
    signal,
  );
  const tools = {
    undo: () => wire.command("undo"),
    redo: () => wire.command("redo"),
    help: () => help.toggle(),
    look: () => sheet.toggle(),
    save() {
      const picture = still("");
      if (picture) void saveImage(picture.canvas, host.get("title") || "parallel coordinates");
    },
  };
  const box = element("div", "parallel");
  const axes = createAxes(
    host,
    {
      scene,
      wire,
      words,
      drawing,
      brushing: () => brushing,
      stage,
      box,
      tools,
      moved() {
        card.hide();
        judge();
      },
    },
    signal,
  );
  const puller = createPuller({ scene, wire, ask, legend, words, released: () => letGo() }, signal);
  const actions = createActions(
    box,
    {
      cloud: strands,
      selection,
      stage,
      classes,
      palette: () => colouring.palette,
      editable,
      cursor: () => -1,
      kin: () => [],
      apply(edit, rows, since, done) {
        wire.edit(edit, Math.round(now() - since) / 1000, strands.step);
        strands.markEdited(rows);
        words.say(`${done}. U takes it back.`);
        redraw();
      },
      say: words.say,
      look: tools.look,
    },
    signal,
  );
  const letGo = createHand(
    {
      scene,
      axes,
      drawing,
      brushing,
      puller,
      selection,
      words,
      link,
      ask,
      card,
      help,
      actions,
      stage,
      tools,
      editable,
      showCard: (row, at) => card.show(row, at, scene.size, strands, scene.classes, colouring.palette),
      leave: () => leave(root) || stage.blur(),
      released() {
        const frame = held;
        held = null;
        if (frame) takeFrame(frame);
        tellSelection();
        axes.showToolbar();
        drawing.stale(false);
      },
    },
    signal,
  );
  const side = element("div", "side", {}, colouring.element, legend.element);
  const field = element("div", "frame", {}, stage, card.element, help.element, waiting);
  const frame = element("div", "axis-frame", {}, axes.toolbar.element, axes.titles, field);
  const plot = element("div", "plot", {}, frame, side);
  words.element.prepend(actions.element);
  box.append(plot, words.element, sheet.element);

  // What the kernel sends

  function takeFrame(frame: Frame): void {
    if (frame.space !== "axes") return;
    if (puller.pull || ask.open || brushing.held || scene.carried >= 0) {
      held = frame; // nothing moves under a hand; it is not acknowledged either, so the kernel waits
      return;
    }
    const time = now();
    const duration = stillness() ? 0 : Math.min(Math.max(time - lastFrame, 120), 450);
    const [former, dims] = [strands.ids, strands.dims];
    if (!strands.setAxes(frame, time, duration)) return;
    lastFrame = time;
    undrawn = frame.seq;
    waiting.hidden = strands.n > 0;
    if (strands.dims !== dims) axes.begin();
    if (strands.ids !== former) selection.mark();
    brushing.apply();
    axes.show();
    coloursChanged();
  }
  link.listen(redraw, signal);
  wire.on("frame", takeFrame);
  wire.on("ids", message => strands.setIds(message.set, message.ids));
  wire.on("labels", message => {
    if (!strands.setColumns(message.set, message.columns)) return;
    strands.labelsChanged();
    coloursChanged();
  });
  wire.on("status", ({ status }) => {
    if (host.get("view") !== "lab") axes.toolbar.offer(status.undo === true, status.redo === true);
  });
  /** Not under a hand that moves: counting 100,000 samples takes longer than drawing them. */
  function tellSelection(): void {
    if (drawing.inHand) return;
    words.refresh();
    actions.refresh();
    sheet.refresh();
  }

  // The page around

  function judge(): void {
    scene.pullable = editable() && !scene.input && strands.colourBy === "given" && scene.classes.length > 1;
  }
  function colourBy(column: string): void {
    strands.colourBy = column;
    scene.lit = -1;
    memory.write(column === host.get("colour") ? {} : { colour: column });
    coloursChanged();
  }
  function coloursChanged(): void {
    judge();
    colouring.refresh(scene.classes, theme.background);
    const { names, palette, byClass } = colouring;
    legend.show(names, strands.counts(names.length), strands.countNone(), palette, byClass && editable());
    side.hidden = colouring.element.hidden && names.length === 0;
    drawing.stale(true);
    tellSelection();
  }
  function refresh(): void {
    theme = readTheme(root);
    scene.classes = host.get("classes");
    coloursChanged();
    axes.showToolbar();
  }
  onTheme(refresh, signal);
  onChange(host, ["classes", "editable", "title"], refresh, signal);
  const setHeight = (): void => plot.style.setProperty("--greenlatent-height", `${host.get("height")}px`);
  onChange(host, ["height"], setHeight, signal);
  for (const type of ["focus", "blur"]) stage.addEventListener(type, redraw, { signal });
  stage.addEventListener("focus", axes.tell, { signal });
  setHeight();
  strands.colourBy = memory.read().colour ?? host.get("colour");
  refresh();

  function still(caption: string): { canvas: HTMLCanvasElement; size: Size; alt: string } | null {
    const picture = drawing.picture(axes.titles.clientHeight);
    if (!picture) return null;
    const { key, palette } = colouring;
    return {
      ...composeStill(picture.canvas, picture.ratio, theme, caption, key, palette),
      alt: [inWords(), countAxes(), caption].filter(Boolean).join(". "),
    };
  }

  return { element: box, still };
}
