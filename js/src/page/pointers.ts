/** Mouse, pen and touch on a stage: where they are, and what the keys held with them mean. */

import { focusOn } from "./elements.ts";
import type { Point } from "./geometry.ts";
import { on } from "./life.ts";

/** How a gesture selects. */
export type Mode = "set" | "add" | "remove";
export const modeOf = (event: MouseEvent): Mode => (event.altKey ? "remove" : event.shiftKey ? "add" : "set");

/** Pixels a pressed pointer may tremble before it is a drag. */
export const THRESHOLD = 4;
export const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** Pointers that are down, by their id. */
export type Touches = ReadonlyMap<number, Point>;

export type PointerNeeds = {
  /** The left or the middle button, a pen or a finger. */
  down(at: Point, event: PointerEvent, touches: Touches): void;
  move(at: Point, event: PointerEvent, touches: Touches): void;
  up(event: PointerEvent): void;
  cancel(): void;
  leave(at: Point): void;
  doubleClick(at: Point, event: MouseEvent): void;
  /** In pixels; false where the page shall scroll. */
  wheel(at: Point, event: WheelEvent, dx: number, dy: number): boolean;
};

export function watchPointers(stage: HTMLElement, needs: PointerNeeds, signal: AbortSignal): void {
  const touches = new Map<number, Point>();
  const at = (event: MouseEvent): Point => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  on(
    stage,
    "pointerdown",
    event => {
      if (event.button > 1 || event.target !== stage) return;
      if (event.button === 1) {
        event.preventDefault(); // no autoscroll
        focusOn(stage);
      }
      stage.setPointerCapture(event.pointerId);
      const here = at(event);
      touches.set(event.pointerId, here);
      needs.down(here, event, touches);
    },
    signal,
  );
  on(
    stage,
    "pointermove",
    event => {
      const here = at(event);
      if (touches.has(event.pointerId)) touches.set(event.pointerId, here);
      needs.move(here, event, touches);
    },
    signal,
  );
  on(
    stage,
    ["pointerup", "pointercancel"],
    event => {
      touches.delete(event.pointerId);
      if (event.type === "pointerup") needs.up(event);
      else needs.cancel();
    },
    signal,
  );
  on(stage, "pointerleave", event => event.pointerType === "touch" || needs.leave(at(event)), signal);
  on(stage, "dblclick", event => needs.doubleClick(at(event), event), signal);
  on(
    stage,
    "wheel",
    event => {
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      if (!needs.wheel(at(event), event, event.deltaX * lines, event.deltaY * lines)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    signal,
    { passive: false },
  );
}
