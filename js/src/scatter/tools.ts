/** The small tools in the corner of the stage: how a drag selects, fit, and what else there is. */

import { button, element, icon, named } from "../page/elements.ts";
import type { Tool } from "./gestures.ts";

export type Tools = {
  element: HTMLElement;
  tool(): Tool;
  choose(tool: Tool): void;
  /** Which of undo and redo there is something for; a view whose buttons are elsewhere never says. */
  offer(undo: boolean, redo: boolean): void;
};

const TOOLS: [Tool, string, string][] = [
  [
    "lasso",
    "Lasso (L): draw around points",
    "M8 3c3.3 0 6 1.7 6 4s-2.7 4-6 4c-1 0-2-.2-2.8-.5M8 3C4.7 3 2 4.7 2 7c0 1.4 1 2.6 2.5 3.3M4.5 10.3a1.3 1.3 0 1 0 .9 1.8c.3.9-.1 1.7-.9 2.2",
  ],
  ["rectangle", "Rectangle (B): draw a box around points", "M2.5 3.5h11v9h-11z"],
  [
    "pan",
    "Pan (P): move the view. Also: Space or the middle button and drag",
    "M8 2v12M2 8h12M6.3 3.7 8 2l1.7 1.7M6.3 12.3 8 14l1.7-1.7M3.7 6.3 2 8l1.7 1.7M12.3 6.3 14 8l-1.7 1.7",
  ],
];
const FIT = "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10";
const HELP = "M5.8 6a2.2 2.2 0 1 1 3.3 1.9C8.4 8.3 8 8.8 8 9.6M8 12.3v.1";
const SAVE = "M8 2.5V10M5 7.3l3 3 3-3M2.5 11v2.5h11V11";
const UNDO = "m5.5 3-3 3 3 3M2.5 6h6.3a4 4 0 0 1 0 8H6";
const REDO = "m10.5 3 3 3-3 3M13.5 6H7.2a4 4 0 0 0 0 8H10";

export type Acts = { help(): void; save(): void; undo(): void; redo(): void };

/** The tools that every view has, and word of what there is to undo and redo. */
export function commonTools(acts: Acts): { buttons: HTMLElement[]; offer: Tools["offer"] } {
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

export function createTools(acts: Acts & { fit(): void }): Tools {
  let chosen: Tool = "lasso";
  const choices = TOOLS.map(([tool, label, path]) => toolButton(label, path, () => choose(tool)));
  function choose(tool: Tool): void {
    chosen = tool;
    TOOLS.forEach(([name], k) => {
      choices[k].setAttribute("aria-pressed", String(name === tool));
    });
  }
  choose("lasso");
  const { buttons, offer } = commonTools(acts);
  return {
    element: element(
      "div",
      "tools",
      { role: "toolbar", "aria-label": "Tools of the plot" },
      ...choices,
      toolButton("Fit all points (F)", FIT, acts.fit),
      ...buttons,
    ),
    tool: () => chosen,
    choose,
    offer,
  };
}

const toolButton = (label: string, path: string, act: () => void): HTMLButtonElement =>
  button("tool", named(label), act, icon(path));
