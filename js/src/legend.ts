/** The legend: a row a class with its mark, its name, its count and the key that relabels to it. */

import { css, type Palette, paintOf, shapeOf } from "./colours.ts";
import { element, svg, svgPart } from "./dom.ts";
import type { Point } from "./geometry.ts";
import type { Mode } from "./gestures.ts";
import { classKeys } from "./keys.ts";
import { polygonPoints } from "./shapes.ts";

const MOST = 300; // rows; more names than that nobody reads

export type Legend = {
  element: HTMLElement;
  /** `editable`: these are classes that points can be relabelled to. */
  show(classes: readonly string[], counts: readonly number[], palette: Palette, editable: boolean): void;
  /** Marks the class whose points would take in a drop. */
  light(classIndex: number): void;
  /** The class whose row lies under a spot of the stage, or -1: a place to drop points on. */
  classAt(stage: HTMLElement, at: Point): number;
};

export function createLegend(
  pick: (classIndex: number, mode: Mode) => void,
  light: (classIndex: number) => void,
  signal: AbortSignal,
): Legend {
  const list = element("div", "legend", { role: "group", "aria-label": "Classes" });
  let rows: HTMLButtonElement[] = [];
  let names = "";
  let relabels = false;

  const indexOf = (event: Event): number =>
    event.target instanceof Element
      ? rows.indexOf(event.target.closest<HTMLButtonElement>("button") as HTMLButtonElement)
      : -1;
  list.addEventListener(
    "click",
    event => {
      const index = indexOf(event);
      if (index >= 0) pick(index, event.altKey ? "remove" : event.shiftKey ? "add" : "set");
    },
    { signal },
  );
  list.addEventListener("pointerover", event => light(indexOf(event)), { signal });
  list.addEventListener("pointerleave", () => light(-1), { signal });

  return {
    element: list,
    show(classes, counts, palette, editable) {
      const keys = classKeys(classes);
      relabels = editable;
      const key = JSON.stringify([classes, palette.fill[0], palette.rim[0], editable]);
      list.hidden = classes.length === 0;
      if (key !== names) {
        names = key;
        rows = classes
          .slice(0, MOST)
          .map((name, k) =>
            element(
              "button",
              "class",
              { type: "button", "data-class": k },
              markOf(k, palette),
              element("span", "class-name", { title: name }, name),
              element("span", "class-count", {}),
              element(
                "kbd",
                "key",
                { title: "press to relabel the selection" },
                editable ? (keys[k] ?? "") : "",
              ),
            ),
          );
        list.replaceChildren(...rows);
        const more = classes.length - rows.length;
        if (more > 0) list.append(element("div", "legend-more", {}, `and ${more.toLocaleString("en")} more`));
      }
      rows.forEach((row, k) => {
        const text = counts[k].toLocaleString("en");
        const place = row.querySelector(".greenlatent-class-count");
        if (place && place.textContent !== text) place.textContent = text;
        const key = editable && keys[k] ? `; key ${keys[k]} relabels to it` : "";
        row.setAttribute("aria-label", `Select ${classes[k]}, ${text} points${key}`);
      });
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

/** The mark of a class as it looks in the picture. */
export function markOf(classIndex: number, palette: Palette): SVGSVGElement {
  const paint = paintOf(classIndex);
  return svg(
    14,
    14,
    svgPart("polygon", {
      points: polygonPoints(shapeOf(classIndex), 5.2),
      transform: "translate(7 7)",
      fill: css(palette.fill[paint]),
      stroke: css(palette.rim[paint]),
    }),
  );
}
