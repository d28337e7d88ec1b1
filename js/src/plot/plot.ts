/** The plot: what every view has around its own picture, and how a picture takes what the kernel sends. */

import { createActions } from "../edits/actions.ts";
import { createCrowds } from "../edits/crowds.ts";
import { createAsk } from "../edits/question.ts";
import { createSelection } from "../edits/selection.ts";
import { createCard } from "../look/card.ts";
import { createPreviews } from "../look/previews.ts";
import { createSheet } from "../look/sheet.ts";
import { describe } from "../look/words.ts";
import { element } from "../page/elements.ts";
import { now, on } from "../page/life.ts";
import type { Mode } from "../page/pointers.ts";
import { followTheme } from "../paint/theme.ts";
import { createMemory, type Kept, pageStorage } from "../wire/memory.ts";
import type { Edit, Frame } from "../wire/protocol.ts";
import { onChange } from "../wire/traits.ts";
import { createColouring } from "./colouring.ts";
import { createCommentary } from "./commentary.ts";
import { createFrames } from "./frames.ts";
import { createHelp } from "./help.ts";
import { createLegend } from "./legend.ts";
import type { Place, Plot, PlotNeeds, Remembered, Shown } from "./parts.ts";
import { createShortcuts } from "./shortcuts.ts";
import { composeStill, saveImage } from "./still.ts";

export function createPlot<F extends Frame>(place: Place, own: PlotNeeds<F>, signal: AbortSignal): Plot {
  const { host, core, wire, root } = place;
  const { cloud } = own;
  const link = core.link(host.get("link"));
  const memory = createMemory<Remembered>(
    host.get("session") + (host.get("view") === "lab" && own.space === "axes" ? "/axes" : ""),
    pageStorage(),
  );
  const kept = memory.read();
  cloud.colourBy = kept.colour ?? host.get("colour");

  const colours = followTheme(root, coloursChanged, signal);
  let classes: readonly string[] = host.get("classes");
  let lit: number | null = null; // the class whose legend is pointed at, -1 for the points without one

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
  const around = createCrowds(cloud, wire, signal);
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
      remove: row => choose([row], "remove"),
      say: words.say,
      key: ({ key, shiftKey, altKey }) =>
        void stage.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, altKey })),
    },
    signal,
  );
  const acts = {
    undo: () => wire.command("undo"),
    redo: () => wire.command("redo"),
    look: sheet.toggle,
    solve() {
      if (host.get("view") === "lab") wire.command("solve");
    },
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
      around,
      apply,
      say: words.say,
      look: acts.look,
    },
    signal,
  );
  const frames = createFrames(
    {
      wire,
      ask,
      own,
      taken(anew) {
        if (anew) selection.mark();
        coloursChanged();
      },
      tell,
    },
    signal,
  );
  const keys = createShortcuts({ root, stage, classes: () => classes, editable, selection, actions, acts });
  const side = element("div", "side", colouring.element, legend.element);
  /** The stage with what lies over it. */
  const field = element("div", "frame", stage, card.element, help.element, frames.waiting);

  // What the kernel sends

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
  let states = new Map<number, string>(); // of the edits, by their line
  wire.on("journal", ({ rows }) => {
    for (const { n, text, state } of rows) {
      const former = states.get(n);
      if (former === state || !former) continue;
      words.say(
        state === "in force"
          ? `In force again: ${text}.`
          : `${state === "undone" ? "Undone" : "Muted"}: ${text}.`,
      );
    }
    states = new Map(rows.map(({ n, state }) => [n, state]));
  });
  on(
    root,
    "keydown",
    event => {
      if (event.key !== "Escape" || ask.open || !help.close()) return;
      event.preventDefault();
      event.stopPropagation();
    },
    signal,
    { capture: true },
  );

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
  function choose(rows: Iterable<number>, mode: Mode): void {
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

  function keep(part: Kept<Remembered>): void {
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
    colouring.refresh(classes, colours.theme.background);
    own.coloured?.();
    const { names, palette, byClass } = colouring;
    legend.show(names, cloud.counts(names.length), cloud.countNone(), palette, byClass && editable());
    side.hidden = colouring.element.hidden && names.length === 0;
    card.refresh();
    tell();
    own.redraw("all");
  }
  function refresh(): void {
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
      ...composeStill(picture.canvas, picture.ratio, colours.theme, text, key, palette),
      alt: [inWords(), text].filter(Boolean).join(". "),
    };
  }

  function assemble(frame: HTMLElement): Shown {
    const plot = element("div", "plot", frame, side);
    words.element.prepend(actions.element);
    box.append(plot, words.element);
    const setHeight = (): void => plot.style.setProperty("--greenlatent-height", `${host.get("height")}px`);
    onChange(host, ["classes", "editable", "title"], refresh, signal);
    onChange(host, ["height"], setHeight, signal);
    on(stage, ["focus", "blur"], () => own.redraw("marks"), signal);
    setHeight();
    refresh();
    return { element: box, colourBy, still, lookAbove: sheet.openAbove };
  }

  return {
    page: {
      ...place,
      ...{ stage, field, box, editable, kept, keep, keys, assemble },
      get classes() {
        return classes;
      },
    },
    select: { link, selection, choose, ask, around, actions, apply },
    say: {
      ...{ words, card, legend, help, acts },
      showCard: (row, at) => card.show(row, at, own.size(), cloud, classes, colouring.palette),
    },
    draw: {
      ...frames,
      get theme() {
        return colours.theme;
      },
      get palette() {
        return colouring.palette;
      },
      get lit() {
        return lit;
      },
    },
  };
}
