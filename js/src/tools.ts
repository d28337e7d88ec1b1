/** The small tools in the corner of the stage: how a drag selects, fit, and what else there is. */

import { element, icon } from "./dom.ts";
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
    "M8 3c3.3 0 6 1.7 6 4s-2.700 4-6 4c-1 0-2-.2-2.800-.5M8 3C4.700 3 2 4.700 2 7c0 1.400 1 2.600 2.500 3.300M4.500 10.300a1.300 1.300 0 1 0 .9 1.800c.3.9-.1 1.700-.9 2.200",
  ],
  ["rectangle", "Rectangle (B): draw a box around points", "M2.500 3.500h11v9h-11z"],
  [
    "pan",
    "Pan (P): move the view. Also: Space or the middle button and drag",
    "M8 2v12M2 8h12M8 2 6.300 3.700M8 2l1.700 1.700M8 14l-1.700-1.700M8 14l1.700-1.700M2 8l1.700-1.700M2 8l1.700 1.700M14 8l-1.700-1.700M14 8l-1.700 1.700",
  ],
];
const FIT = "M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10";
export const HELP = "M5.800 6a2.200 2.200 0 1 1 3.300 1.900C8.400 8.300 8 8.800 8 9.600M8 12.300v.1";

export const SAVE = "M8 2.500v7.500M5 7.300l3 3 3-3M2.500 11v2.500h11V11";
export const UNDO = "M5.500 3 2.500 6l3 3M2.500 6h6.300a4 4 0 0 1 0 8H6";
export const REDO = "M10.500 3l3 3-3 3M13.500 6H7.200a4 4 0 0 0 0 8H10";

export type Acts = { fit(): void; help(): void; save(): void; undo(): void; redo(): void };

export function createTools(actions: Acts, signal: AbortSignal): Tools {
  let chosen: Tool = "lasso";
  const button = (label: string, path: string, act: () => void): HTMLButtonElement =>
    toolButton(label, path, act, signal);
  const choices = TOOLS.map(([tool, label, path]) => button(label, path, () => choose(tool)));
  function choose(tool: Tool): void {
    chosen = tool;
    TOOLS.forEach(([name], k) => {
      choices[k].setAttribute("aria-pressed", String(name === tool));
    });
  }
  choose("lasso");
  const undo = button("Undo the last edit (U)", UNDO, actions.undo);
  const redo = button("Redo the edit that was undone (R)", REDO, actions.redo);
  undo.hidden = redo.hidden = true;
  return {
    element: element(
      "div",
      "tools",
      { role: "toolbar", "aria-label": "Tools of the plot" },
      ...choices,
      button("Fit all points (F)", FIT, actions.fit),
      undo,
      redo,
      button("Save the picture as PNG (E)", SAVE, actions.save),
      button("Gestures and keys (?)", HELP, actions.help),
    ),
    tool: () => chosen,
    choose,
    offer(canUndo, canRedo) {
      undo.hidden = !canUndo && !canRedo;
      redo.hidden = undo.hidden;
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
    },
  };
}

export function toolButton(
  label: string,
  path: string,
  act: () => void,
  signal: AbortSignal,
): HTMLButtonElement {
  const made = element("button", "tool", { type: "button", title: label, "aria-label": label }, icon(path));
  made.addEventListener("click", act, { signal });
  return made;
}
