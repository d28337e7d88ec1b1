/** The parallel coordinates: every dimension an axis, brushed, ranked and dragged. */

import { createActions } from "../actions.ts";
import { createAsk } from "../ask.ts";
import { createCard } from "../card.ts";
import { createColouring } from "../colouring.ts";
import { css } from "../colours.ts";
import { createCommentary } from "../commentary.ts";
import { type Core, type Drawable, pageStorage } from "../core.ts";
import { element } from "../dom.ts";
import type { Point, Size } from "../geometry.ts";
import type { Mode } from "../gestures.ts";
import { createHelp } from "../help.ts";
import { followKeys } from "../keyboard.ts";
import { classKeys, leave } from "../keys.ts";
import { createLegend } from "../legend.ts";
import { createMemory } from "../memory.ts";
import { createMenu } from "../menu.ts";
import { type Host, onChange } from "../model.ts";
import { createPreviews } from "../previews.ts";
import type { AxesFrame, Edit, Frame } from "../protocol.ts";
import { createSelection } from "../selection.ts";
import { createSheet } from "../sheet.ts";
import { composeStill, saveImage } from "../still.ts";
import { onTheme, readTheme, stillness } from "../theme.ts";
import type { Wire } from "../wire.ts";
import { describe, points } from "../words.ts";
import {
  type Arrangement,
  inSight,
  layOut,
  moveAxis,
  nearestAxis,
  placeOf,
  sortByScore,
  toggle,
  visibleAxes,
} from "./arrangement.ts";
import { countBrushes } from "./brushes.ts";
import { createBrushing } from "./brushing.ts";
import { followHands, type Target } from "./hands.ts";
import { GESTURES } from "./help.ts";
import { createLayer } from "./layers.ts";
import { type AxisMarks, drawMarks, heightAt, type MeanLine, yOf } from "./marks.ts";
import { createPuller } from "./puller.ts";
import { short } from "./scale.ts";
import { Strands } from "./strands.ts";
import { createTitles } from "./titles.ts";
import { createToolbar } from "./toolbar.ts";
import { describeAxis, type Scores, scoreText, statisticName } from "./words.ts";

const SILENCE = 4000; // milliseconds without an answer after which the kernel may be gone
const REST = 150; // milliseconds after which a view that was scrolled is drawn sharply
const TOP = 16;
const BOTTOM = 14;
const FEW_CLASSES = 12; // whose means are all drawn; of more, only the one that is pointed at
const STEP = 0.05; // of an axis, by an arrow key
const EDGE = 6; // pixels
const GRIP = 9;

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
  const link = core.link(host.get("link"));
  const memory = createMemory<{ colour: string }>(host.get("session"), pageStorage());
  const now = (): number => performance.now();
  const glide = (duration: number): number => (stillness() ? 0 : duration);

  let size: Size = { width: 0, height: 0 };
  let ratio = 1;
  let classes = host.get("classes");
  let theme = readTheme(root);
  let lit = -1; // the class whose legend is pointed at
  let names: string[] = [];
  let space = "latent";
  let statistics: string[] = [];
  let statistic = "f_ratio";
  let scores: Scores | null = null;
  let best = 1;
  let scroll = 0;
  let layout = layOut([], 0, 0);
  let cursor = { place: 0, height: 0.5 };
  let started: number | null = null; // the height where the keyboard began a brush
  let keep = 0;
  let carried = -1; // the axis whose title is under the hand
  let held: AxesFrame | null = null;
  let undrawn: number | null = null; // the seq of the newest frame, until it is on the screen
  let lastFrame = 0;
  let baseStale = true;
  let chosenStale = true;
  let rested = 0; // when a scrolled view comes to rest
  let inHand = false; // a hand moves something: pictures may be coarser, words can wait

  const redraw = (): void => core.schedule(view);
  const editable = (): boolean => host.get("editable");
  /** Whether classes can be dragged: their means are on the picture, and a model could follow. */
  const pullable = (): boolean =>
    editable() && space === "latent" && strands.colourBy === "given" && classes.length > 1;
  const axisAt = (place: number): number => layout.axes[place];
  const nameOf = (axis: number): string => names[axis] ?? `axis ${axis + 1}`;
  const frame = { top: TOP, bottom: 0 };

  // Parts

  const canvas = element("canvas", "points");
  const overlay = element("canvas", "overlay");
  const stage = element(
    "div",
    "stage axes",
    { tabindex: 0, role: "application", "aria-roledescription": "parallel coordinates" },
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
    strands,
    stage,
    {
      classes: () => classes,
      label() {
        const of = `${layout.axes.length} ${layout.axes.length === 1 ? "axis" : "axes"}`;
        return `${describe(strands, title(), classes)}, ${of}`;
      },
      hint() {
        const parts = ["Drag along an axis to brush"];
        if (layout.most > 0) parts.push("between axes to scroll");
        return `${parts.join(", ")}${pullable() ? ", or drag a class by its mark." : "."}`;
      },
    },
    signal,
  );
  const selection = createSelection(strands, core, host.get("link"), wire, selectionChanged, signal);
  const brushing = createBrushing(host, strands, selection, brushesChanged, signal);
  const previews = createPreviews(wire);
  const card = createCard(previews, signal);
  const ask = createAsk(stage, redraw, signal);
  const help = createHelp(GESTURES, signal);
  const undo = (): void => wire.command("undo");
  const redo = (): void => wire.command("redo");
  const toolbar = createToolbar(
    {
      score: askScores,
      sort: sortAxes,
      combine: next => brushing.setCombine(next),
      clear: clearBrushes,
      showHidden: () => rearrange({ ...strands.arrangement, hidden: [] }),
      help: () => help.toggle(),
      save,
      undo,
      redo,
      keep(count) {
        keep = Math.min(Math.max(Math.round(count), 1), strands.dims);
        showAxes();
      },
      rank: useRanking,
    },
    signal,
  );
  const titles = createTitles(
    {
      open: openMenu,
      carry(axis, x) {
        carried = axis;
        const place = nearestAxis(layout, x);
        if (axisAt(place) !== axis) rearrange(moveAxis(strands.arrangement, axis, place));
        else redraw();
      },
      drop() {
        const place = layout.axes.indexOf(carried);
        words.announce(`${nameOf(carried)} is axis ${place + 1} of ${layout.axes.length}`);
        carried = -1;
        redraw();
      },
    },
    signal,
  );
  const legend = createLegend(
    (index, mode) => selection.selectClass(index, mode),
    over => {
      const index = over ?? -1;
      if (lit === index) return;
      lit = index;
      chosenStale = true;
      redraw();
    },
    signal,
  );
  const colouring = createColouring(strands, colourBy, signal);
  const sheet = createSheet(
    previews,
    {
      cloud: strands,
      classes: () => classes,
      hover: id => link.hover(id),
      remove: row => select([row], "remove"),
      say: words.say,
    },
    signal,
  );
  const field = element("div", "frame", {}, stage, card.element, help.element, waiting);
  const side = element("div", "side", {}, colouring.element, legend.element);
  const axes = element("div", "axis-frame", {}, toolbar.element, titles.element, field);
  const puller = createPuller(
    {
      strands,
      wire,
      ask,
      legend,
      classes: () => classes,
      nameOf,
      spotOf: (axis, height) => spotOf(layout.axes.indexOf(axis), height),
      size: () => size,
      say: words.say,
      announce: words.announce,
      released: letGo,
    },
    signal,
  );
  const plot = element("div", "plot", {}, axes, side);
  const box = element("div", "parallel");
  const menu = createMenu(box, stage, signal);
  const actions = createActions(
    box,
    {
      cloud: strands,
      selection,
      stage,
      classes: () => classes,
      palette: () => colouring.palette,
      editable,
      cursor: () => -1,
      kin: () => [],
      apply,
      say: words.say,
      look: () => sheet.toggle(),
    },
    signal,
  );
  words.element.prepend(actions.element);
  box.append(plot, words.element, sheet.element);

  // Drawing

  const base = createLayer();
  const chosen = createLayer();
  const spotOf = (place: number, height: number): Point => ({
    x: placeOf(layout, place),
    y: yOf(frame, height),
  });

  /** The rows that are picked out: the class that is pointed at, else the selection. */
  function chosenRows(): Uint32Array {
    const rows = new Uint32Array(strands.n);
    const column = lit < 0 ? null : strands.columns.get(strands.colourBy);
    let count = 0;
    for (let row = 0; row < strands.n; row++) {
      if (column ? column.values[row] === lit : strands.isSelected(row)) rows[count++] = row;
    }
    return rows.subarray(0, count);
  }
  function drawLines(ctx: CanvasRenderingContext2D, time: number): void {
    const gliding = strands.gliding(time);
    const box = { width: size.width, height: frame.bottom - frame.top };
    const sight = { strands, layout, size: box, ratio, palette: colouring.palette, now: time };
    const picked = lit >= 0 || strands.selectedCount > 0;
    const coarse = gliding || time < rested;
    if (baseStale || coarse) base.paint(sight, null, coarse);
    if (picked && (chosenStale || baseStale || coarse)) chosen.paint(sight, chosenRows(), coarse || inHand);
    baseStale = coarse; // what comes to rest is drawn as sharp as any
    chosenStale = coarse || (picked && inHand);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, size.width, size.height);
    ctx.globalAlpha = picked ? 0.22 : 1;
    ctx.drawImage(base.canvas, 0, frame.top, box.width, box.height);
    ctx.globalAlpha = 1;
    if (picked) ctx.drawImage(chosen.canvas, 0, frame.top, box.width, box.height);
  }
  function meanLines(from: number, to: number, time: number): MeanLine[] {
    if (strands.colourBy !== "given" || !classes.length) return [];
    const bright = puller.pull?.label ?? lit;
    const shown = classes.length <= FEW_CLASSES ? classes.map((_, k) => k) : bright >= 0 ? [bright] : [];
    return shown.map(label => ({
      label,
      bright: bright < 0 || bright === label,
      heights: layout.axes.map((axis, k) =>
        k < from || k > to ? Number.NaN : meanHeight(axis, label, time),
      ),
    }));
  }
  /** Means glide with their lines: each is where the scale of now, or the glide on the way to it, puts it. */
  function meanHeight(axis: number, label: number, time: number): number {
    return strands.meanHeight(axis, label, classes.length, time);
  }
  function lineOf(row: number, from: number, to: number, time: number): number[] {
    return layout.axes.map((axis, k) => (k < from || k > to ? Number.NaN : strands.heights(axis, time)[row]));
  }
  function drawOver(ctx: CanvasRenderingContext2D, time: number): void {
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, size.width, size.height);
    if (!layout.axes.length) return;
    const [from, to] = inSight(layout, size.width);
    const focused = stage.matches(":focus-visible") || puller.byKey;
    const { left } = keptOf();
    const axes = layout.axes.map((axis, place): AxisMarks => {
      const x = placeOf(layout, place);
      if (place < from || place > to)
        return { x: -100, ticks: [], brushes: [], current: false, leftOut: false };
      const scale = strands.scale(axis);
      const current = carried === axis || (focused && place === cursor.place);
      const brushes = (brushing.brushes[axis] ?? []).map(interval => {
        const [a, b] = [scale.heightOf(interval[0]), scale.heightOf(interval[1])];
        return a <= b ? ([a, b] as const) : ([b, a] as const);
      });
      return { x, ticks: scale.ticks, brushes, current, leftOut: left.has(axis) };
    });
    const hovered = link.hovered === null || puller.pull ? -1 : strands.rowOf(link.hovered);
    const last = layout.axes.findIndex(axis => left.has(axis));
    const hold = brushing.held;
    drawMarks(ctx, {
      frame,
      width: size.width,
      axes,
      means: meanLines(from, to, time),
      hovered: hovered >= 0 ? [lineOf(hovered, from, to, time)] : [],
      cursor: focused && !puller.pull ? spotOf(cursor.place, cursor.height) : null,
      pulled: puller.marks(),
      readout: hold
        ? {
            at: {
              x: placeOf(layout, layout.axes.indexOf(hold.axis)) + 12,
              y: yOf(frame, strands.scale(hold.axis).heightOf(hold.interval[1])),
            },
            text: rangeText(hold.axis, hold.interval),
          }
        : null,
      scrolled:
        layout.most > 0
          ? ([scroll, scroll + size.width].map(x => x / (layout.most + size.width)) as [number, number])
          : null,
      divider: last > 0 ? placeOf(layout, last) - layout.gap / 2 : null,
      palette: colouring.palette,
      theme,
    });
  }
  const rangeText = (axis: number, [low, high]: readonly [number, number]): string => {
    const { lo, hi } = strands.coded(axis);
    return `${short(low, hi - lo)} to ${short(high, hi - lo)}`;
  };
  const view: Drawable = {
    draw(_, time: number): boolean {
      const ctx = canvas.getContext("2d");
      const over = overlay.getContext("2d");
      if (!ctx || !over || size.width === 0) return false;
      const moment = Math.max(time, now()); // a glide that began after this tick must not run backwards
      const gliding = strands.gliding(moment);
      drawLines(ctx, moment);
      drawOver(over, moment);
      if (undrawn !== null) wire.send({ type: "ack", frame: undrawn });
      undrawn = null;
      return gliding || moment < rested;
    },
  };

  // What the kernel sends

  function takeFrame(frame: Frame): void {
    if (frame.space !== "axes") return;
    if (puller.pull || ask.open || brushing.held) {
      held = frame; // nothing moves under a hand; it is not acknowledged either, so the kernel waits
      return;
    }
    const time = now();
    const duration = glide(Math.min(Math.max(time - lastFrame, 120), 450));
    const [former, dims] = [strands.ids, strands.dims];
    if (!strands.setAxes(frame, time, duration)) return;
    lastFrame = time;
    undrawn = frame.seq;
    waiting.hidden = true;
    if (strands.dims !== dims) {
      keep = strands.dims;
      strands.rearrange(host.get("arrangement"), time, 0);
    }
    if (strands.ids !== former) selection.mark();
    brushing.apply();
    showAxes();
    coloursChanged();
  }
  function release(): void {
    inHand = false;
    const frame = held;
    held = null;
    if (frame) takeFrame(frame);
    tellSelection();
    redraw();
  }
  link.listen(redraw, signal);
  wire.on("frame", takeFrame);
  wire.on("ids", message => strands.setIds(message.set, message.ids));
  wire.on("labels", message => {
    if (!strands.setColumns(message.set, message.columns)) return;
    strands.labelsChanged();
    coloursChanged();
  });
  wire.on("axes", message => {
    names = message.names;
    space = message.space;
    statistics = message.statistics;
    showAxes();
  });
  wire.on("scores", message => {
    scores = message;
    statistic = message.statistic;
    const finite = message.values.filter(Number.isFinite);
    best = finite.reduce((a, b) => Math.max(a, b), 0) || 1;
    showAxes();
  });
  wire.on("status", ({ status }) => {
    if (host.get("view") !== "lab") toolbar.offer(status.undo === true, status.redo === true);
  });

  function selectionChanged(): void {
    brushing.overruled();
    chosenStale = true;
    if (!inHand) tellSelection();
    redraw();
  }
  /** Not under a hand that moves: counting 100,000 samples takes longer than drawing them. */
  function tellSelection(): void {
    words.refresh();
    actions.refresh();
    sheet.refresh();
  }
  function brushesChanged(): void {
    chosenStale = true;
    showToolbar();
    redraw();
  }
  function select(rows: Iterable<number>, mode: Mode): void {
    selection.select(rows, mode);
    words.announceSelection();
  }

  // Axes

  function rearrange(next: Arrangement): void {
    strands.rearrange(next, now(), glide(250));
    host.set("arrangement", strands.arrangement);
    host.save_changes();
    showAxes();
  }
  onChange(
    host,
    ["arrangement"],
    () => {
      if (JSON.stringify(host.get("arrangement")) === JSON.stringify(strands.arrangement)) return;
      strands.rearrange(host.get("arrangement"), now(), glide(250));
      showAxes();
    },
    signal,
  );
  /** Places of the axes, their titles, and the row above. */
  function showAxes(): void {
    layout = layOut(visibleAxes(strands.arrangement), size.width, scroll);
    scroll = layout.scroll;
    cursor.place = Math.min(Math.max(cursor.place, 0), Math.max(layout.axes.length - 1, 0));
    baseStale = chosenStale = true;
    stage.toggleAttribute("data-scrolls", layout.most > 0);
    showTitles();
    showToolbar();
    words.refresh();
    redraw();
  }
  function showTitles(): void {
    const [from, to] = inSight(layout, size.width);
    const { left } = keptOf();
    titles.show(
      layout.axes.slice(from, to + 1).map((axis, k) => {
        const text = scoreText(scores, axis);
        const share = Math.min(Math.max((scores?.values[axis] ?? 0) / best, 0), 1);
        return {
          axis,
          x: placeOf(layout, from + k),
          name: nameOf(axis),
          score: text ? { text, share } : null,
          current: axis === carried,
          leftOut: left.has(axis),
        };
      }),
      Math.max(layout.gap - 8, 40),
    );
  }
  function showToolbar(): void {
    toolbar.show({
      statistic,
      statistics,
      scored: scores !== null,
      combine: brushing.combine,
      brushes: countBrushes(brushing.brushes),
      hidden: strands.arrangement.hidden.length,
      ranking: space === "input" && editable() && strands.dims > 1 ? { keep, of: strands.dims } : null,
    });
  }
  /** The features in their order as a ranking, hidden ones last, and those that would be left out. */
  function keptOf(): { order: number[]; left: Set<number> } {
    const { order, hidden } = strands.arrangement;
    const ranked = [...layout.axes, ...order.filter(axis => hidden.includes(axis))];
    return { order: ranked, left: new Set(space === "input" ? ranked.slice(keep) : []) };
  }
  function useRanking(): void {
    const { order, left } = keptOf();
    if (!editable() || space !== "input" || left.size === 0) return;
    wire.edit({ kind: "RankFeatures", order: Uint32Array.from(order), keep }, null, strands.step);
    words.say(`Training keeps ${keep} of ${order.length} features from the next step on. U takes it back.`);
  }
  function askScores(next: string): void {
    statistic = next;
    words.say(`${statisticName(next)}: asking the kernel…`, false);
    wire.command("relevance", { statistic: next });
  }
  function sortAxes(): void {
    if (!scores) return;
    rearrange(sortByScore(strands.arrangement, scores.values));
    scroll = 0;
    showAxes();
    words.say(`Sorted by ${statisticName(scores.statistic)}. ${scores.text}`);
  }
  function clearBrushes(): void {
    brushing.clear();
    words.announceSelection();
  }
  function openMenu(axis: number): void {
    const place = layout.axes.indexOf(axis);
    if (place < 0) return;
    cursor.place = place;
    const { arrangement } = strands;
    const [flipped, quantile] = [arrangement.flipped.includes(axis), arrangement.quantile.includes(axis)];
    const coded = strands.coded(axis);
    const { missing, pooled } = strands.spread(axis, classes.length);
    const score = scoreText(scores, axis);
    const facts = [`${nameOf(axis)}: ${rangeText(axis, [coded.lo, coded.hi])}`];
    if (pooled > 0) facts[0] += `, classes ${short(pooled, coded.hi - coded.lo)} wide (1 sd)`;
    if (missing)
      facts.push(
        `${points(missing)} without a value: ${missing === strands.n ? "nothing to draw" : "their lines have a gap"}`,
      );
    if (score) facts.push(`${score}. ${scores?.text ?? ""}`);
    const more = brushing.brushes[axis]?.length;
    const title = titles.of(axis) ?? stage;
    const items = [
      { text: flipped ? "Upright again" : "Flip", key: "F", act: () => flip(axis) },
      { text: quantile ? "Linear scale" : "Quantile scale", key: "Q", act: () => rescale(axis) },
      { text: "Hide", key: "H", act: () => hide(axis) },
      { text: "Move left", key: "Shift ←", act: () => moveBy(place, -1) },
      { text: "Move right", key: "Shift →", act: () => moveBy(place, 1) },
    ];
    if (more) items.push({ text: "Clear its brushes", key: "⌫", act: () => brushing.remove(axis, null) });
    menu.open(`Axis ${nameOf(axis)}`, items, title, facts);
  }
  const flip = (axis: number): void =>
    rearrange({ ...strands.arrangement, flipped: toggle(strands.arrangement.flipped, axis) });
  const rescale = (axis: number): void =>
    rearrange({ ...strands.arrangement, quantile: toggle(strands.arrangement.quantile, axis) });
  function hide(axis: number): void {
    if (layout.axes.length < 2) return;
    brushing.remove(axis, null);
    rearrange({ ...strands.arrangement, hidden: toggle(strands.arrangement.hidden, axis) });
    words.say(`${nameOf(axis)} is hidden.`);
  }
  function moveBy(place: number, by: number): void {
    const axis = axisAt(place);
    const to = Math.min(Math.max(place + by, 0), layout.axes.length - 1);
    if (axis === undefined || to === place) return;
    rearrange(moveAxis(strands.arrangement, axis, to));
    cursor.place = to;
    bring(to);
    words.announce(`${nameOf(axis)} is axis ${to + 1} of ${layout.axes.length}`);
  }
  function pan(dx: number): boolean {
    const next = Math.min(Math.max(scroll + dx, 0), layout.most);
    if (next === scroll) return layout.most > 0;
    scroll = next;
    rested = now() + REST;
    card.hide();
    showAxes();
    return true;
  }
  /** Scrolls an axis into sight. */
  function bring(place: number): void {
    const x = placeOf(layout, place);
    const room = Math.min(layout.gap, size.width / 3);
    if (x < room) pan(x - room);
    else if (x > size.width - room) pan(x - size.width + room);
  }

  // Hands

  function targetAt(at: Point, slack: number): Target {
    const place = nearestAxis(layout, at.x);
    if (place < 0 || ask.open) return { kind: "ground" };
    const axis = axisAt(place);
    const scale = strands.scale(axis);
    const aside = Math.abs(at.x - placeOf(layout, place));
    if (aside <= GRIP + slack) {
      const label = meanAt(axis, at.y, GRIP + slack);
      if (label >= 0) return { kind: "mean", place, label };
    }
    if (aside <= Math.min(14 + slack, layout.gap / 3)) {
      for (const [interval, values] of (brushing.brushes[axis] ?? []).entries()) {
        const ends = values.map(value => yOf(frame, scale.heightOf(value)));
        for (const end of [0, 1] as const) {
          if (Math.abs(at.y - ends[end]) <= EDGE + slack / 2) return { kind: "edge", place, interval, end };
        }
        if ((at.y - ends[0]) * (at.y - ends[1]) < 0) return { kind: "brush", place, interval };
      }
      return { kind: "axis", place };
    }
    const row = lineAt(at, 5 + slack);
    return row >= 0 ? { kind: "line", row } : { kind: "ground" };
  }
  /** The class whose mean can be taken at a spot of an axis, or -1. */
  function meanAt(axis: number, y: number, reach: number): number {
    if (!pullable()) return -1;
    let [found, least] = [-1, reach];
    classes.forEach((_, label) => {
      if (classes.length > FEW_CLASSES && label !== lit) return;
      const away = Math.abs(yOf(frame, meanHeight(axis, label, now())) - y);
      if (away <= least) [found, least] = [label, away];
    });
    return found;
  }
  /** The sample whose line passes a spot between two axes, or -1: a scan, as fast as one look at each. */
  function lineAt(at: Point, reach: number): number {
    const k = Math.floor((at.x - placeOf(layout, 0)) / layout.gap);
    if (k < 0 || k + 1 >= layout.axes.length) return -1;
    const t = (at.x - placeOf(layout, k)) / layout.gap;
    const [left, right] = [strands.heights(axisAt(k), now()), strands.heights(axisAt(k + 1), now())];
    const height = heightAt(frame, at.y);
    const only = strands.selectedCount > 0;
    let [found, least] = [-1, reach / (frame.bottom - frame.top)];
    for (let row = 0; row < strands.n; row++) {
      const away = Math.abs(left[row] + (right[row] - left[row]) * t - height);
      if (away < least && !(only && !strands.isSelected(row))) [found, least] = [row, away];
    }
    return found;
  }
  const CURSORS: Partial<Record<Target["kind"], string>> = {
    mean: "grab",
    edge: "ns-resize",
    brush: "move",
    axis: "crosshair",
    line: "pointer",
  };
  const cancelHand = followHands(
    stage,
    {
      target: targetAt,
      hover(target, at) {
        stage.style.cursor = CURSORS[target.kind] ?? (layout.most > 0 ? "grab" : "default");
        link.hover(target.kind === "line" ? strands.ids[target.row] : null);
        if (target.kind === "line") card.show(target.row, at, size, strands, classes, colouring.palette);
        else card.hide();
      },
      click(target, mode) {
        if (ask.cancel()) return;
        if (target.kind === "brush") brushing.remove(axisAt(target.place), target.interval);
        else if (target.kind === "line") select([target.row], mode);
        else if (target.kind === "mean") selection.selectClass(target.label, mode);
        else if (target.kind === "axis") {
          cursor.place = target.place;
          if (brushing.brushes[axisAt(target.place)]) brushing.remove(axisAt(target.place), null);
        } else if (target.kind === "ground" && mode === "set") {
          brushing.clear();
          select([], "set");
        }
        words.refresh();
        redraw();
      },
      doubleClick(target) {
        if (target.kind === "line")
          selection.selectClass(strands.classOf(target.row, strands.colourBy), "set");
      },
      grab(target, at) {
        ask.cancel();
        card.hide();
        link.hover(null);
        if (target.kind === "line" || target.kind === "ground") return false;
        cursor.place = target.place;
        const axis = axisAt(target.place);
        if (target.kind === "mean") puller.take(axis, target.label, false);
        else if (target.kind === "axis") brushing.take(axis, heightAt(frame, at.y), null, null);
        else {
          const end = target.kind === "edge" ? target.end : null;
          brushing.take(axis, heightAt(frame, at.y), target.interval, end);
        }
        inHand = true;
        stage.setAttribute("data-dragging", "");
        return true;
      },
      drag(at) {
        const height = heightAt(frame, at.y);
        if (puller.pull) puller.moveTo(height);
        else brushing.moveTo(height);
        redraw();
      },
      drop() {
        stage.removeAttribute("data-dragging");
        if (puller.pull) void puller.drop();
        else {
          brushing.letGo(true);
          release();
          words.announceSelection();
        }
      },
      letGo,
      pan,
    },
    signal,
  );
  function letGo(): void {
    stage.removeAttribute("data-dragging");
    puller.letGo();
    if (brushing.held) brushing.letGo(false);
    release();
  }

  // Keys

  function move(dx: number, dy: number, extend: boolean): void {
    if (!layout.axes.length) return;
    const axis = axisAt(cursor.place);
    if (puller.byKey) puller.nudge(dy);
    else if (dx && extend) moveBy(cursor.place, dx);
    else if (dx) {
      endKeyBrush();
      cursor = { ...cursor, place: Math.min(Math.max(cursor.place + dx, 0), layout.axes.length - 1) };
      bring(cursor.place);
      announceAxis();
    } else {
      cursor = { ...cursor, height: Math.min(Math.max(cursor.height + dy * STEP, 0), 1) };
      if (started !== null) brushing.moveTo(cursor.height);
      const { lo, hi } = strands.coded(axis);
      words.announce(`${short(strands.scale(axis).valueAt(cursor.height), hi - lo)}`);
    }
    redraw();
  }
  function announceAxis(): void {
    const axis = axisAt(cursor.place);
    if (axis === undefined) return;
    const spread = strands.spread(axis, classes.length);
    const brushes = brushing.brushes[axis]?.length ?? 0;
    const score = scoreText(scores, axis);
    words.announce(
      describeAxis(nameOf(axis), cursor.place, layout.axes.length, score, spread, classes, brushes),
    );
  }
  /** Space begins an interval at the cursor, and Space again ends it. */
  function toggleBrush(): void {
    if (!layout.axes.length || puller.pull) return;
    if (started !== null) {
      endKeyBrush();
      words.announceSelection();
      return;
    }
    started = cursor.height;
    brushing.take(axisAt(cursor.place), cursor.height, null, null);
    words.say("Up and down draw the brush, Space ends it.");
  }
  function endKeyBrush(): void {
    if (started === null) return;
    started = null;
    brushing.letGo(true);
    release();
  }
  function removeBrush(): void {
    const axis = axisAt(cursor.place);
    const value = strands.dims ? strands.scale(axis).valueAt(cursor.height) : 0;
    const at = (brushing.brushes[axis] ?? []).findIndex(([low, high]) => low <= value && value <= high);
    brushing.remove(axis, at < 0 ? null : at);
    words.announceSelection();
  }
  /** What the actions do with the selection. */
  function apply(edit: Edit, rows: readonly number[], since: number, done: string): void {
    wire.edit(edit, Math.round(now() - since) / 1000, strands.step);
    strands.markEdited(rows);
    words.say(`${done}. U takes it back.`);
    redraw();
  }
  function cancel(): boolean {
    if (ask.cancel() || menu.close() || cancelHand() || help.close() || actions.cancel()) return true;
    if (puller.pull || started !== null) {
      started = null;
      letGo();
      return true;
    }
    card.hide();
    if (!strands.selectedCount && !countBrushes(brushing.brushes)) return false;
    brushing.clear();
    select([], "set");
    return true;
  }
  function hereKey(act: (axis: number) => void): () => void {
    return () => {
      const axis = axisAt(cursor.place);
      if (axis !== undefined && !puller.pull) act(axis);
    };
  }
  const jump = (place: number): void => {
    cursor.place = place;
    bring(place);
    announceAxis();
    redraw();
  };
  followKeys(
    stage,
    {
      move,
      toggle: toggleBrush,
      enter() {
        if (puller.byKey) void puller.drop();
        else hereKey(openMenu)();
      },
      cancel,
      leave: () => leave(root) || stage.blur(),
      relabel(key) {
        const index = classKeys(classes).indexOf(key);
        if (index >= 0 && editable()) actions.relabel(classes[index]);
      },
      space: () => false,
      undo,
      redo,
      named: {
        // As in the scatter.
        a: selection.all,
        i: selection.invert,
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
        // Of the axes.
        f: hereKey(flip),
        q: hereKey(rescale),
        h: hereKey(hide),
        s: sortAxes,
        o: () => brushing.setCombine(brushing.combine === "and" ? "or" : "and"),
        t() {
          if (!pullable() || !layout.axes.length) return;
          puller.takeNearest(axisAt(cursor.place), cursor.height);
          redraw();
        },
        backspace: removeBrush,
        home: () => jump(0),
        end: () => jump(layout.axes.length - 1),
      },
    },
    signal,
  );

  // The page around

  function colourBy(column: string): void {
    strands.colourBy = column;
    lit = -1;
    memory.write(column === host.get("colour") ? {} : { colour: column });
    coloursChanged();
  }
  function coloursChanged(): void {
    colouring.refresh(classes, theme.background);
    const { names: shown, palette, byClass } = colouring;
    legend.show(shown, strands.counts(shown.length), strands.countNone(), palette, byClass && editable());
    side.hidden = colouring.element.hidden && shown.length === 0;
    baseStale = chosenStale = true;
    if (!inHand) tellSelection();
    redraw();
  }
  function refresh(): void {
    theme = readTheme(root);
    classes = host.get("classes");
    coloursChanged();
    showToolbar();
  }
  function resize(): void {
    const next = { width: stage.clientWidth, height: stage.clientHeight };
    const scale = Math.min(window.devicePixelRatio || 1, 3);
    if (next.width === size.width && next.height === size.height && scale === ratio) return;
    size = next;
    ratio = scale;
    frame.bottom = Math.max(size.height - BOTTOM, frame.top + 10);
    for (const each of [canvas, overlay]) {
      each.width = Math.round(size.width * ratio);
      each.height = Math.round(size.height * ratio);
    }
    showAxes();
  }
  const observer = new ResizeObserver(resize);
  observer.observe(stage);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    core.leave(view, strands);
  });
  onTheme(refresh, signal);
  onChange(host, ["classes", "editable", "title"], refresh, signal);
  const setHeight = (): void => plot.style.setProperty("--greenlatent-height", `${host.get("height")}px`);
  onChange(host, ["height"], setHeight, signal);
  for (const type of ["focus", "blur"]) stage.addEventListener(type, redraw, { signal });
  stage.addEventListener("focus", announceAxis, { signal });
  setHeight();
  strands.colourBy = memory.read().colour ?? host.get("colour");
  coloursChanged();
  showToolbar();

  function still(caption: string): { canvas: HTMLCanvasElement; size: Size; alt: string } | null {
    if (strands.n === 0 || canvas.width === 0) return null;
    const over = titles.element.clientHeight;
    const picture = element("canvas", "", {
      width: canvas.width,
      height: canvas.height + Math.round(over * ratio),
    });
    const ctx = picture.getContext("2d");
    if (!ctx) return null;
    for (const each of [canvas, overlay]) ctx.drawImage(each, 0, over * ratio);
    ctx.scale(ratio, ratio);
    ctx.font = `600 12px ${theme.font}`;
    ctx.fillStyle = css(theme.ink);
    ctx.textAlign = "center";
    const [from, to] = inSight(layout, size.width);
    for (let k = from; k <= to; k++) {
      ctx.fillText(nameOf(axisAt(k)), placeOf(layout, k), over - 8, layout.gap - 6);
    }
    const alt = [describe(strands, title(), classes), `${layout.axes.length} axes`, caption];
    const { key, palette } = colouring;
    return {
      ...composeStill(picture, ratio, theme, caption, key, palette),
      alt: alt.filter(Boolean).join(". "),
    };
  }
  function save(): void {
    const picture = still("");
    if (picture) void saveImage(picture.canvas, title() || "parallel coordinates");
  }

  return { element: box, still };
}
