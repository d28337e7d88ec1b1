/** Why a run may be wasteful: a button, and a card for each cause. */

import { actionButton, element, refill } from "../../page/elements.ts";
import type { Wire } from "../../wire/wire.ts";

const FOUND = new Map<boolean | null, string>([
  [true, "probably"],
  [false, "no sign of it"],
  [null, "not known"],
]);

export function createWhy(wire: Wire): HTMLElement[] {
  const list = element("ul", "why");
  const said = element("div", "", { role: "status" }, list);
  wire.on("steering", ({ causes }) => {
    refill(
      list,
      ...causes.map(({ about, found, number, text, next }) =>
        element(
          "li",
          "why-cause",
          { "data-found": String(found) },
          element("b", "", `${about}: ${FOUND.get(found)}`),
          element("span", "soft", number && ` ${number}`),
          element("div", "", text),
          element("div", "soft", next),
        ),
      ),
    );
  });
  return [actionButton("Why is this run wasteful?", () => wire.command("why")), said];
}
