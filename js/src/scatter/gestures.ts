/** Mouse, pen and touch on the stage, told as what a hand does; what it means is decided elsewhere. */

import type { Point } from "../page/geometry.ts";
import { distance, type Mode, modeOf, THRESHOLD, type Touches, watchPointers } from "../page/pointers.ts";

export type Tool = "lasso" | "rectangle" | "pan";

export type Hand = {
  tool(): Tool;
  /** The row under a spot, or -1. */
  hit(at: Point, slack: number): number;
  hover(row: number, at: Point): void;
  click(row: number, mode: Mode): void;
  doubleClick(row: number, mode: Mode): void;
  /** A path under way, and done. An empty path means that it was given up. */
  draw(path: Point[], done: boolean, mode: Mode): void;
  /** False when points may not be dragged. */
  grab(row: number, at: Point): boolean;
  drag(at: Point): void;
  drop(): void;
  letGo(): void;
  pan(dx: number, dy: number): void;
  zoom(at: Point, factor: number): void;
  /** The wheel turned over a view that does not have the focus: the page scrolls. */
  scrolledPast(): void;
};

type Act =
  | { kind: "press"; row: number; from: Point }
  | { kind: "draw"; path: Point[]; mode: Mode }
  | { kind: "drag" }
  | { kind: "pan"; last: Point }
  | { kind: "pinch"; middle: Point; spread: number };

export type Pointers = {
  /** Ends what is under way; true if there was something. */
  cancel(): boolean;
  /** While the space bar is down, a drag pans. Tells on release whether it did. */
  holdSpace(down: boolean): boolean;
};

export function followPointers(stage: HTMLElement, hand: Hand, signal: AbortSignal): Pointers {
  let act: Act | null = null;
  let space = false;
  let spacePanned = false;

  function cancel(): boolean {
    const was = act;
    act = null;
    if (was?.kind === "drag") hand.letGo();
    if (was?.kind === "draw") hand.draw([], true, was.mode);
    return was !== null && was.kind !== "press";
  }

  function down(here: Point, event: PointerEvent, touches: Touches): void {
    if (touches.size === 2) {
      cancel();
      act = { kind: "pinch", ...pinchOf(touches) };
      return;
    }
    if (touches.size > 2) return;
    if (event.pointerType === "touch") hand.hover(-1, here);
    if (event.button === 1 || space || hand.tool() === "pan") {
      act = { kind: "pan", last: here };
      return;
    }
    const row = hand.hit(here, event.pointerType === "touch" ? 16 : 4);
    act = row >= 0 ? { kind: "press", row, from: here } : { kind: "draw", path: [here], mode: modeOf(event) };
  }

  function move(here: Point, event: PointerEvent, touches: Touches): void {
    switch (act?.kind) {
      case undefined:
        if (event.pointerType !== "touch") {
          hand.hover(event.target === stage ? hand.hit(here, 4) : -1, here);
        }
        return;
      case "press":
        if (distance(here, act.from) < THRESHOLD) return;
        // With a key that adds or removes, people draw from anywhere: a crowd leaves no empty place to begin.
        if (modeOf(event) === "set" && hand.grab(act.row, act.from)) {
          act = { kind: "drag" };
          hand.drag(here);
        } else act = { kind: "draw", path: [act.from, here], mode: modeOf(event) };
        return;
      case "drag":
        hand.drag(here);
        return;
      case "draw":
        if (distance(here, act.path[act.path.length - 1]) < 2) return;
        act.path.push(here);
        hand.draw(act.path, false, act.mode);
        return;
      case "pan":
        hand.pan(here.x - act.last.x, here.y - act.last.y);
        act.last = here;
        if (space) spacePanned = true;
        return;
      case "pinch": {
        if (touches.size < 2) return;
        const next = pinchOf(touches);
        hand.pan(next.middle.x - act.middle.x, next.middle.y - act.middle.y);
        hand.zoom(next.middle, next.spread / (act.spread || 1));
        act = { kind: "pinch", ...next };
      }
    }
  }

  function up(event: PointerEvent): void {
    const was = act;
    act = null;
    // A finger cannot hover: what it taps is told about until it is used again.
    if (event.pointerType === "touch" && was?.kind === "press") hand.hover(was.row, was.from);
    if (was?.kind === "press") hand.click(was.row, modeOf(event));
    else if (was?.kind === "drag") hand.drop();
    else if (was?.kind === "draw") {
      const moved = was.path.some(point => distance(point, was.path[0]) >= THRESHOLD);
      hand.draw([], !moved, was.mode);
      if (moved) hand.draw(was.path, true, was.mode);
      else hand.click(-1, was.mode);
    }
  }

  watchPointers(
    stage,
    {
      down,
      move,
      up,
      cancel,
      leave: at => act ?? hand.hover(-1, at),
      doubleClick: (at, event) => hand.doubleClick(hand.hit(at, 4), modeOf(event)),
      wheel(at, event, _, down) {
        if (!event.ctrlKey && !event.metaKey && !stage.matches(":focus")) {
          hand.scrolledPast();
          return false;
        }
        const steepness = event.ctrlKey ? 0.01 : 0.002; // a pinch on a touchpad comes in small deltas with Ctrl
        hand.zoom(at, Math.exp(-Math.max(-120, Math.min(120, down)) * steepness));
        return true;
      },
    },
    signal,
  );

  return {
    cancel,
    holdSpace(down) {
      const panned = spacePanned;
      space = down;
      spacePanned = false;
      return panned;
    },
  };
}

function pinchOf(touches: Touches): { middle: Point; spread: number } {
  const [a, b] = [...touches.values()];
  return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, spread: distance(a, b) };
}
