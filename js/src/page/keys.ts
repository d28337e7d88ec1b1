/** The keyboard guard: a key pressed in a view never reaches the notebook, where `x` cuts a cell. */

import { on } from "./life.ts";

/**
 * JupyterLab hears a key after the view and never if the view stops it. Notebook 7 listens on the document, before
 * any element hears of it, and spares what carries this attribute; but its rules match the focused element itself,
 * before they look above it, so the attribute goes wherever the focus goes. Tab always travels on.
 */
export function guardKeys(root: HTMLElement, signal: AbortSignal): void {
  const spare = (element: Element): void => element.setAttribute("data-lm-suppress-shortcuts", "true");
  spare(root);
  on(root, "focusin", event => event.target instanceof Element && spare(event.target), signal);
  on(root, ["keydown", "keypress", "keyup"], event => event.key !== "Tab" && event.stopPropagation(), signal);
  on(
    root,
    "keydown",
    event => {
      if (event.defaultPrevented || !(event.ctrlKey || event.metaKey) || isText(event.target)) return;
      if (!["s", "S"].includes(event.key)) return;
      // The guard hides the notebook's own Ctrl+S as well; pass it on, or the browser would save the page.
      event.preventDefault();
      root.closest(".jp-Cell, .jp-Notebook")?.dispatchEvent(new KeyboardEvent("keydown", event));
    },
    signal,
  );
}

/** Gives the focus back to the cell that shows the view; false when there is none around it. */
export function leave(root: HTMLElement): boolean {
  const cell = root.closest<HTMLElement>(".jp-Cell");
  const target = cell?.closest<HTMLElement>(".jp-Notebook") ?? cell;
  if (!cell || !target) return false;
  if (cell.tabIndex >= 0) cell.focus();
  else target.focus();
  return true;
}

export const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The key that relabels to each class: its own name where that is a digit, else the next of 1 to 9 and 0 that is free. */
export function classKeys(classes: readonly string[]): (string | null)[] {
  const free = [..."1234567890"].filter(key => !classes.includes(key));
  return classes.map(name => (/^[0-9]$/.test(name) ? name : (free.shift() ?? null)));
}
