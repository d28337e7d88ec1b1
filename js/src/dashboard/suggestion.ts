/** The card of a suggestion or a sheet: its samples, what they look like, and one key for each answer. */

import type { Link } from "../edits/link.ts";
import { createPreviews, drawLook } from "../look/previews.ts";
import { button, element, refill } from "../page/elements.ts";
import { count } from "../page/numbers.ts";
import type { Card, Suggestion } from "../wire/panels.ts";
import type { Command, Ids } from "../wire/protocol.ts";
import type { Wire } from "../wire/wire.ts";

const LOOKS = 8; // of its samples, the one that stands for them first
const TYPICAL = 4; // samples of a class beside them
const NONE: Ids = new Uint32Array(0);

/** A key, what it does, and what that means. */
type Answer = [string, string, string, () => void];

/**
 * `lookAbove` shows what the selection looks like above an element, `arrived` hears of a card that somebody asked for;
 * `show` marks its samples in the picture while it is seen.
 */
export function createSuggestion(
  wire: Wire,
  link: Link,
  classes: readonly string[],
  lookAbove: (next: HTMLElement) => void,
  arrived: () => void,
): { content: HTMLElement[]; show(seen: boolean): void } {
  const ask = (command: Command, name: string, title = ""): HTMLElement =>
    button("action", { title }, () => wire.command(command), name);
  const spread = ask(
    "spread",
    "Spread",
    "Label those without one that lie surely among samples of one class; undo takes that back whole",
  );
  const asks = [
    ask("suggest", "What deserves a look?"),
    ask(
      "revise",
      "Leave out all suspects",
      "The machine leaves out what it suggests and what lies among it, and takes back what the model guesses as labelled by now",
    ),
    ask("review", "Check what was left out", "Say which labels are right, a sheet at a time"),
  ];
  spread.hidden = true;
  const note = element(
    "p",
    "soft",
    { role: "status" },
    "Finds samples that probably carry one wrong label, from what training has seen; it costs almost nothing.",
  );
  const place = element("div", "suggestion");
  const outcomes = element("ul", "soft");
  const previews = createPreviews(wire);
  let looks = element("div", "looks");
  let classRows = [element("div", "looks"), element("div", "looks")];
  let typical: readonly [Ids, Ids] = [NONE, NONE];
  const quote = element("p", "soft");
  let [shown, seen] = [-1, false];
  let ids: Ids = NONE;
  let label = "";

  function fill(): void {
    const draw = (row: HTMLElement, some: Ids): void => {
      const found = [...some].map(id => previews.get(id));
      refill(row, ...found.map(look => look && drawLook(look)).filter(look => !!look));
    };
    draw(looks, ids.subarray(0, LOOKS));
    for (const [k, row] of classRows.entries()) {
      draw(row, typical[k].subarray(0, TYPICAL));
      if (row.parentElement) row.parentElement.hidden = !row.childElementCount;
    }
  }
  previews.listen(fill);
  const ring = (): void => link.ring(seen ? ids : NONE, classes.indexOf(label));
  const look = (): void => {
    link.select(ids);
    if (looks.parentElement) lookAbove(looks.parentElement);
  };

  wire.on(
    "suggestion",
    ({ card, note: said, led, spread: spreads, ids: samples, typical: of }: Suggestion) => {
      const focused = place.contains(document.activeElement);
      refill(outcomes, ...led.map(text => element("li", "", text)));
      note.textContent = said;
      note.hidden = !said;
      spread.hidden = !spreads;
      quote.hidden = !card?.remark;
      quote.textContent = `“${card?.remark}” says ${card?.said_by}, not checked`;
      if (card?.card === shown && card) return; // only what is said of it, or came of earlier ones, is new
      shown = card?.card ?? -1;
      ids = samples;
      typical = of;
      looks = element("div", "looks");
      classRows = [element("div", "looks"), element("div", "looks")];
      label = card?.proposed ?? "";
      const made =
        card &&
        createCard(card, wire, classes, [looks, ...classRows], quote, look, chosen => {
          label = chosen;
          ring();
        });
      refill(place, ...(made ? [made] : []));
      if (focused) (made ?? asks[0]).focus();
      fill();
      previews.ask(
        [ids.subarray(0, LOOKS), ...of.map(some => some.subarray(0, TYPICAL))].flatMap(some => [...some]),
      );
      if (card && !card.unasked) arrived();
      ring();
    },
  );
  return {
    content: [place, note, element("div", "asks row", ...asks, spread), outcomes],
    show(next) {
      seen = next;
      ring();
    },
  };
}

/** `look` shows all samples of a sheet; `choose` hears of another label than the proposed one. */
function createCard(
  {
    card,
    question,
    reason,
    n,
    given,
    proposed,
    trusted,
    evidence,
    queue,
    kind,
    unasked,
    saves,
    diagnosis,
  }: Card,
  wire: Wire,
  classes: readonly string[],
  [looks, ...classRows]: readonly HTMLElement[],
  quote: HTMLElement,
  look: () => void,
  choose: (label: string) => void,
): HTMLElement {
  const label = element("select", "select", { "aria-label": "The label that they should have" });
  label.append(...classes.map(name => element("option", "", name)));
  label.value = proposed;
  const ghosts = element("p", "soft", { hidden: !!question });
  const tell = (): void => {
    ghosts.textContent = `Ringed in the picture; the badge on each ring is the mark of ${label.value}.`;
  };
  tell();
  label.onchange = () => {
    tell();
    choose(label.value);
  };
  const answer = (command: Command, values?: object) => () => wire.command(command, { card, ...values });
  // Of stopping, thinning out and a lower budget there are no samples to sort.
  const plain = ["stop", "prune", "budget", "weigh", "advice"].includes(kind ?? "");
  const answers: Answer[] = plain
    ? [
        ["y", "Accept", "do it now", answer("accept")],
        ["n", "Reject", "leave it as it is", answer("reject")],
      ]
    : question
      ? [
          ["v", "Show all", "select them and see what they look like", look],
          ["y", "Selected are right", "all others are wrong", answer("sort", { right: true })],
          ["n", "Selected are wrong", "all others are right", answer("sort", { right: false })],
          ["x", "Skip", "ask about others", answer("reject")],
        ]
      : [
          ["y", "Accept", "relabel them so", () => answer("accept", { label: label.value })()],
          ["n", "Reject", "the labels are right", answer("reject")],
          unasked
            ? ["x", "Leave out", "train without them, whatever they are", answer("accept", { out: true })]
            : ["x", "Skip", "ask about others first", answer("skip")],
          ["v", "Show all", "select them and see what they look like", look],
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
      "aria-label": question || `Suggestion: ${count(n, "sample")} labelled ${given} become ${proposed}`,
    },
    element("p", "soft fine", { hidden: !queue }, queue),
    element(
      "p",
      "suggestion-change",
      ...(question ? [question] : [`${count(n, "sample")}: `, element("b", "", given), " → ", label]),
    ),
    element("div", "likeness", { hidden: !n }, element("span", "soft fine", "these"), looks),
    ...(question ? [] : classRows).map((row, k) =>
      element(
        "div",
        "likeness",
        { hidden: true },
        element("span", "soft fine", `typical ${[given, proposed][k]}`),
        row,
      ),
    ),
    element("div", "asks row", ...buttons),
    element("p", trusted ? "" : "ask-warning", {}, [plain ? "" : reason, evidence].filter(Boolean).join(" ")),
    quote,
    element("p", "soft", { hidden: !diagnosis }, `Data or model? ${diagnosis}`),
    element("p", "soft", { hidden: !saves }, `May save about ${saves}: a forecast.`),
    ghosts,
  );
  made.onkeydown = event => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target === label) return;
    const found = answers.find(([key]) => key === event.key.toLowerCase());
    if (!found) return;
    found[3]();
    event.preventDefault();
  };
  return made;
}
