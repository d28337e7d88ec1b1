/** The shortcuts of every view: keys for the selection, for undo and redo, and back to the notebook. */

import type { Actions } from "../edits/actions.ts";
import type { Selection } from "../edits/selection.ts";
import type { Keys } from "../page/keyboard.ts";
import { classKeys, leave } from "../page/keys.ts";
import type { Acts } from "./tools.ts";

/** `named` are keys by their letter or sign. */
export type Shortcuts = Pick<Keys, "leave" | "relabel" | "undo" | "redo" | "named">;

export type ShortcutsNeeds = {
  root: HTMLElement;
  stage: HTMLElement;
  classes(): readonly string[];
  editable(): boolean;
  selection: Selection;
  actions: Actions;
  acts: Acts & { look(): void; solve(): void };
};

export function createShortcuts(needs: ShortcutsNeeds): Shortcuts {
  const { root, stage, selection, actions, acts } = needs;
  const { keys } = actions;
  return {
    leave: () => leave(root) || stage.blur(),
    relabel(key) {
      const classes = needs.classes();
      const index = classKeys(classes).indexOf(key);
      if (index >= 0 && needs.editable()) actions.relabel(classes[index]);
    },
    undo: acts.undo,
    redo: acts.redo,
    named: {
      a: selection.all,
      i: selection.invert,
      g: keys.more,
      d: keys.fewer,
      m: keys.relabel,
      w: keys.weigh,
      delete: keys.drop,
      k: keys.link,
      v: acts.look,
      j: acts.solve,
      e: acts.save,
      u: acts.undo,
      r: acts.redo,
      "?": acts.help,
    },
  };
}
