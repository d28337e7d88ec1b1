/** The contact sheet: what the selected samples look like, side by side; a click takes one out of the selection. */

import { button, dismissButton, element, focusOn, refill } from "../page/elements.ts";
import { createTimer } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import { PREVIEWS_PER_MESSAGE } from "../wire/protocol.ts";
import { drawLook, type Previews } from "./previews.ts";
import { describePoint, points } from "./words.ts";

export type Sheet = {
  toggle(): void;
  /** Opens it above another element than its own place. */
  openAbove(next: HTMLElement): void;
  /** The selection is another. */
  refresh(): void;
  close(): boolean;
};

export type SheetNeeds = {
  cloud: Cloud;
  /** Where it stands, at the end. */
  home: HTMLElement;
  classes(): readonly string[];
  hover(id: number | null): void;
  /** Takes a row out of the selection. */
  remove(row: number): void;
  say(text: string): void;
  /** Keys that act on the selection act from here, too. */
  key(event: KeyboardEvent): void;
};

const ASK_MILLISECONDS = 150; // a lasso that grows asks once

export function createSheet(previews: Previews, needs: SheetNeeds, signal: AbortSignal): Sheet {
  const { cloud } = needs;
  const heading = element("div", "sheet-heading");
  const grid = element("div", "sheet-grid");
  const dismiss = dismissButton("Close the contact sheet", close);
  const panel = element(
    "div",
    "sheet",
    { hidden: true, role: "region", "aria-label": "Contact sheet" },
    element("div", "sheet-head soft fine", heading, dismiss),
    grid,
  );
  passKeys(panel, needs.key);
  let cells = new Map<number, HTMLElement>();
  const timer = createTimer(signal);
  previews.listen(() => {
    for (const [id, cell] of cells) fill(id, cell);
  });

  /** What it stands in may be folded, or gone. */
  const seen = (): boolean => panel.offsetParent !== null;
  function close(): boolean {
    const was = seen();
    panel.hidden = true;
    refill(grid);
    cells = new Map();
    needs.hover(null);
    return was;
  }
  function fill(id: number, cell: HTMLElement): void {
    const look = previews.get(id);
    if (!look || cell.hasAttribute("data-filled")) return;
    cell.setAttribute("data-filled", "");
    cell.prepend(drawLook(look) ?? element("span", "soft", "no preview"));
  }
  /** The samples that training is least sure of come first: among them are the ones that do not belong. */
  function chosen(): number[] {
    const rows = cloud.selectedRows();
    const doubt = (row: number): number =>
      cloud.numberOf(row, "loss") ?? -(cloud.numberOf(row, "confidence") ?? 1);
    const known = cloud.columns.has("loss") || cloud.columns.has("confidence");
    if (known) rows.sort((a, b) => doubt(b) - doubt(a));
    const step = known ? 1 : Math.max(1, rows.length / PREVIEWS_PER_MESSAGE);
    return Array.from(
      { length: Math.min(rows.length, PREVIEWS_PER_MESSAGE) },
      (_, k) => rows[Math.floor(k * step)],
    );
  }
  function show(): void {
    const rows = chosen();
    const all = cloud.selectedCount;
    const order = cloud.columns.has("loss") || cloud.columns.has("confidence") ? ", least sure first" : "";
    heading.textContent =
      (rows.length < all ? `${rows.length} of ${points(all)}` : points(all)) +
      `${order}. Click one to take it out of the selection.`;
    const former = cells;
    cells = new Map();
    for (const row of rows) {
      const id = cloud.ids[row];
      const cell = former.get(id) ?? cellOf(id);
      const what = describePoint(cloud, row, needs.classes());
      cell.title = what;
      cell.ariaLabel = `Take out ${what}`;
      if (cell.lastChild) cell.lastChild.textContent = needs.classes()[cloud.classOf(row)] ?? String(id);
      cells.set(id, cell);
    }
    replaceIn(grid, [...cells.values()]);
    for (const [id, cell] of cells) fill(id, cell);
    previews.ask([...cells.keys()]);
  }
  function cellOf(id: number): HTMLElement {
    const cell = button(
      "sheet-cell",
      {},
      () => {
        const next = (cell.nextElementSibling ?? cell.previousElementSibling) as HTMLElement | null;
        const at = cloud.rowOf(id);
        cells.delete(id);
        cell.remove();
        if (at >= 0) needs.remove(at);
        next?.focus();
      },
      element("span", "sheet-name clip"),
    );
    cell.onpointerenter = cell.onfocus = () => needs.hover(id);
    cell.onpointerleave = cell.onblur = () => needs.hover(null);
    return cell;
  }

  function open(): void {
    panel.hidden = false;
    show();
  }

  return {
    close,
    toggle() {
      if (close()) return;
      if (!cloud.selectedCount) {
        needs.say("Select points first, then V shows what they look like.");
        return;
      }
      needs.home.append(panel);
      open();
    },
    openAbove(next) {
      next.before(panel);
      open();
    },
    refresh() {
      timer.clear();
      if (!seen()) return;
      timer.set(ASK_MILLISECONDS, () => {
        if (cloud.selectedCount) show();
        else close();
      });
    },
  };
}

/** What takes the focus from an element within gives it back, if that is among the next. */
function replaceIn(grid: HTMLElement, next: readonly HTMLElement[]): void {
  const focused = next.find(cell => cell === document.activeElement);
  refill(grid, ...next);
  focusOn(focused);
}

/** Keys that are about the selection, and no part of how a button is pressed or left. */
function passKeys(panel: HTMLElement, pass: (event: KeyboardEvent) => void): void {
  panel.onkeydown = event => {
    if (event.ctrlKey || event.metaKey || !/^([a-z0-9?]|Delete)$/i.test(event.key)) return;
    pass(event);
    event.preventDefault();
  };
}
