/** The titles of the axes: a click opens what can be done with an axis, a drag puts it elsewhere. */

import { button, element, refill } from "../page/elements.ts";
import { on } from "../page/life.ts";
import { THRESHOLD } from "../page/pointers.ts";

export type Title = {
  axis: number;
  x: number;
  name: string;
  /** The score in words, and its share of the best one; null when there is none. */
  score: { text: string; share: number } | null;
  current: boolean;
  leftOut: boolean;
};

export type Titles = {
  element: HTMLElement;
  show(titles: readonly Title[], room: number): void;
  /** The title of an axis, while it is in sight. */
  of(axis: number): HTMLElement | undefined;
};

export function createTitles(
  actions: {
    open(axis: number): void;
    /** The title of an axis is dragged over a place of the stage. */
    carry(axis: number, x: number): void;
    drop(): void;
  },
  signal: AbortSignal,
): Titles {
  const row = element("div", "axis-titles");
  let shown: HTMLButtonElement[] = [];
  let carried = false;
  let press: { axis: number; x: number; id: number; moved: boolean } | null = null;

  const axisOf = (event: Event): number => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    return button ? Number(button.dataset.axis) : -1;
  };
  on(
    row,
    "pointerdown",
    event => {
      carried = false;
      const axis = axisOf(event);
      if (axis < 0 || event.button !== 0) return;
      // The row keeps the pointer: titles are given to other axes while one is carried.
      press = { axis, x: event.clientX, id: event.pointerId, moved: false };
    },
    signal,
  );
  on(
    row,
    "pointermove",
    event => {
      if (press?.id !== event.pointerId) return;
      if (!press.moved && Math.abs(event.clientX - press.x) < THRESHOLD) return;
      if (!press.moved) row.setPointerCapture(event.pointerId);
      press.moved = true;
      actions.carry(press.axis, event.clientX - row.getBoundingClientRect().left);
    },
    signal,
  );
  on(
    row,
    ["pointerup", "pointercancel"],
    event => {
      if (press?.id !== event.pointerId) return;
      carried = press.moved; // the click that follows is the end of the drag
      if (carried) actions.drop();
      press = null;
    },
    signal,
  );
  on(
    row,
    "click",
    event => {
      const axis = axisOf(event);
      if (axis >= 0 && !carried) actions.open(axis);
    },
    signal,
  );

  return {
    element: row,
    of: axis => shown.find(each => Number(each.dataset.axis) === axis),
    show(titles, room) {
      while (shown.length < titles.length) {
        const bar = element("span", "axis-score", element("span", "axis-share"));
        shown.push(
          // By keyboard the stage opens its menu.
          button("axis-title", { tabindex: -1 }, null, element("span", "axis-name"), bar),
        );
      }
      if (row.childElementCount !== titles.length) {
        shown = shown.slice(0, titles.length);
        refill(row, ...shown);
      }
      titles.forEach((title, k) => {
        const button = shown[k];
        const [name, bar] = button.children as unknown as [HTMLElement, HTMLElement];
        button.dataset.axis = String(title.axis);
        button.style.left = `${title.x}px`;
        button.style.maxWidth = `${room}px`;
        button.toggleAttribute("data-current", title.current);
        button.toggleAttribute("data-left-out", title.leftOut);
        set(name, title.name);
        bar.hidden = !title.score;
        (bar.firstElementChild as HTMLElement).style.width = `${100 * (title.score?.share ?? 0)}%`;
        const label = `${title.name}${title.score ? `, ${title.score.text}` : ""}`;
        if (button.title !== label) {
          button.title = label;
          button.ariaLabel = `Axis ${label}: open its menu`;
        }
      });
    },
  };
}

function set(part: HTMLElement, text: string): void {
  if (part.textContent !== text) part.textContent = text;
}
