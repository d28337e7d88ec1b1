/** Mouse, pen and touch on the axes, told as what a hand does; what it means is decided elsewhere. */

import type { Point } from "../geometry.ts";
import type { Mode } from "../gestures.ts";

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

const THRESHOLD = 4; // pixels a pressed pointer may tremble before it is a drag
const FINGER = 12;
const GROUND: Target = { kind: "ground" };

type Act = { kind: "press"; target: Target; from: Point } | { kind: "drag" } | { kind: "pan"; last: number };

/** The answer ends what is under way; true if there was something. */
export function followHands(stage: HTMLElement, hand: Hand, signal: AbortSignal): () => boolean {
  const touches = new Map<number, number>(); // where each finger is across
  let act: Act | null = null;

  const at = (event: MouseEvent): Point => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const middle = (): number => [...touches.values()].reduce((sum, x) => sum + x, 0) / touches.size;
  const modeOf = (event: MouseEvent): Mode => (event.altKey ? "remove" : event.shiftKey ? "add" : "set");
  const slackOf = (event: PointerEvent): number => (event.pointerType === "touch" ? FINGER : 0);

  function cancel(): boolean {
    const was = act;
    act = null;
    if (was?.kind === "drag") hand.letGo();
    return was?.kind === "drag";
  }
  function down(event: PointerEvent): void {
    if (event.button > 1 || event.target !== stage) return;
    const here = at(event);
    if (event.button === 1) {
      event.preventDefault(); // no autoscroll
      stage.focus({ preventScroll: true });
    }
    stage.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, here.x);
    if (touches.size > 1 || event.button === 1) {
      cancel();
      act = { kind: "pan", last: middle() };
    } else act = { kind: "press", target: hand.target(here, slackOf(event)), from: here };
  }
  function move(event: PointerEvent): void {
    const here = at(event);
    if (touches.has(event.pointerId)) touches.set(event.pointerId, here.x);
    switch (act?.kind) {
      case undefined:
        if (event.pointerType !== "touch") {
          hand.hover(event.target === stage ? hand.target(here, 0) : GROUND, here);
        }
        return;
      case "press":
        if (Math.hypot(here.x - act.from.x, here.y - act.from.y) < THRESHOLD) return;
        if (hand.grab(act.target, act.from)) {
          act = { kind: "drag" };
          hand.drag(here);
        } else act = { kind: "pan", last: here.x };
        return;
      case "drag":
        hand.drag(here);
        return;
      case "pan":
        hand.pan(act.last - middle());
        act = { kind: "pan", last: middle() };
    }
  }
  function up(event: PointerEvent): void {
    touches.delete(event.pointerId);
    const was = act;
    act = null;
    if (was?.kind === "press") hand.click(was.target, modeOf(event));
    else if (was?.kind === "drag") hand.drop();
  }

  stage.addEventListener("pointerdown", down, { signal });
  stage.addEventListener("pointermove", move, { signal });
  stage.addEventListener("pointerup", up, { signal });
  stage.addEventListener(
    "pointercancel",
    event => {
      touches.delete(event.pointerId);
      cancel();
    },
    { signal },
  );
  stage.addEventListener("pointerleave", event => act ?? hand.hover(GROUND, at(event)), { signal });
  stage.addEventListener("dblclick", event => hand.doubleClick(hand.target(at(event), 0)), { signal });
  stage.addEventListener(
    "wheel",
    event => {
      // Across always moves the axes; down only in a view that was clicked, so that the page can scroll past it.
      const across = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (!across && !stage.matches(":focus")) return;
      const by = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
      if (!hand.pan(by * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1))) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal, passive: false },
  );
  return cancel;
}
