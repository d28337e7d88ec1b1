/** What a hand on the stage does: brushes, classes, lines and the ground, by mouse, pen, touch and key. */

import { followKeys } from "../page/keyboard.ts";
import { now, on } from "../page/life.ts";
import type { Plot } from "../plot/plot.ts";
import type { Axes } from "./axes.ts";
import type { Brushing } from "./brushing.ts";
import type { Drawing } from "./drawing.ts";
import { followHands, type Target } from "./gestures.ts";
import { countBrushes } from "./lines/brushes.ts";
import { short } from "./lines/scale.ts";
import type { Puller } from "./puller.ts";
import type { Scene } from "./scene.ts";

const STEP = 0.05; // of an axis, by an arrow key

const CURSORS: Partial<Record<Target["kind"], string>> = {
  mean: "grab",
  edge: "ns-resize",
  brush: "move",
  axis: "crosshair",
  line: "pointer",
};

/** What is within reach of the hand. */
export type HandNeeds = {
  scene: Scene;
  axes: Axes;
  drawing: Drawing;
  brushing: Brushing;
  puller: Puller;
};

/** The answer lets go of whatever is held. */
export function createHand(plot: Plot, needs: HandNeeds, signal: AbortSignal): () => void {
  const { selection, words, link, ask, card, stage, select } = plot;
  const { scene, axes, drawing, brushing, puller } = needs;
  const { strands, cursor } = scene;
  let drawn = false; // by key: an interval that began at the cursor

  const here = (): number => scene.axisAt(cursor.place);

  function release(): void {
    drawing.inHand = false;
    plot.released();
    axes.showToolbar();
  }
  function letGo(): void {
    drawn = false;
    stage.removeAttribute("data-dragging");
    puller.letGo();
    if (brushing.held) brushing.letGo(false);
    release();
  }
  const cancelHand = followHands(
    stage,
    {
      target(at, slack) {
        return ask.open ? { kind: "ground" } : scene.targetAt(at, slack, brushing.brushes, now());
      },
      hover(target, at) {
        stage.style.cursor = CURSORS[target.kind] ?? (scene.layout.most > 0 ? "grab" : "default");
        link.hover(target.kind === "line" ? strands.ids[target.row] : null);
        if (target.kind === "line") plot.showCard(target.row, at);
        else card.hide();
      },
      click(target, mode) {
        if (ask.cancel()) return;
        if (target.kind === "brush") brushing.remove(scene.axisAt(target.place), target.interval);
        else if (target.kind === "line") select([target.row], mode);
        else if (target.kind === "mean") selection.selectClass(target.label, mode);
        else if (target.kind === "axis") {
          cursor.place = target.place;
          if (brushing.brushes[here()]) brushing.remove(here(), null);
        } else if (target.kind === "ground" && mode === "set") {
          brushing.clear();
          select([], "set");
        }
        words.refresh();
        drawing.redraw("marks");
      },
      doubleClick(target) {
        if (target.kind === "line") {
          selection.selectClass(strands.classOf(target.row, strands.colourBy), "set");
        }
      },
      grab(target, at) {
        ask.cancel();
        card.hide();
        link.hover(null);
        if (target.kind === "line" || target.kind === "ground") return false;
        if (drawn) endBrush();
        cursor.place = target.place;
        const height = scene.heightAt(at.y);
        if (target.kind === "mean") puller.take(here(), target.label, false);
        else if (target.kind === "axis") brushing.take(here(), height, null, null);
        else {
          brushing.take(here(), height, target.interval, target.kind === "edge" ? target.end : null);
        }
        drawing.inHand = true;
        stage.setAttribute("data-dragging", "");
        return true;
      },
      drag(at) {
        const height = scene.heightAt(at.y);
        if (puller.pull) puller.moveTo(height);
        else brushing.moveTo(height);
        drawing.redraw("marks");
      },
      drop() {
        stage.removeAttribute("data-dragging");
        drawing.inHand = false;
        if (puller.pull) void puller.drop();
        else endBrush();
      },
      letGo,
      pan: axes.pan,
    },
    signal,
  );

  /** What the hand or the keys have brushed stays. */
  function endBrush(): void {
    drawn = false;
    brushing.letGo(true);
    release();
    words.announceSelection();
  }
  function move(dx: number, dy: number, extend: boolean): void {
    if (!scene.layout.axes.length || (brushing.held && !drawn)) return;
    if (puller.byKey) puller.nudge(dy);
    else if (puller.pull) return;
    else if (dx && extend) axes.moveBy(cursor.place, dx);
    else if (dx) {
      if (drawn) endBrush();
      axes.visit(scene.nearest(cursor.place + dx));
    } else {
      cursor.height = Math.min(Math.max(cursor.height + dy * STEP, 0), 1);
      if (drawn) brushing.moveTo(cursor.height);
      const { lo, hi } = strands.coded(here());
      words.announce(short(strands.scale(here()).valueAt(cursor.height), hi - lo));
    }
    drawing.redraw("marks");
  }
  /** Space begins an interval at the cursor, and Space again ends it. */
  function toggleBrush(): void {
    if (!scene.layout.axes.length || puller.pull) return;
    if (drawn) endBrush();
    else if (!brushing.held) {
      drawn = true;
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
    if (ask.cancel() || axes.closeMenu() || cancelHand() || plot.help.close() || plot.actions.cancel())
      return true;
    if (puller.pull || drawn) {
      letGo();
      return true;
    }
    card.hide();
    if (!strands.selectedCount && !countBrushes(brushing.brushes)) return false;
    brushing.clear();
    select([], "set");
    return true;
  }
  /** A key that is about the axis at the cursor. */
  const onAxis = (act: (axis: number) => void) => (): void => {
    if (scene.layout.axes.length && !puller.pull && !brushing.held) act(here());
  };
  const openMenu = onAxis(axes.openMenu);
  followKeys(
    stage,
    {
      ...plot.keys,
      move,
      toggle: toggleBrush,
      enter() {
        if (puller.byKey) void puller.drop();
        else openMenu();
      },
      cancel,
      space: () => false,
      named: {
        ...plot.letters,
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
  // Keys that went elsewhere cannot end what they began, and frames would wait for it.
  on(
    stage,
    "blur",
    () =>
      queueMicrotask(() => {
        if (drawn) endBrush();
        else if (puller.byKey && !ask.open) letGo(); // unless the question about its drop took the keys
      }),
    signal,
  );
  return letGo;
}
