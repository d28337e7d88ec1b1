/** Solving: the button that solves what was named, at once, and the line that says what came of it. */

import { actionButton, button, element, named, refill } from "../../page/elements.ts";
import { whole } from "../../page/numbers.ts";
import type { Wire } from "../../wire/wire.ts";

/** `heard` hears the few words that stand beside the accuracy. */
export function createSolve(wire: Wire, heard: (short: string) => void): HTMLButtonElement {
  wire.on("solved", ({ short }) => heard(short));
  return button(
    "button",
    named("Solve what was named, without training (J)"),
    () => wire.command("solve"),
    "Solve now",
  );
}

/** With a line for each edit that names something: a press selects what it changed around its samples. */
export function createSolved(wire: Wire): HTMLElement {
  const text = element("b", "");
  const note = element("span", "soft");
  const line = element("div", "solved row", { hidden: true, role: "status" });
  const select = (name: string, values?: object): HTMLElement =>
    actionButton(name, () => wire.command("select", { changed: true, ...values }));
  wire.on("solved", told => {
    line.hidden = !told.text && !told.note;
    text.textContent = told.text;
    note.textContent = told.note;
    const all = told.changed ? [select(`Select the ${whole(told.changed)} that changed`)] : [];
    refill(line, text, note, ...all, ...told.lines.map(({ n, text }) => select(text, { line: n })));
  });
  return line;
}
