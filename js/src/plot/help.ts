/** A page of gestures and keys. */

import { dismissButton, element } from "../page/elements.ts";

export type Help = { element: HTMLElement; toggle(): void; close(): boolean };

export function createHelp(lines: readonly [string, string][]): Help {
  const panel = element(
    "div",
    "help raised",
    { hidden: true, role: "note", "aria-label": "Gestures and keys" },
    dismissButton("Close the help", close),
    element(
      "dl",
      "help-list",
      ...lines.flatMap(([keys, what]) => [element("dt", "", keys), element("dd", "", what)]),
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
