/** Advice: a button with its price, and a card for each thing that would save joules. */

import { actionButton, button, element, refill } from "../../page/elements.ts";
import { randomName } from "../../wire/memory.ts";
import type { Wire } from "../../wire/wire.ts";

export function createAdvice(wire: Wire): HTMLElement[] {
  const price = element("span", "soft fine");
  const note = element("p", "");
  const list = element("ul", "why", { id: `greenlatent-${randomName()}` });
  const names = element("ul", "why soft fine");
  const left = element("details", "", { hidden: true }, element("summary", "", "Looked at and left"), names);
  wire.on("advice", told => {
    price.textContent = told.price;
    note.textContent = told.note;
    note.hidden = !told.note;
    const at = list.contains(document.activeElement) ? list.querySelector("li:focus-within")?.id : "";
    refill(
      list,
      ...told.rows.map(({ card, what, saves, accuracy, why, live, rehearse, state }) => {
        const act = (key: string, command: "apply" | "rehearse" | "leave", name: string): HTMLElement =>
          button(
            "action",
            { "aria-label": `${name}: ${what} (${key})`, "data-key": key.toLowerCase() },
            () => wire.command(command, { card }),
            name,
          );
        const item = element(
          "li",
          "why-cause",
          { tabindex: 0, id: `${list.id}-${card}`, "data-found": String(state === "acts") },
          element("b", "", what),
          element("div", "", saves),
          element("div", "", accuracy),
          element("div", "soft fine", why),
          element(
            "span",
            "row",
            state && element("b", "", state),
            act("A", "apply", state === "acts" ? "Take back" : live ? "Apply" : "How to apply"),
            rehearse && act("R", "rehearse", `Rehearse, about ${rehearse}`),
            act("X", "leave", "Leave"),
          ),
        );
        item.onkeydown = ({ key, ctrlKey, metaKey, altKey }) => {
          if (!ctrlKey && !metaKey && !altKey)
            item.querySelector<HTMLElement>(`[data-key="${CSS.escape(key.toLowerCase())}"]`)?.click();
        };
        return item;
      }),
    );
    if (at) (list.querySelector<HTMLElement>(`#${at}`) ?? list.querySelector<HTMLElement>("li"))?.focus();
    refill(names, ...told.left.map(text => element("li", "", text)));
    left.hidden = !told.left.length;
  });
  const ask = actionButton("What could be cheaper?", () => wire.command("advise"));
  return [element("div", "row", ask, price), element("div", "", { role: "status" }, note), list, left];
}
