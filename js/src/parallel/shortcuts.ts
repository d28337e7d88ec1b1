/** The shortcuts of the axes: a cursor along them and across, and a key for each gesture. */

import { followKeys } from "../page/keyboard.ts";
import { clamp } from "../page/numbers.ts";
import type { Plot } from "../plot/parts.ts";
import type { Offer } from "./brush/offer.ts";
import type { HandNeeds, Holder } from "./hand.ts";
import { countBrushes } from "./lines/brushes.ts";

const STEP = 0.05; // of an axis, by an arrow key

export type ShortcutsNeeds = HandNeeds & { hand: Holder; offer: Offer };

export function followShortcuts(plot: Plot, needs: ShortcutsNeeds, signal: AbortSignal): void {
  const { page } = plot;
  const { ask, choose, actions } = plot.select;
  const { words, card, help } = plot.say;
  const { scene, axes, drawing, brushing, puller, hand } = needs;
  const { strands, cursor } = scene;

  const here = (): number => scene.axisAt(cursor.place);

  function move(dx: number, dy: number, extend: boolean): void {
    if (!scene.layout.axes.length || (brushing.held && !hand.drawn)) return;
    if (puller.byKey) puller.nudge(dy);
    else if (puller.pull) return;
    else if (dx && extend) axes.moveBy(cursor.place, dx);
    else if (dx) {
      if (hand.drawn) hand.endBrush();
      axes.visit(scene.nearest(cursor.place + dx));
    } else {
      cursor.height = clamp(cursor.height + dy * STEP, 0, 1);
      if (hand.drawn) brushing.moveTo(cursor.height);
      words.announce(strands.text(here(), strands.scale(here()).valueAt(cursor.height)));
    }
    drawing.redraw("marks");
  }
  /** Space begins an interval at the cursor, and Space again ends it. */
  function toggleBrush(): void {
    if (!scene.layout.axes.length || puller.pull) return;
    if (hand.drawn) hand.endBrush();
    else if (!brushing.held) {
      hand.drawn = true;
      brushing.take(here(), cursor.height, null, null);
      words.say("Up and down draw the brush, Space ends it.");
    }
  }
  function removeBrush(axis: number): void {
    const value = strands.scale(axis).valueAt(cursor.height);
    const at = (brushing.brushes[axis] ?? []).findIndex(([low, high]) => low <= value && value <= high);
    brushing.remove(axis, at < 0 ? null : at);
    words.announceSelection();
  }
  function cancel(): boolean {
    if (ask.cancel() || axes.closeMenu() || hand.cancel() || help.close() || actions.cancel()) return true;
    if (puller.pull || hand.drawn) {
      hand.letGo();
      return true;
    }
    card.hide();
    if (!strands.selectedCount && !countBrushes(brushing.brushes)) return false;
    brushing.clear();
    choose([], "set");
    return true;
  }
  /** A key that is about the axis at the cursor. */
  const onAxis = (act: (axis: number) => void) => (): void => {
    if (scene.layout.axes.length && !puller.pull && !brushing.held) act(here());
  };
  const openMenu = onAxis(axes.openMenu);
  followKeys(
    page.stage,
    {
      ...page.keys,
      move,
      toggle: toggleBrush,
      enter() {
        if (puller.byKey) void puller.drop();
        else if (!needs.offer.take()) openMenu();
      },
      cancel,
      space: () => false,
      named: {
        ...page.keys.named,
        f: onAxis(axes.flip),
        q: onAxis(axes.rescale),
        h: onAxis(axes.hide),
        s: onAxis(axes.sort),
        o: onAxis(() => brushing.setCombine(brushing.combine === "and" ? "or" : "and")),
        t() {
          if (!scene.pullable || !scene.layout.axes.length || brushing.held || (puller.pull && !puller.byKey))
            return;
          puller.takeNearest(here(), cursor.height);
          drawing.redraw("marks");
        },
        backspace: onAxis(removeBrush),
        home: onAxis(() => axes.visit(0)),
        end: onAxis(() => axes.visit(scene.layout.axes.length - 1)),
      },
    },
    signal,
  );
}
