/** The shortcuts of the scatter: a cursor that goes from point to point, and a key for each tool. */

import { describePoint } from "../look/words.ts";
import { followKeys } from "../page/keyboard.ts";
import type { Plot } from "../plot/parts.ts";
import type { Pointers } from "./gestures.ts";
import type { HandNeeds } from "./hand.ts";

export type ShortcutsNeeds = Omit<HandNeeds, "lens"> & { hand: Pointers };

export function followShortcuts(plot: Plot, needs: ShortcutsNeeds, signal: AbortSignal): void {
  const { page, select, say } = plot;
  const { selection, choose } = select;
  const { cloud, drawing, cursor, sight, tools, editor, hand } = needs;
  const { redraw, spotOf } = drawing;

  function moveCursor(dx: number, dy: number, extend: boolean): void {
    const { row, at } = cursor.move(dx, dy);
    if (row < 0) return;
    if (extend) choose([row], "add");
    say.showCard(row, at);
    say.words.announce(describePoint(cloud, row, page.classes));
    redraw();
  }
  function bringSelection(): void {
    const { row } = cursor;
    if (row < 0 || !page.editable()) return;
    if (!cloud.selectedCount || cloud.isSelected(row)) {
      say.words.say("Select points with Space, move the cursor to where they belong, and press Enter there.");
      return;
    }
    say.card.hide();
    editor.bring(cloud.selectedRows(), row, spotOf(row), selection.began);
  }
  function cancel(): boolean {
    if (select.ask.cancel() || hand.cancel() || say.help.close() || select.actions.cancel()) return true;
    const shown = cursor.row >= 0;
    cursor.clear();
    say.card.hide();
    redraw();
    if (!cloud.selectedCount) return shown;
    choose([], "set");
    return true;
  }
  followKeys(
    page.stage,
    {
      ...page.keys,
      move: moveCursor,
      toggle() {
        const { row } = cursor;
        if (row >= 0) choose([row], cloud.isSelected(row) ? "remove" : "add");
      },
      enter: bringSelection,
      cancel,
      space: hand.holdSpace,
      named: {
        ...page.keys.named,
        c() {
          const { row } = cursor;
          if (row >= 0) selection.selectClass(cloud.classOf(row, cloud.colourBy), "set");
        },
        f: sight.fit,
        "+": () => sight.zoom(1.3),
        "=": () => sight.zoom(1.3),
        "-": () => sight.zoom(1 / 1.3),
        l: () => tools.choose("lasso"),
        b: () => tools.choose("rectangle"),
        p: () => tools.choose("pan"),
      },
    },
    signal,
  );
}
