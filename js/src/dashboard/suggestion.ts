/** A suggestion as a card: the reason, what its samples look like, and one key for each answer. */

import type { Link } from "../core.ts";
import { button, element } from "../dom.ts";
import { createPreviews, drawLook } from "../previews.ts";
import type { Ids } from "../protocol.ts";
import type { Wire } from "../wire.ts";
import type { Card, Suggestion } from "./messages.ts";

const LOOKS = 8; // of its samples, the one that stands for them first
const NONE: Ids = new Uint32Array(0);

/** `arrived` hears of a card that was not there before; `show` marks its samples in the picture while it is seen. */
export function createSuggestion(
  wire: Wire,
  link: Link,
  classes: readonly string[],
  arrived: () => void,
): { content: HTMLElement[]; show(seen: boolean): void } {
  const ask = button("action", {}, () => wire.command("suggest"), "What deserves a look?");
  const note = element(
    "p",
    "panel-note",
    {},
    "Finds samples that probably carry one wrong label, from what training has seen; it costs almost nothing.",
  );
  const place = element("div", "suggestion");
  const outcomes = element("ul", "outcomes");
  const previews = createPreviews(wire);
  let looks = element("div", "looks");
  let [shown, seen] = [-1, false];
  let ids: Ids = NONE;
  let label = "";

  function fill(): void {
    const found = [...ids.subarray(0, LOOKS)].map(id => previews.get(id));
    looks.replaceChildren(...found.map(look => look && drawLook(look)).filter(look => !!look));
  }
  previews.listen(fill);
  const ring = (): void => link.ring(seen ? ids : NONE, classes.indexOf(label));

  wire.on("suggestion", ({ card, dry, step, led, ids: samples }: Suggestion) => {
    const focused = place.contains(document.activeElement);
    outcomes.replaceChildren(...led.map(text => element("li", "", {}, text)));
    if (card?.card === shown && card) return; // only what came of earlier ones is new
    shown = card?.card ?? -1;
    ids = samples;
    looks = element("div", "looks");
    label = card?.proposed ?? "";
    const made =
      card &&
      createCard(card, wire, classes, looks, chosen => {
        label = chosen;
        ring();
      });
    place.replaceChildren(...(made ? [made] : []));
    note.textContent = dry
      ? "The last answers repaired nothing: your time may be better spent elsewhere."
      : card
        ? ""
        : `Nothing stands out at step ${step.toLocaleString("en")}. Train on, and ask again.`;
    note.hidden = !note.textContent;
    ask.textContent = "Ask again";
    if (focused) (made ?? ask).focus();
    fill();
    previews.ask([...ids.subarray(0, LOOKS)]);
    if (card) arrived();
    ring();
  });
  return {
    content: [place, note, ask, outcomes],
    show(next) {
      seen = next;
      ring();
    },
  };
}

/** `choose` hears of another label than the proposed one. */
function createCard(
  card: Card,
  wire: Wire,
  classes: readonly string[],
  looks: HTMLElement,
  choose: (label: string) => void,
): HTMLElement {
  const label = element("select", "select", { "aria-label": "The label that they should have" });
  label.append(...classes.map(name => element("option", "", {}, name)));
  label.value = card.proposed;
  const ghosts = element("p", "panel-note");
  const tell = (): void => {
    ghosts.textContent = `Ringed in the picture, with the mark of ${label.value} that they would get.`;
  };
  tell();
  label.onchange = () => {
    tell();
    choose(label.value);
  };
  const answers: [string, string, string, () => void][] = [
    ["a", "Accept", "relabel them so", () => wire.command("accept", { card: card.card, label: label.value })],
    ["l", "Look", "select them in the picture", () => wire.command("select", { card: card.card })],
    ["r", "Reject", "the labels are right", () => wire.command("reject", { card: card.card })],
  ];
  const buttons = answers.map(([key, name, what, act]) =>
    button(
      "button small",
      { title: `${name}: ${what} (${key.toUpperCase()})`, "aria-keyshortcuts": key },
      act,
      name,
      element("kbd", "key", { "aria-hidden": "true" }, key.toUpperCase()),
    ),
  );
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
      label,
    ),
    looks,
    element("p", card.trusted ? "" : "ask-warning", {}, card.reason),
    ghosts,
    element("div", "group", {}, ...buttons),
  );
  made.onkeydown = event => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target === label) return;
    const answer = answers.find(([key]) => key === event.key.toLowerCase());
    if (!answer) return;
    answer[3]();
    event.preventDefault();
  };
  return made;
}
