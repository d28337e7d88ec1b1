/** The axes as they stand: order, scales, scroll and rankings, with their titles and menus. */

import { now } from "../page/life.ts";
import { createMenu } from "../page/menu.ts";
import { clamp, count } from "../page/numbers.ts";
import { stillness } from "../paint/theme.ts";
import type { Plot } from "../plot/parts.ts";
import { type Arrangement, onChange } from "../wire/traits.ts";
import type { Brushing } from "./brush/brushing.ts";
import type { Drawing } from "./drawing.ts";
import { moveAxis, nearestAxis, sortByScore, toggle } from "./lines/arrangement.ts";
import { countBrushes } from "./lines/brushes.ts";
import type { Scene } from "./scene.ts";
import { createScores } from "./scores.ts";
import { createTitles } from "./titles.ts";
import { createToolbar, type Toolbar } from "./toolbar.ts";
import { statisticName } from "./words.ts";

/** What the axes need to know of the view that they stand in. */
export type AxesNeeds = {
  scene: Scene;
  drawing: Drawing;
  brushing(): Brushing;
  moved(): void;
  /** What lies over the axes follows them. */
  placed(): void;
};

export type Axes = {
  titles: HTMLElement;
  toolbar: Toolbar;
  /** Everything about them anew: places, titles, the row above. */
  show(): void;
  showToolbar(): void;
  /** Another frame has axes that nobody arranged yet. */
  begin(): void;
  flip(axis: number): void;
  rescale(axis: number): void;
  hide(axis: number): void;
  sort(): void;
  moveBy(place: number, by: number): void;
  /** False where all axes are in sight. */
  pan(dx: number): boolean;
  /** The cursor goes to a place, which scrolls into sight and is told. */
  visit(place: number): void;
  tell(): void;
  openMenu(axis: number): void;
  closeMenu(): boolean;
};

export function createAxes(plot: Plot, needs: AxesNeeds, signal: AbortSignal): Axes {
  const { host, wire, stage } = plot.page;
  const { words } = plot.say;
  const { scene, drawing, brushing } = needs;
  const { strands } = scene;
  const scores = createScores(plot, { scene, brushing, changed: () => show() });

  const menu = createMenu(plot.page.box, stage, signal);
  const titles = createTitles(
    {
      open: openMenu,
      carry(axis, x) {
        scene.carried = axis;
        const place = nearestAxis(scene.layout, x);
        if (scene.axisAt(place) !== axis) rearrange(moveAxis(strands.arrangement, axis, place));
        else show();
      },
      drop() {
        tellPlace(scene.carried);
        scene.carried = -1;
        plot.draw.released();
        show();
      },
    },
    signal,
  );
  const toolbar = createToolbar({
    ...plot.say.acts,
    score: scores.ask,
    sort,
    combine: next => brushing().setCombine(next),
    clear() {
      brushing().clear();
      words.announceSelection();
    },
    showHidden: () => change({ hidden: [] }),
    keep(count) {
      scene.keep = clamp(Math.round(count), 1, strands.dims);
      show();
    },
    rank() {
      const order = scene.ranking();
      if (!scene.input || scene.keep >= order.length) return;
      wire.edit(
        { kind: "RankFeatures", order: Uint32Array.from(order), keep: scene.keep },
        null,
        strands.step,
      );
      words.say(
        `Training keeps ${scene.keep} of ${count(order.length, "feature")} from the next step on. U takes it back.`,
      );
    },
  });

  function settle(arrangement: Partial<Arrangement>, duration: number): void {
    strands.rearrange(arrangement, now(), stillness() ? 0 : duration);
  }
  function rearrange(next: Arrangement): void {
    settle(next, 250);
    host.set("arrangement", strands.arrangement);
    host.save_changes();
    show();
  }
  const change = (part: Partial<Arrangement>): void => rearrange({ ...strands.arrangement, ...part });
  const switchOf =
    (list: "flipped" | "quantile" | "hidden") =>
    (axis: number): void =>
      change({ [list]: toggle(strands.arrangement[list], axis) });
  const [flip, rescale, veil] = [switchOf("flipped"), switchOf("quantile"), switchOf("hidden")];
  onChange(
    host,
    ["arrangement"],
    () => {
      const kept = host.get("arrangement");
      if (JSON.stringify(kept) === JSON.stringify(strands.arrangement)) return;
      settle(kept, 250);
      show();
    },
    signal,
  );
  wire.on("axes", message => {
    scene.names = message.names;
    scene.input = message.space === "input";
    strands.kinds = message.kinds;
    scores.statistics = message.statistics;
    needs.moved();
    show();
  });

  function show(): void {
    scene.lay();
    drawing.redraw("all");
    stage.toggleAttribute("data-scrolls", scene.layout.most > 0);
    showTitles();
    showToolbar();
    words.refresh();
  }
  function showTitles(): void {
    const [from, to] = scene.sight();
    const left = scene.leftOut();
    titles.show(
      scene.layout.axes.slice(from, to + 1).map((axis, k) => ({
        axis,
        x: scene.x(from + k),
        name: scene.nameOf(axis),
        score: scores.barOf(axis),
        current: axis === scene.carried,
        leftOut: left.has(axis),
      })),
      Math.max(scene.layout.gap - 8, 40),
    );
  }
  function showToolbar(): void {
    const { dims } = strands;
    const { combine, brushes } = brushing();
    toolbar.show({
      statistic: scores.statistic,
      statistics: scores.statistics,
      scored: scores.latest !== null,
      combine,
      brushes: countBrushes(brushes),
      hidden: strands.arrangement.hidden.length,
      ranking: scene.input && host.get("editable") && dims > 1 ? { keep: scene.keep, of: dims } : null,
    });
    needs.placed();
  }
  function sort(): void {
    const { latest } = scores;
    if (!latest) return;
    scene.lay(0);
    rearrange(sortByScore(strands.arrangement, latest.values));
    words.say(`Sorted by ${statisticName(latest.statistic)}. ${latest.text}`);
  }
  function hide(axis: number): void {
    if (scene.layout.axes.length < 2) return;
    brushing().remove(axis, null);
    veil(axis);
    words.say(`${scene.nameOf(axis)} is hidden.`);
  }
  function moveBy(place: number, by: number): void {
    const axis = scene.axisAt(place);
    const to = scene.nearest(place + by);
    if (axis === undefined || to === place) return;
    rearrange(moveAxis(strands.arrangement, axis, to));
    bring(to);
    tellPlace(axis);
  }
  function tellPlace(axis: number): void {
    const { axes } = scene.layout;
    words.announce(`${scene.nameOf(axis)} is axis ${axes.indexOf(axis) + 1} of ${axes.length}`);
  }
  function pan(dx: number): boolean {
    const { scroll } = scene.layout;
    scene.lay(scroll + dx);
    if (scene.layout.scroll !== scroll) {
      drawing.scrolled();
      needs.moved();
      drawing.redraw("all");
      showTitles();
      needs.placed();
    }
    return scene.layout.most > 0;
  }
  /** The cursor goes to a place, and the view after it. */
  function bring(place: number): void {
    scene.cursor.place = place;
    const { width } = scene.size;
    const x = scene.x(place);
    const room = Math.min(scene.layout.gap, width / 3);
    if (x < room) pan(x - room);
    else if (x > width - room) pan(x - width + room);
  }
  function openMenu(axis: number): void {
    const place = scene.layout.axes.indexOf(axis);
    if (place < 0) return;
    scene.cursor.place = place;
    const { flipped, quantile } = strands.arrangement;
    const items = [
      { text: flipped.includes(axis) ? "Upright again" : "Flip", key: "F", act: () => flip(axis) },
      {
        text: quantile.includes(axis) ? "Linear scale" : "Quantile scale",
        key: "Q",
        act: () => rescale(axis),
      },
      { text: "Hide", key: "H", act: () => hide(axis) },
      { text: "Move left", key: "Shift ←", act: () => moveBy(place, -1) },
      { text: "Move right", key: "Shift →", act: () => moveBy(place, 1) },
    ];
    if (brushing().brushes[axis]) {
      items.push({ text: "Clear its brushes", key: "⌫", act: () => brushing().remove(axis, null) });
    }
    menu.open(`Axis ${scene.nameOf(axis)}`, items, titles.of(axis) ?? stage, scores.factsOf(axis));
  }

  return {
    titles: titles.element,
    toolbar,
    show,
    showToolbar,
    begin() {
      scene.keep = strands.dims;
      settle(host.get("arrangement"), 0);
    },
    flip,
    rescale,
    hide,
    sort,
    moveBy,
    pan,
    visit(place) {
      bring(place);
      scores.tell();
      drawing.redraw("marks");
    },
    tell: scores.tell,
    openMenu,
    closeMenu: menu.close,
  };
}
