/** The hand on the axes: it takes brushes, classes, lines and the ground, by mouse, pen and touch. */

import { now, on } from "../page/life.ts";
import type { Plot } from "../plot/parts.ts";
import type { Axes } from "./axes.ts";
import type { Brushing } from "./brush/brushing.ts";
import type { Drawing } from "./drawing.ts";
import { followHands, type Target } from "./gestures.ts";
import type { Puller } from "./puller.ts";
import type { Scene } from "./scene.ts";

const CURSORS: Partial<Record<Target["kind"], string>> = {
  mean: "grab",
  edge: "ns-resize",
  brush: "move",
  axis: "crosshair",
  line: "pointer",
};

export type HandNeeds = {
  scene: Scene;
  axes: Axes;
  drawing: Drawing;
  brushing: Brushing;
  puller: Puller;
};

export type Holder = {
  /** The interval that is held began at the cursor, by key. */
  drawn: boolean;
  /** What the hand or the keys have brushed stays. */
  endBrush(): void;
  /** Ends what the pointer is about; true if there was something. */
  cancel(): boolean;
  /** Lets go of whatever is held. */
  letGo(): void;
};

export function createHand(plot: Plot, needs: HandNeeds, signal: AbortSignal): Holder {
  const { stage } = plot.page;
  const { selection, link, ask, choose } = plot.select;
  const { words, card, showCard } = plot.say;
  const { scene, axes, drawing, brushing, puller } = needs;
  const { strands, cursor } = scene;

  const here = (): number => scene.axisAt(cursor.place);

  function release(): void {
    drawing.inHand = false;
    plot.draw.released();
    axes.showToolbar();
  }
  function letGo(): void {
    hand.drawn = false;
    stage.removeAttribute("data-dragging");
    puller.letGo();
    if (brushing.held) brushing.letGo(false);
    release();
  }
  const cancel = followHands(
    stage,
    {
      target(at, slack) {
        return ask.open ? { kind: "ground" } : scene.targetAt(at, slack, brushing.brushes, now());
      },
      hover(target, at) {
        stage.style.cursor = CURSORS[target.kind] ?? (scene.layout.most > 0 ? "grab" : "default");
        link.hover(target.kind === "line" ? strands.ids[target.row] : null);
        if (target.kind === "line") showCard(target.row, at);
        else card.hide();
      },
      click(target, mode) {
        if (ask.cancel()) return;
        if (target.kind === "brush") brushing.remove(scene.axisAt(target.place), target.interval);
        else if (target.kind === "line") choose([target.row], mode);
        else if (target.kind === "mean") selection.selectClass(target.label, mode);
        else if (target.kind === "axis") {
          cursor.place = target.place;
          if (brushing.brushes[here()]) brushing.remove(here(), null);
        } else if (target.kind === "ground" && mode === "set") {
          brushing.clear();
          choose([], "set");
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
        if (hand.drawn) endBrush();
        cursor.place = target.place;
        const height = scene.heightBy(at);
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
        const height = scene.heightBy(at);
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

  function endBrush(): void {
    hand.drawn = false;
    brushing.letGo(true);
    release();
    words.announceSelection();
  }
  const hand: Holder = { drawn: false, endBrush, cancel, letGo };
  // Keys that went elsewhere cannot end what they began, and frames would wait for it.
  on(
    stage,
    "blur",
    () =>
      queueMicrotask(() => {
        if (hand.drawn) endBrush();
        else if (puller.byKey && !ask.open) letGo(); // unless the question about its drop took the keys
      }),
    signal,
  );
  return hand;
}
