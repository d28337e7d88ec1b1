/** Mouse, pen and touch on the axes, told as what a hand does; what it means is decided elsewhere. */

import type { Point } from "../page/geometry.ts";
import { distance, type Mode, modeOf, THRESHOLD, type Touches, watchPointers } from "../page/pointers.ts";

/** What lies under a spot. Axes by their number among the visible ones, intervals by theirs on the axis. */
export type Target =
  | { kind: "mean"; place: number; label: number }
  | { kind: "edge"; place: number; interval: number; end: 0 | 1 }
  | { kind: "brush"; place: number; interval: number }
  | { kind: "axis"; place: number }
  | { kind: "line"; row: number }
  | { kind: "ground" };

export type Hand = {
  target(at: Point, slack: number): Target;
  hover(target: Target, at: Point): void;
  click(target: Target, mode: Mode): void;
  doubleClick(target: Target): void;
  /** False when a drag of this means nothing: then the view moves, if it can. */
  grab(target: Target, at: Point): boolean;
  drag(at: Point): void;
  drop(): void;
  letGo(): void;
  pan(dx: number): boolean;
};

const FINGER = 12;
const GROUND: Target = { kind: "ground" };

type Act = { kind: "press"; target: Target; from: Point } | { kind: "drag" } | { kind: "pan"; last: number };

/** The answer ends what is under way; true if there was something. */
export function followHands(stage: HTMLElement, hand: Hand, signal: AbortSignal): () => boolean {
  let act: Act | null = null;

  const slackOf = (event: PointerEvent): number => (event.pointerType === "touch" ? FINGER : 0);
  const middle = (touches: Touches): number =>
    [...touches.values()].reduce((sum, { x }) => sum + x, 0) / touches.size;

  function cancel(): boolean {
    const was = act;
    act = null;
    if (was?.kind === "drag") hand.letGo();
    return was?.kind === "drag";
  }
  function down(here: Point, event: PointerEvent, touches: Touches): void {
    if (touches.size > 1 || event.button === 1) {
      cancel();
      act = { kind: "pan", last: middle(touches) };
    } else act = { kind: "press", target: hand.target(here, slackOf(event)), from: here };
  }
  function move(here: Point, event: PointerEvent, touches: Touches): void {
    switch (act?.kind) {
      case undefined:
        if (event.pointerType !== "touch") {
          hand.hover(event.target === stage ? hand.target(here, 0) : GROUND, here);
        }
        return;
      case "press":
        if (distance(here, act.from) < THRESHOLD) return;
        if (hand.grab(act.target, act.from)) {
          act = { kind: "drag" };
          hand.drag(here);
        } else act = { kind: "pan", last: here.x };
        return;
      case "drag":
        hand.drag(here);
        return;
      case "pan":
        hand.pan(act.last - middle(touches));
        act = { kind: "pan", last: middle(touches) };
    }
  }
  function up(event: PointerEvent): void {
    const was = act;
    act = null;
    if (was?.kind === "press") hand.click(was.target, modeOf(event));
    else if (was?.kind === "drag") hand.drop();
  }
  watchPointers(
    stage,
    {
      down,
      move,
      up,
      cancel,
      leave: at => act ?? hand.hover(GROUND, at),
      doubleClick: at => hand.doubleClick(hand.target(at, 0)),
      wheel(_, event, dx, dy) {
        // Across always moves the axes; down only in a view that was clicked, so that the page can scroll past it.
        const wide = Math.abs(dx) > Math.abs(dy);
        return (wide || event.shiftKey || stage.matches(":focus")) && hand.pan(wide ? dx : dy);
      },
    },
    signal,
  );
  return cancel;
}
