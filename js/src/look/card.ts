/** The hover card: what is known of one point, and what its sample looks like. */

import { element, refill } from "../page/elements.ts";
import type { Point, Size } from "../page/geometry.ts";
import { createTimer, onResize } from "../page/life.ts";
import { short } from "../page/numbers.ts";
import { place } from "../page/place.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Palette } from "../paint/colours.ts";
import { markOf } from "../paint/shapes.ts";
import { drawLook, type Previews } from "./previews.ts";
import { describeState } from "./words.ts";

export type Card = {
  element: HTMLElement;
  show(row: number, at: Point, size: Size, cloud: Cloud, classes: readonly string[], palette: Palette): void;
  /** Other columns or other values: what it says may no longer be true. */
  refresh(): void;
  hide(): void;
};

const MOST_LINES = 9;

/** `palette` colours the classes; it is the scale's while numbers colour the picture, and then marks are left out. */
export function createCard(previews: Previews, signal: AbortSignal): Card {
  const card = element("div", "card raised fine", { hidden: true });
  let shown = -1;
  let last: Parameters<Card["show"]> | null = null;
  // It grows when a preview comes, or when an image is decoded.
  onResize(card, () => last && !card.hidden && place(card, last[1], last[2]), signal);
  const timer = createTimer(signal);
  previews.listen(() => {
    if (!card.hidden) addPreview();
  });

  function fill(row: number, cloud: Cloud, classes: readonly string[], palette: Palette): void {
    const marks = cloud.columns.get(cloud.colourBy)?.kind === "class";
    const lines = linesOf(cloud, row, classes, marks ? palette : null);
    refill(
      card,
      element("div", "card-title clamp", `sample ${shown}`),
      ...lines.map(([name, ...value]) =>
        element(
          "div",
          "card-line",
          element("span", "card-name soft", name),
          element("span", "card-value", ...value),
        ),
      ),
    );
  }
  function addPreview(): void {
    const look = previews.get(shown);
    card.querySelector(".greenlatent-preview")?.remove();
    const drawn = look && drawLook(look);
    if (drawn) card.append(drawn);
    const title = card.querySelector(".greenlatent-card-title");
    if (look?.name && title) title.textContent = `sample ${shown} · ${look.name}`;
  }

  return {
    element: card,
    show(row, at, size, cloud, classes, palette) {
      const id = cloud.ids[row];
      last = [row, at, size, cloud, classes, palette];
      if (id !== shown || card.hidden) {
        shown = id;
        fill(row, cloud, classes, palette);
        timer.clear();
        if (previews.get(id)) addPreview();
        else timer.set(80, () => previews.ask([id])); // a pointer that only passes asks for nothing
      }
      card.hidden = false;
      place(card, at, size);
    },
    refresh() {
      if (card.hidden || !last) return;
      const [, , , cloud, classes, palette] = last;
      const row = cloud.rowOf(shown);
      if (row < 0) return this.hide();
      fill(row, cloud, classes, palette);
      addPreview();
    },
    hide() {
      timer.clear();
      card.hidden = true;
    },
  };
}

/** A name and its value for every column that is worth a line. */
function linesOf(
  cloud: Cloud,
  row: number,
  classes: readonly string[],
  palette: Palette | null,
): [string, ...(Node | string)[]][] {
  const lines: [string, ...(Node | string)[]][] = [];
  for (const column of cloud.columns.values()) {
    if (column.kind === "flags" || lines.length >= MOST_LINES) continue;
    const name = column.name === "given" ? "label" : column.name;
    if (column.kind === "number") {
      const value = cloud.numberOf(row, column.name);
      if (value === null) continue;
      lines.push([name, column.name === "confidence" ? `${(100 * value).toFixed(0)} %` : short(value)]);
    } else {
      const index = column.values[row];
      if (column.kind === "class") {
        const mark = palette && index >= 0 ? [markOf(index, palette)] : [];
        lines.push([name, ...mark, index < 0 ? "none" : (classes[index] ?? String(index))]);
      } else if (index >= 0) lines.push([name, column.names[index] ?? String(index)]);
    }
  }
  const state = describeState(cloud.look[4 * row + 2]);
  if (state) lines.push(["state", state]);
  return lines;
}
