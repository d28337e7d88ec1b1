/** The budget of a run: how much of it is spent, what comes next costs, and where to set it. */

import { button, element, numberField } from "../../page/elements.ts";
import type { Wire } from "../../wire/wire.ts";

export function createBudget(wire: Wire): HTMLElement {
  const bar = element("progress", "", { max: 1, "aria-label": "How much of the budget is spent" });
  const text = element("span", "budget-text");
  const forecast = element("span", "soft");
  const field = numberField({ min: 0, step: "any", "aria-label": "Joules" });
  const set = element("button", "action", { type: "submit" }, "Set budget");
  const none = button("action", {}, () => wire.command("budget", { joules: null }), "No budget");
  const form = element("form", "row", { hidden: true }, bar, text, field, "J", set, none);
  form.onsubmit = event => {
    event.preventDefault();
    if (field.valueAsNumber > 0) wire.command("budget", { joules: field.valueAsNumber });
    field.value = "";
  };
  wire.on("meter", ({ budget, forecast: next }) => {
    form.hidden = !budget;
    forecast.textContent = next;
    if (!budget) return;
    bar.hidden = none.hidden = budget.share === null;
    bar.value = budget.share ?? 0;
    text.textContent = budget.text || "No budget: training goes on until you pause it.";
  });
  return element("div", "budget", form, forecast);
}
