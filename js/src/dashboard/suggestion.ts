/** A suggestion as a card: the reason, what it would change, and one key for each answer. */

import { element } from "../dom.ts";
import type { Wire } from "../wire.ts";
import type { Card, Suggestion } from "./messages.ts";

/** `arrived` hears of a card that was not there before. */
export function createSuggestion(wire: Wire, arrived: () => void, signal: AbortSignal): HTMLElement[] {
  const ask = element("button", "action", { type: "button" }, "What deserves a look?");
  const note = element(
    "p",
    "panel-note",
    {},
    "Finds samples that probably carry one wrong label, from what training has seen; it costs almost nothing.",
  );
  const place = element("div", "suggestion");
  let shown = -1;
  ask.addEventListener("click", () => wire.command("suggest"), { signal });
  wire.on("suggestion", ({ card, dry, step }: Suggestion) => {
    const focused = place.contains(document.activeElement);
    const made = card && createCard(card, wire);
    place.replaceChildren(...(made ? [made] : []));
    note.textContent = dry
      ? "The last answers repaired nothing: your time may be better spent elsewhere."
      : card
        ? ""
        : `Nothing stands out at step ${step.toLocaleString("en")}. Train on, and ask again.`;
    note.hidden = !note.textContent;
    ask.textContent = "Ask again";
    if (focused) (made ?? ask).focus();
    if (card && card.card !== shown) arrived();
    shown = card?.card ?? -1;
  });
  return [place, note, ask];
}

function createCard(card: Card, wire: Wire): HTMLElement {
  const answers: [string, string, string, () => void][] = [
    ["a", "Accept", `relabel as ${card.proposed}`, () => wire.command("accept", { card: card.card })],
    ["l", "Look", "select them in the picture", () => wire.command("select", { card: card.card })],
    ["r", "Reject", "the labels are right", () => wire.command("reject", { card: card.card })],
  ];
  const buttons = answers.map(([key, name, what, act]) => {
    const made = element(
      "button",
      "button small",
      { type: "button", title: `${name}: ${what} (${key.toUpperCase()})`, "aria-keyshortcuts": key },
      name,
      element("kbd", "key", { "aria-hidden": "true" }, key.toUpperCase()),
    );
    made.addEventListener("click", act);
    return made;
  });
  const made = element(
    "div",
    "suggestion-card",
    {
      role: "group",
      tabindex: 0,
      "aria-label": `Suggestion: ${card.n} samples labelled ${card.given} become ${card.proposed}`,
    },
    element(
      "p",
      "suggestion-change",
      {},
      `${card.n} samples: `,
      element("b", "", {}, card.given),
      " → ",
      element("b", "", {}, card.proposed),
    ),
    element("p", card.trusted ? "" : "ask-warning", {}, card.reason),
    element("div", "group", {}, ...buttons),
  );
  made.addEventListener("keydown", event => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const answer = answers.find(([key]) => key === event.key.toLowerCase());
    if (!answer) return;
    answer[3]();
    event.preventDefault();
  });
  return made;
}
