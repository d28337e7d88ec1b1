/** The small tools in the corner of the stage: how a drag selects, fit, and what else there is. */

import { element } from "../page/elements.ts";
import { type Acts, commonTools, toolButton } from "../plot/tools.ts";
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

export function createTools(acts: Acts & { fit(): void }): Tools {
  let chosen: Tool = "lasso";
  const choices = TOOLS.map(([tool, label, path]) => toolButton(label, path, () => choose(tool)));
  function choose(tool: Tool): void {
    chosen = tool;
    TOOLS.forEach(([name], k) => {
      choices[k].ariaPressed = String(name === tool);
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
