/** Below the plot: one row of what there is to know, of which one panel at a time unfolds. */

import type { Link } from "../edits/link.ts";
import { button, element, focusOn, refill, spoken } from "../page/elements.ts";
import { randomName } from "../wire/memory.ts";
import type { Wire } from "../wire/wire.ts";
import { createAgent } from "./agent.ts";
import { createComparison } from "./comparison.ts";
import { createDownload } from "./download.ts";
import { createAdvice } from "./energy/advice.ts";
import { createMeter } from "./energy/meter.ts";
import { createSolved } from "./energy/solve.ts";
import { createWhy } from "./energy/why.ts";
import { createFind } from "./find.ts";
import { createForm } from "./form.ts";
import { createGroups } from "./groups.ts";
import { createJournal } from "./journal.ts";
import { createSuggestion } from "./suggestion.ts";

type Fold = { button: HTMLElement; panel: HTMLElement; show?: (seen: boolean) => void };

export function createDashboard(
  wire: Wire,
  link: Link,
  classes: readonly string[],
  lookAbove: (next: HTMLElement) => void,
  signal: AbortSignal,
): { element: HTMLElement; lead(panel: string): void } {
  const folds: Fold[] = [];
  const said = spoken();
  const open = (chosen: Fold | null): void => {
    for (const fold of folds) {
      fold.panel.hidden = fold !== chosen;
      fold.button.ariaExpanded = String(fold === chosen);
      fold.show?.(fold === chosen);
    }
  };
  const add = (name: string, content: HTMLElement[]): Fold => {
    const id = `greenlatent-panel-${randomName()}`;
    const fold: Fold = {
      button: button(
        "fold",
        { "aria-expanded": "false", "aria-controls": id },
        () => open(fold.panel.hidden ? fold : null),
        name,
      ),
      panel: element("section", "panel", { id, hidden: true, "aria-label": name }, ...content),
    };
    folds.push(fold);
    return fold;
  };

  const meter = createMeter(wire);
  add("Energy", [createSolved(wire), meter.detail, ...createWhy(wire), ...createAdvice(wire)]);
  const journal: Fold = add("Edits", [
    ...createJournal(wire),
    createDownload(wire, signal),
    createForm(wire),
  ]);
  let counted: number | null | undefined = 0;
  wire.on("status", ({ status: { edits } }) => {
    if (edits === counted) return; // a press on a number that is replaced meanwhile would be lost
    counted = edits;
    refill(journal.button, "Edits", ...(edits ? [element("span", "soft", String(edits))] : []));
  });
  if (classes.length) {
    const { content, show } = createSuggestion(wire, link, classes, lookAbove, () => open(fold));
    const { level, deeds } = createAgent(wire, content[0], signal);
    const fold: Fold = Object.assign(add("Agent", [...level, ...content, deeds]), { show });
    // A card that nobody asked for is said and counted: the fold that somebody reads stays open.
    let told = -1;
    wire.on("suggestion", ({ card }) => {
      const unasked = card?.unasked;
      refill(fold.button, "Agent", ...(unasked ? [element("span", "soft", "1")] : []));
      if (card?.card === told) return;
      told = card?.card ?? -1;
      said.textContent = unasked ? `Agent: ${card.question || card.reason}` : "";
    });
  }
  add("Find", [...createFind(wire), ...createGroups(wire)]);
  add("Compare", createComparison(wire));
  const row = element("div", "folds row", ...folds.map(fold => fold.button));
  const dashboard = element(
    "div",
    "dashboard",
    element("div", "dash-row row", meter.summary, row),
    element("div", "panels", ...folds.map(fold => fold.panel)),
    said,
  );
  dashboard.onkeydown = event => {
    const fold = folds.find(each => !each.panel.hidden);
    if (event.key !== "Escape" || !fold) return;
    open(null);
    fold.button.focus();
  };
  return {
    element: dashboard,
    lead(panel) {
      const fold = folds.find(each => each.button.textContent?.toLowerCase().startsWith(panel));
      if (!fold) return;
      open(fold);
      const there = [...fold.panel.querySelectorAll<HTMLElement>("[tabindex]")];
      const card = there.find(each => each.offsetParent) ?? fold.button; // what is folded away leads nowhere
      focusOn(card);
      card.scrollIntoView({ block: "nearest" });
    },
  };
}
