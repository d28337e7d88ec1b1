/** A menu that opens beside a button: what is known, and a short list to choose from, by pointer, arrow keys or an item's own key. */

import { button, element, focusOn } from "./elements.ts";
import { atEnd, on } from "./life.ts";
import { inside } from "./place.ts";

export type Item = { text: string; note?: string; key?: string | null; mark?: Node; act(): void };

export type Menu = {
  open(title: string, items: readonly Item[], opener: HTMLElement, facts?: readonly string[]): void;
  /** Asks for a few words in its place; Enter hands them over. */
  write(title: string, hint: string, most: number, opener: HTMLElement, done: (text: string) => void): void;
  close(): boolean;
};

/** `home` is what the menu hangs in, and `back` gets the focus when the menu closes. */
export function createMenu(home: HTMLElement, back: HTMLElement, signal: AbortSignal): Menu {
  let panel: HTMLElement | null = null;

  function close(): boolean {
    if (!panel) return false;
    const hadFocus = panel.matches(":focus-within");
    panel.remove();
    panel = null;
    if (hadFocus) focusOn(back);
    return true;
  }
  on(
    document,
    "pointerdown",
    event => {
      if (!(panel && event.composedPath().includes(panel))) close();
    },
    signal,
    { capture: true },
  );
  atEnd(signal, () => panel?.remove());

  return {
    close,
    open(title, items, opener, facts = []) {
      close();
      const choose = (item: Item): void => {
        close();
        item.act();
      };
      const rows = items.map(item =>
        button(
          "menu-item item",
          { role: "menuitem", tabindex: -1 },
          () => choose(item),
          item.mark ?? "",
          element("span", "menu-text", item.text),
          element("span", "soft fine", item.note ?? ""),
          element("kbd", "key", item.key ?? ""),
        ),
      );
      const shown = element("div", "menu raised", {
        role: "menu",
        "aria-label": [title, ...facts].join(". "),
      });
      shown.append(...facts.map(fact => element("div", "menu-fact soft fine", fact)), ...rows);
      shown.onkeydown = event => {
        const now = rows.indexOf(document.activeElement as HTMLButtonElement);
        const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
        const keyed = items.find(item => item.key && item.key.toLowerCase() === event.key.toLowerCase());
        if (step) rows[(now + step + rows.length) % rows.length].focus();
        else if (event.key === "Escape") close();
        else if (keyed) choose(keyed);
        else if (event.key === "Home") rows[0].focus();
        else if (event.key === "End") rows[rows.length - 1].focus();
        else if (event.key === "Tab") close();
        else if (/^[\p{L}]$/u.test(event.key)) {
          const letter = event.key.toLowerCase();
          const after = [...rows.slice(now + 1), ...rows.slice(0, now + 1)];
          after.find(row => row.textContent?.toLowerCase().startsWith(letter))?.focus();
        } else return;
        if (event.key !== "Tab") event.preventDefault();
        event.stopPropagation();
      };
      put(shown, opener);
      focusOn(rows[0]);
    },
    write(title, hint, most, opener, done) {
      close();
      const field = element("input", "select", { maxlength: most, "aria-label": title, placeholder: title });
      const shown = element(
        "form",
        "menu raised",
        { role: "dialog", "aria-label": title },
        field,
        element("div", "menu-fact soft fine", hint),
      );
      shown.onsubmit = event => {
        event.preventDefault();
        const text = field.value.trim();
        if (!text) return;
        close();
        done(text);
      };
      shown.onkeydown = event => {
        if (event.key === "Escape") close();
        event.stopPropagation();
      };
      put(shown, opener);
      focusOn(field);
    },
  };

  function put(shown: HTMLElement, opener: HTMLElement): void {
    panel = shown;
    home.append(shown);
    const [at, frame] = [opener.getBoundingClientRect(), home.getBoundingClientRect()];
    shown.style.left = inside(at.left - frame.left, shown.offsetWidth);
    // Above a button in the lower half, below one in the upper half.
    if (at.top - frame.top > frame.height / 2) {
      shown.style.bottom = `${frame.bottom - at.top + 4}px`;
      shown.style.maxHeight = `${Math.max(120, at.top - frame.top - 12)}px`;
    } else {
      shown.style.top = `${at.bottom - frame.top + 4}px`;
      shown.style.maxHeight = `${Math.max(120, frame.bottom - at.bottom - 12)}px`;
    }
  }
}
