/** The tools that every view has: undo, redo, the picture as a file, help. */

import { button, icon, named } from "../page/elements.ts";

const HELP = "M5.8 6a2.2 2.2 0 1 1 3.3 1.9C8.4 8.3 8 8.8 8 9.6M8 12.3v.1";

const SAVE = "M8 2.5V10M5 7.3l3 3 3-3M2.5 11v2.5h11V11";

const UNDO = "m5.5 3-3 3 3 3M2.5 6h6.3a4 4 0 0 1 0 8H6";

const REDO = "m10.5 3 3 3-3 3M13.5 6H7.2a4 4 0 0 0 0 8H10";

export type Acts = { help(): void; save(): void; undo(): void; redo(): void };

/** The tools that every view has, and word of what there is to undo and redo. */
export function commonTools(acts: Acts): {
  buttons: HTMLElement[];
  offer(undo: boolean, redo: boolean): void;
} {
  const undo = toolButton("Undo the last edit (U)", UNDO, acts.undo);
  const redo = toolButton("Redo the edit that was undone (R)", REDO, acts.redo);
  undo.hidden = redo.hidden = true;
  return {
    buttons: [
      undo,
      redo,
      toolButton("Save the picture as PNG (E)", SAVE, acts.save),
      toolButton("Gestures and keys (?)", HELP, acts.help),
    ],
    offer(canUndo, canRedo) {
      undo.hidden = redo.hidden = !canUndo && !canRedo;
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
    },
  };
}

export const toolButton = (label: string, path: string, act: () => void): HTMLButtonElement =>
  button("tool", named(label), act, icon(path));
