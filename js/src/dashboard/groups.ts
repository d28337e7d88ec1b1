/** Groups by how training does on them: see one, make it focal, or leave it out, and what that costs. */

import { button, element, refill } from "../page/elements.ts";
import { count, short } from "../page/numbers.ts";
import type { Group } from "../wire/panels.ts";
import type { Wire } from "../wire/wire.ts";

const CHOICES: [number, string, string][] = [
  [2, "Twice an epoch", "Meet each sample twice an epoch"],
  [0, "Leave out", "Meet none of them"],
  [1, "As usual", "Meet each sample once an epoch"],
];

export function createGroups(wire: Wire): HTMLElement[] {
  const list = element("ul", "journal group-list");
  const note = element("p", "soft");
  const said = element("p", "", { role: "status", hidden: true });
  wire.on("steering", ({ focus }) => {
    said.textContent = focus;
    said.hidden = !focus;
  });
  wire.on("groups", ({ rows }) => {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.group;
    refill(list, ...rows.map(row => rowOf(row, wire)));
    note.textContent = rows.length
      ? "The groups with the highest loss come first, as of the last pause."
      : "Nothing yet: train some steps, then pause. Data without classes and groups have none.";
    if (focused) list.querySelector<HTMLElement>(`[data-group="${CSS.escape(focused)}"]`)?.focus();
  });
  return [note, said, list];
}

function rowOf({ name, value, n, loss, weight, costs }: Group, wire: Wire): HTMLElement {
  const full = `${name} ${value}`;
  const state = weight === 1 ? "" : weight === 0 ? ", left out" : `, counts ${short(weight)} times`;
  const buttons = CHOICES.filter(([to]) => to !== weight).map(([to, text, hint]) =>
    button(
      "action",
      {
        title: `${hint}: ${costs[to]}`,
        "aria-label": `${text}: ${full}`,
        "data-group": `${full} ${to}`,
      },
      () => wire.command("prioritise", { name, value, weight: to }),
      text,
    ),
  );
  const title = "Train with them three times an epoch until 90 % are told right; then as usual";
  buttons.push(
    button(
      "action",
      { title, "aria-label": `Focus: ${full}`, "data-group": `${full} focus` },
      () => wire.command("focus", { name, value }),
      "Focus",
    ),
  );
  return element(
    "li",
    "group-row",
    { "data-state": weight === 0 ? "out" : "in force" },
    element("span", "journal-text", full),
    element("span", "soft fine", count(n, "sample")),
    element("span", "soft fine", `loss ${short(loss)}${state}`),
    element("span", "soft fine group-cost", weight === 1 ? `twice: ${costs[2]}` : ""),
    element("span", "journal-buttons row", ...buttons),
  );
}
