/** A page of gestures and keys. */

import { dismissButton, element } from "../page/elements.ts";

/** Of the scatter. */
export const GESTURES: readonly [string, string][] = [
  ["Drag empty space", "draw around points; Shift adds, Alt removes, both from anywhere"],
  ["Drag a point", "say where it, or the whole selection, belongs"],
  ["Double click", "select a class"],
  ["Wheel", "zoom, once the plot has the focus; Ctrl and wheel always"],
  ["Space or middle button and drag", "move the view"],
  ["Digit", "relabel the selection: the legend shows each class's key; M for all classes"],
  ["G", "select the whole recording, or what else belongs with the selection"],
  ["W, then 1 to 5", "weigh: ¼, ½, 1, 2 or 4 times an epoch"],
  ["Delete", "drop the selection from training"],
  ["K", "link: these belong together with others, or apart"],
  ["V", "look at the selected samples"],
  ["Arrow keys", "move a cursor from point to point; Shift selects on the way"],
  ["Space", "select or deselect the point under the cursor"],
  ["Enter", "bring the selection to the cursor"],
  ["A, I, C", "select all, the others, the cursor's class"],
  ["U, R", "undo, redo; also Ctrl+Z and Ctrl+Y"],
  ["F, +, −", "fit, zoom in, zoom out"],
  ["L, B, P", "lasso, box, pan"],
  ["E", "save the picture as PNG"],
  ["Esc", "cancel; once more: back to the notebook"],
];

export type Help = { element: HTMLElement; toggle(): void; close(): boolean };

export function createHelp(lines: readonly [string, string][]): Help {
  const panel = element(
    "div",
    "help",
    { hidden: true, role: "note", "aria-label": "Gestures and keys" },
    dismissButton("Close the help", close),
    element(
      "dl",
      "help-list",
      {},
      ...lines.flatMap(([keys, what]) => [element("dt", "", {}, keys), element("dd", "", {}, what)]),
    ),
  );
  function close(): boolean {
    const was = !panel.hidden;
    panel.hidden = true;
    return was;
  }
  return {
    element: panel,
    toggle() {
      panel.hidden = !panel.hidden;
    },
    close,
  };
}
