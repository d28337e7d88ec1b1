/** The budget of a run: how much of it is spent, what comes next costs, and where to set it. */

import { actionButton, element, numberField } from "../../page/elements.ts";
import type { Wire } from "../../wire/wire.ts";

export function createBudget(wire: Wire): HTMLElement {
  const bar = element("progress", "", { max: 1, "aria-label": "How much of the budget is spent" });
  const text = element("span", "budget-text");
  const price = element("progress", "", { max: 1, "aria-label": "How much of a point's price is spent" });
  const point = element("span", "budget-text");
  const asked = numberField({ min: 0, step: "any", "aria-label": "Joules a point of accuracy" });
  const put = element("button", "action", { type: "submit" }, "Set price of a point");
  const priced = element("form", "row", { hidden: true }, price, point, asked, "J", put);
  priced.onsubmit = event => {
    event.preventDefault();
    if (asked.valueAsNumber > 0) wire.command("budget", { point: asked.valueAsNumber });
    asked.value = "";
  };
  const forecast = element("span", "soft");
  const field = numberField({ min: 0, step: "any", "aria-label": "Joules" });
  const set = element("button", "action", { type: "submit" }, "Set budget");
  const none = actionButton("No budget", () => wire.command("budget", { joules: null }));
  const form = element("form", "row", { hidden: true }, bar, text, field, "J", set, none);
  form.onsubmit = event => {
    event.preventDefault();
    if (field.valueAsNumber > 0) wire.command("budget", { joules: field.valueAsNumber });
    field.value = "";
  };
  wire.on("meter", ({ budget, forecast: next }) => {
    form.hidden = priced.hidden = !budget;
    forecast.textContent = next;
    if (!budget) return;
    none.hidden = budget.share === null;
    bar.hidden = none.hidden || !budget.joules;
    price.hidden = !budget.point;
    price.value = budget.point?.share ?? 0;
    point.textContent = budget.point?.text ?? "";
    bar.value = budget.share ?? 0;
    text.textContent = budget.text || (budget.point ? "" : "No budget: training goes on until you pause it.");
    text.hidden = !text.textContent;
  });
  return element("div", "budget", form, priced, forecast);
}
