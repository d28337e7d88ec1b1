/** The plot: what every view has around its own picture, and how a picture takes what the kernel sends. */

import { createActions } from "../edits/actions.ts";
import { createAsk } from "../edits/question.ts";
import { createSelection } from "../edits/selection.ts";
import { createCard } from "../look/card.ts";
import { createPreviews } from "../look/previews.ts";
import { createSheet } from "../look/sheet.ts";
import { describe } from "../look/words.ts";
import { element } from "../page/elements.ts";
import type { Camera, Point } from "../page/geometry.ts";
import { classKeys, leave } from "../page/keys.ts";
import { createTimer, now, on } from "../page/life.ts";
import type { Mode } from "../page/pointers.ts";
import { onTheme, readTheme, stillness } from "../paint/theme.ts";
import { createMemory, pageStorage } from "../wire/memory.ts";
import type { Edit, Frame } from "../wire/protocol.ts";
import { onChange } from "../wire/traits.ts";
import { createColouring } from "./colouring.ts";
import { createCommentary } from "./commentary.ts";
import { createHelp } from "./help.ts";
import { createLegend } from "./legend.ts";
import type { Place, PlotNeeds, Shown } from "./parts.ts";
import { composeStill, saveImage } from "./still.ts";

const SILENCE = 4000; // milliseconds without an answer after which the kernel may be gone

export type Plot = ReturnType<typeof createPlot>;

export function createPlot<F extends Frame>(place: Place, own: PlotNeeds<F>, signal: AbortSignal) {
  const { host, core, wire, root } = place;
  const { cloud } = own;
  const link = core.link(host.get("link"));
  const memory = createMemory<{ colour: string; camera: Camera }>(
    host.get("session") + (host.get("view") === "lab" && own.space === "axes" ? "/axes" : ""),
    pageStorage(),
  );
  const kept = memory.read();
  cloud.colourBy = kept.colour ?? host.get("colour");

  let theme = readTheme(root);
  let classes: readonly string[] = host.get("classes");
  let lit: number | null = null; // the class whose legend is pointed at, -1 for the points without one
  let held: F | null = null;
  let undrawn: number | null = null; // the seq of the newest frame, until it is on the screen
  let lastFrame = 0;

  const editable = (): boolean => host.get("editable");
  const inWords = (): string =>
    [describe(cloud, host.get("title"), classes), own.extent?.()].filter(Boolean).join(", ");

  // Parts

  const box = element("div", own.name);
  const stage = element("div", "stage", {
    tabindex: 0,
    role: "application",
    "aria-roledescription": own.kind,
  });
  const waiting = element("div", "waiting", {}, "Waiting for the first picture…");
  const silence = createTimer(signal);
  silence.set(SILENCE, () => {
    waiting.textContent = "No kernel answers yet. If none is running, run the cell again.";
  });
  wire.on("hello", ({ n }) => {
    silence.clear();
    if (n === 0) waiting.textContent = "There are no points to show.";
  });
  const words = createCommentary(
    cloud,
    stage,
    { classes: () => classes, label: inWords, hint: own.hint },
    signal,
  );
  const selection = createSelection(cloud, core.client, link, wire, selectionChanged, signal);
  const previews = createPreviews(wire);
  const card = createCard(previews, signal);
  const ask = createAsk(stage, () => own.redraw("marks"), signal);
  const help = createHelp(own.gestures);
  const legend = createLegend(selection.selectClass, light);
  const colouring = createColouring(cloud, colourBy);
  const sheet = createSheet(
    previews,
    {
      cloud,
      home: box,
      classes: () => classes,
      hover: link.hover,
      remove: row => select([row], "remove"),
      say: words.say,
    },
    signal,
  );
  const acts = {
    undo: () => wire.command("undo"),
    redo: () => wire.command("redo"),
    look: sheet.toggle,
    help: help.toggle,
    save() {
      const picture = still("");
      if (picture) void saveImage(picture.canvas, host.get("title") || own.kind);
    },
  };
  const actions = createActions(
    box,
    {
      cloud,
      selection,
      stage,
      classes: () => classes,
      palette: () => colouring.palette,
      editable,
      cursor: own.cursor,
      kin: own.kin,
      apply,
      say: words.say,
      look: acts.look,
    },
    signal,
  );
  const side = element("div", "side", {}, colouring.element, legend.element);
  /** The stage with what lies over it. */
  const field = element("div", "frame", {}, stage, card.element, help.element, waiting);

  // What the kernel sends

  function takeFrame(frame: Frame): void {
    if (frame.space !== own.space) return;
    if (own.held() || ask.open) {
      held = frame as F; // nothing moves under a hand; it is not acknowledged either, so the kernel waits
      return;
    }
    const time = now();
    const duration = stillness() ? 0 : Math.min(Math.max(time - lastFrame, 120), 450);
    const former = cloud.ids;
    if (!own.take(frame as F, time, duration)) return;
    lastFrame = time;
    undrawn = frame.seq;
    waiting.hidden = cloud.n > 0;
    if (cloud.ids !== former) selection.mark();
    coloursChanged();
  }
  wire.on("frame", takeFrame);
  wire.on("ids", message => cloud.setIds(message.set, message.ids));
  wire.on("labels", message => {
    if (!cloud.setColumns(message.set, message.columns)) return;
    own.labelled?.();
    coloursChanged();
  });
  wire.on("status", ({ status }) => {
    if (host.get("view") !== "lab") own.offer(status.undo === true, status.redo === true);
  });
  wire.on("selection", ({ client }) => {
    if (client !== core.client) words.say("", false); // what the kernel selects is what there is to tell
  });
  link.listen(() => own.redraw("marks"), signal);

  // What a person does

  function tell(): void {
    if (own.busy?.()) return; // counting 100,000 samples takes longer than drawing them
    words.refresh();
    actions.refresh();
    sheet.refresh();
  }
  function selectionChanged(): void {
    own.selected?.();
    tell();
    own.redraw("picked");
  }
  function select(rows: Iterable<number>, mode: Mode): void {
    selection.select(rows, mode);
    words.announceSelection();
  }
  let applied = 0; // a second edit of one selection takes the time since the first
  function apply(edit: Edit, rows: readonly number[], since: number, done: string): void {
    wire.edit(edit, Math.round(now() - Math.max(since, applied)) / 1000, cloud.step);
    applied = now();
    cloud.markEdited(rows);
    words.say(`${done}. U takes it back.`);
    own.redraw("picked");
  }
  function light(index: number | null): void {
    if (lit === index) return;
    lit = index;
    own.redraw("picked");
  }

  // The page around

  function keep(part: { colour?: string | undefined; camera?: Camera | undefined }): void {
    Object.assign(kept, part);
    memory.write(kept);
  }
  function colourBy(column: string): void {
    cloud.colourBy = column;
    lit = null;
    place.coloured?.(column);
    keep({ colour: column === host.get("colour") ? undefined : column });
    coloursChanged();
  }
  function coloursChanged(): void {
    colouring.refresh(classes, theme.background);
    own.coloured?.();
    const { names, palette, byClass } = colouring;
    legend.show(names, cloud.counts(names.length), cloud.countNone(), palette, byClass && editable());
    side.hidden = colouring.element.hidden && names.length === 0;
    card.refresh();
    tell();
    own.redraw("all");
  }
  function refresh(): void {
    theme = readTheme(root);
    classes = host.get("classes");
    coloursChanged();
  }
  function still(caption: string): ReturnType<Shown["still"]> {
    const picture = cloud.n ? own.picture() : null;
    if (!picture?.canvas.width) return null;
    const parts = [caption, cloud.colourBy === "given" ? "" : `colour: ${cloud.colourBy}`];
    const text = parts.filter(Boolean).join(" · ");
    const { key, palette } = colouring;
    return {
      ...composeStill(picture.canvas, picture.ratio, theme, text, key, palette),
      alt: [inWords(), text].filter(Boolean).join(". "),
    };
  }

  return {
    ...{ host, core, wire, link, box, field, stage, words, selection, card, ask, help, legend },
    ...{ actions, acts, select, apply, refresh, keep, kept, editable, still },
    get theme() {
      return theme;
    },
    get classes() {
      return classes;
    },
    get palette() {
      return colouring.palette;
    },
    get lit() {
      return lit;
    },
    showCard(row: number, at: Point): void {
      card.show(row, at, own.size(), cloud, classes, colouring.palette);
    },
    /** Everything that was sent is on the screen. */
    drawn(): void {
      if (undrawn !== null) wire.send({ type: "ack", frame: undrawn });
      undrawn = null;
    },
    /** The hand is off: a frame that waited may come. */
    released(): void {
      const frame = held;
      held = null;
      if (frame) takeFrame(frame);
      tell();
      own.redraw("picked");
    },
    /** What keys do in every view. */
    keys: {
      leave: () => leave(root) || stage.blur(),
      relabel(key: string): void {
        const index = classKeys(classes).indexOf(key);
        if (index >= 0 && editable()) actions.relabel(classes[index]);
      },
      undo: acts.undo,
      redo: acts.redo,
    },
    letters: {
      a: selection.all,
      i: selection.invert,
      g: actions.keys.extend,
      m: actions.keys.relabel,
      w: actions.keys.weigh,
      delete: actions.keys.drop,
      k: actions.keys.link,
      v: acts.look,
      e: acts.save,
      u: acts.undo,
      r: acts.redo,
      "?": acts.help,
    },
    /** Puts it all together, around the view's own frame, when the view's parts are there. */
    assemble(frame: HTMLElement): Shown {
      const plot = element("div", "plot", {}, frame, side);
      words.element.prepend(actions.element);
      box.append(plot, words.element);
      const setHeight = (): void => plot.style.setProperty("--greenlatent-height", `${host.get("height")}px`);
      onTheme(refresh, signal);
      onChange(host, ["classes", "editable", "title"], refresh, signal);
      onChange(host, ["height"], setHeight, signal);
      on(stage, ["focus", "blur"], () => own.redraw("marks"), signal);
      setHeight();
      refresh();
      return { element: box, colourBy, still, lookAbove: sheet.openAbove };
    },
  };
}
