/** The legend: a row a class with its mark, its name, its count and the key that relabels to it. */

import { points } from "../look/words.ts";
import { button, element, refill } from "../page/elements.ts";
import type { Point } from "../page/geometry.ts";
import { classKeys } from "../page/keys.ts";
import { whole } from "../page/numbers.ts";
import { type Mode, modeOf } from "../page/pointers.ts";
import type { Palette } from "../paint/colours.ts";
import { markOf } from "../paint/shapes.ts";

const MOST_ROWS = 300; // more names than that nobody reads

export type Legend = {
  element: HTMLElement;
  /** `none`: how many points have none of them. `editable`: these are classes that points can be relabelled to. */
  show(
    classes: readonly string[],
    counts: readonly number[],
    none: number,
    palette: Palette,
    editable: boolean,
  ): void;
  /** Marks the class whose points would take in a drop. */
  light(classIndex: number): void;
  /** The class whose row lies under a spot of the stage, or -1: a place to drop points on. */
  classAt(stage: HTMLElement, at: Point): number;
};

/** `pick` and `light` hear of a class, or of -1 for the points without one; `light` of null for nothing. */
export function createLegend(
  pick: (classIndex: number, mode: Mode) => void,
  light: (classIndex: number | null) => void,
): Legend {
  const list = element("div", "legend", { role: "group", "aria-label": "Classes" });
  const without = rowOf(-1, "none", null);
  let rows: HTMLButtonElement[] = [];
  let names = "";
  let relabels = false;

  function indexOf(event: Event): number | null {
    const row = event.target instanceof Element && event.target.closest<HTMLButtonElement>("button");
    return row ? Number(row.dataset.class) : null;
  }
  list.onclick = event => {
    const index = indexOf(event);
    if (index !== null) pick(index, modeOf(event));
  };
  list.onpointerover = event => light(indexOf(event));
  list.onpointerleave = () => light(null);

  return {
    element: list,
    show(classes, counts, none, palette, editable) {
      const keys = classKeys(classes);
      relabels = editable;
      const key = JSON.stringify([classes, palette.fill[0], palette.rim[0], editable]);
      list.hidden = classes.length === 0;
      if (key !== names) {
        names = key;
        rows = classes.slice(0, MOST_ROWS).map((name, k) => rowOf(k, name, editable ? keys[k] : null));
        for (const row of [...rows, without]) {
          row.querySelector("svg")?.remove();
          row.prepend(markOf(Number(row.dataset.class), palette));
        }
        refill(list, ...rows);
        const more = classes.length - rows.length;
        if (more > 0) list.append(element("div", "soft fine legend-more", `and ${whole(more)} more`));
        list.append(without);
      }
      rows.forEach((row, k) => {
        const key = editable && keys[k] ? `; key ${keys[k]} relabels to it` : "";
        tell(row, counts[k], `Select ${classes[k]}`, key);
      });
      without.hidden = none === 0;
      tell(without, none, "Select those without one", "");
    },
    light(classIndex) {
      rows.forEach((row, k) => {
        row.toggleAttribute("data-lit", k === classIndex);
      });
    },
    classAt(stage, at) {
      if (!relabels) return -1;
      const box = stage.getBoundingClientRect();
      const page = stage.getRootNode() as Document | ShadowRoot;
      const under = page.elementFromPoint(box.left + at.x, box.top + at.y)?.closest("button");
      return under ? rows.indexOf(under) : -1;
    },
  };
}

function rowOf(index: number, name: string, key: string | null): HTMLButtonElement {
  return button(
    "class",
    { "data-class": index },
    null,
    element("span", "class-name clip", { title: name }, name),
    element("span", "class-count soft fine", {}),
    element("kbd", "key", { title: "press to relabel the selection" }, key ?? ""),
  );
}

function tell(row: HTMLElement, count: number, act: string, key: string): void {
  const text = whole(count);
  const place = row.querySelector(".greenlatent-class-count");
  if (place && place.textContent !== text) place.textContent = text;
  row.ariaLabel = `${act}, ${points(count)}${key}`;
}
