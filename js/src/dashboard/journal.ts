/** The journal as a list, the newest edit first: what it was, and buttons to see, mute and unmute it. */

import { button, element, refill } from "../page/elements.ts";
import { whole } from "../page/numbers.ts";
import type { Journal, Row } from "../wire/panels.ts";
import type { Command } from "../wire/protocol.ts";
import type { Wire } from "../wire/wire.ts";

export function createJournal(wire: Wire): HTMLElement[] {
  const list = element("ol", "journal", { reversed: true });
  const note = element("p", "soft");
  wire.on("journal", ({ rows, more }: Journal) => {
    const focused = list.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset
      : null;
    refill(list, ...rows.map(row => rowOf(row, wire)));
    note.textContent = rows.length
      ? more
        ? `and ${whole(more)} earlier`
        : ""
      : "Nothing yet. Drag points, or select some and relabel them: every edit is listed here.";
    note.hidden = !note.textContent;
    if (focused?.n && focused.do) {
      list.querySelector<HTMLElement>(`[data-n="${focused.n}"][data-do="${focused.do}"]`)?.focus();
    }
  });
  return [list, note];
}

function rowOf({ n, text, by, step, state, samples, takes }: Row, wire: Wire): HTMLElement {
  const act = (name: string, label: string, kind: string, command: Command, values: object): HTMLElement =>
    button(
      "action",
      { "aria-label": `${label}: ${text}`, title: label, "data-n": n, "data-do": kind },
      () => wire.command(command, { ...values }),
      name,
    );
  const row = element(
    "li",
    "journal-row row",
    { "data-state": state },
    element("span", "journal-text", text),
    element(
      "span",
      "soft fine",
      `by ${by === "human" ? "hand" : by}, step ${whole(step)}${state === "in force" ? "" : `, ${state}`}`,
    ),
  );
  const buttons = element("span", "journal-buttons row");
  if (samples) buttons.append(act("Select", "Select its samples", "select", "select", { line: n }));
  const along = takes ? `, and the ${whole(takes)} that name its class` : "";
  if (state === "in force")
    buttons.append(act("Mute", `Take it out of force${along}`, "mute", "mute", { n }));
  if (state === "muted") buttons.append(act("Unmute", "Put it back into force", "mute", "unmute", { n }));
  row.append(buttons);
  return row;
}
