/** Every gesture by keyboard: which key does what on the stage. */

import { on } from "./life.ts";

export type Keys = {
  move(dx: number, dy: number, extend: boolean): void;
  toggle(): void;
  enter(): void;
  /** True if there was something to cancel. */
  cancel(): boolean;
  leave(): void;
  relabel(key: string): void;
  space(down: boolean): boolean;
  /** By the key's letter or sign. */
  named: Record<string, () => void>;
  undo(): void;
  redo(): void;
};

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export function followKeys(stage: HTMLElement, keys: Keys, signal: AbortSignal): void {
  function down(event: KeyboardEvent): void {
    if (event.target !== stage || event.key === "Tab") return;
    if (event.ctrlKey || event.metaKey) {
      const key = event.key.toLowerCase();
      if (key === "z") (event.shiftKey ? keys.redo : keys.undo)();
      else if (key === "y") keys.redo();
      else return;
      event.preventDefault();
      return;
    }
    const arrow = ARROWS[event.key];
    const named = event.altKey ? undefined : keys.named[event.key.toLowerCase()];
    if (arrow) keys.move(...arrow, event.shiftKey);
    else if (event.key === " ") keys.space(true);
    else if (event.key === "Enter") keys.enter();
    else if (event.key === "Escape") {
      if (!keys.cancel()) keys.leave();
    } else if (/^[0-9]$/.test(event.key)) keys.relabel(event.key);
    else if (named) named();
    else return;
    event.preventDefault();
  }
  on(stage, "keydown", down, signal);
  on(
    stage,
    "keyup",
    event => {
      if (event.target === stage && event.key === " " && !keys.space(false)) keys.toggle();
    },
    signal,
  );
  on(stage, "blur", () => keys.space(false), signal);
}
