/** What can be done with one axis, and what is known of it. */

import { element } from "../dom.ts";

export type Item = { text: string; key: string; act(): void };
export type Menu = {
  element: HTMLElement;
  open(title: string, facts: readonly string[], items: readonly Item[], x: number, width: number): void;
  close(): boolean;
};

export function createMenu(stage: HTMLElement, signal: AbortSignal): Menu {
  const panel = element("div", "ask axis-menu", { hidden: true, role: "dialog" });
  function close(): boolean {
    const was = !panel.hidden;
    const focused = panel.matches(":focus-within");
    panel.hidden = true;
    if (focused) stage.focus({ preventScroll: true });
    return was;
  }
  panel.addEventListener(
    "keydown",
    event => {
      const buttons = [...panel.querySelectorAll("button")];
      const now = buttons.indexOf(document.activeElement as HTMLButtonElement);
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (event.key === "Escape") close();
      else if (step) buttons[(now + step + buttons.length) % buttons.length].focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
  // A press anywhere else closes it.
  document.addEventListener(
    "pointerdown",
    event => {
      if (!panel.hidden && event.target instanceof Node && !panel.contains(event.target)) close();
    },
    { signal, capture: true },
  );
  return {
    element: panel,
    close,
    open(title, facts, items, x, width) {
      panel.setAttribute("aria-label", `Axis ${title}`);
      panel.replaceChildren(
        element("div", "ask-title", {}, title),
        ...facts.map(fact => element("div", "axis-fact", {}, fact)),
        ...items.map(({ text, key, act }) => {
          const button = element(
            "button",
            "choice",
            { type: "button" },
            element("span", "choice-text", {}, text, element("kbd", "key", {}, key)),
          );
          button.addEventListener("click", () => {
            close();
            act();
          });
          return button;
        }),
      );
      panel.hidden = false;
      panel.style.left = `${Math.max(4, Math.min(x - 40, width - panel.offsetWidth - 4))}px`;
      panel.querySelector("button")?.focus({ preventScroll: true });
    },
  };
}
