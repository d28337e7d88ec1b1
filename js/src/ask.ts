/** The question after a drop: what would it mean? Nothing counts before it is answered. */

import { element } from "./dom.ts";
import type { Point, Size } from "./geometry.ts";
import type { Choice, Meaning } from "./meaning.ts";

export type Ask = {
  readonly open: boolean;
  /** Resolves to the choice, or to null when it was cancelled. */
  show(meaning: Meaning, at: Point, size: Size): Promise<Choice | null>;
  cancel(): boolean;
};

export function createAsk(stage: HTMLElement, signal: AbortSignal): Ask {
  let answer: ((choice: Choice | null) => void) | null = null;
  let panel: HTMLElement | null = null;

  function close(choice: Choice | null): boolean {
    if (!answer) return false;
    const reply = answer;
    answer = null;
    const hadFocus = panel?.matches(":focus-within");
    panel?.remove();
    panel = null;
    if (hadFocus) stage.focus({ preventScroll: true });
    reply(choice);
    return true;
  }
  signal.addEventListener("abort", () => close(null));

  return {
    get open() {
      return answer !== null;
    },
    cancel: () => close(null),
    show(meaning, at, size) {
      close(null);
      const buttons = meaning.choices.map((choice, k) => {
        const button = element(
          "button",
          "choice",
          { type: "button" },
          element("span", "choice-text", {}, choice.text, k === 0 ? element("kbd", "key", {}, "Enter") : ""),
          element("span", "choice-note", {}, choice.note),
        );
        button.addEventListener("click", () => close(choice));
        return button;
      });
      const cancel = element(
        "button",
        "choice choice-cancel",
        { type: "button" },
        "Cancel",
        element("kbd", "key", {}, "Esc"),
      );
      cancel.addEventListener("click", () => close(null));
      const shown = element(
        "div",
        "ask",
        { role: "dialog", "aria-label": meaning.title },
        element("div", "ask-title", {}, meaning.title),
        ...buttons,
        cancel,
      );
      panel = shown;
      shown.addEventListener("keydown", event => {
        const all = [...buttons, cancel];
        const now = all.indexOf(document.activeElement as HTMLButtonElement);
        const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
        if (event.key === "Escape") close(null);
        else if (step) all[(now + step + all.length) % all.length].focus();
        else return;
        event.preventDefault();
        event.stopPropagation();
      });
      stage.after(shown);
      place(shown, at, size);
      buttons[0].focus({ preventScroll: true });
      return new Promise(resolve => {
        answer = resolve;
      });
    },
  };
}

/** Beside the spot, inside the stage. */
export function place(panel: HTMLElement, at: Point, size: Size): void {
  const { offsetWidth: width, offsetHeight: height } = panel;
  const left = at.x + 16 + width <= size.width ? at.x + 16 : at.x - 16 - width;
  const top = Math.min(at.y - 12, size.height - height - 8);
  panel.style.left = `${Math.max(8, Math.min(left, size.width - width - 8))}px`;
  panel.style.top = `${Math.max(8, top)}px`;
}
