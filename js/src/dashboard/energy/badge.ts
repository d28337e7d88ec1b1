/** A badge that says on hover and on focus how a number is known, and what would make it better known. */

import { button, element, refill } from "../../page/elements.ts";
import { randomName } from "../../wire/memory.ts";
import type { Meter } from "../../wire/panels.ts";

export type Badge = { element: HTMLElement; show(meter: Meter): void };

export function createBadge(): Badge {
  const tip = element("div", "tip raised fine", { role: "tooltip", id: `greenlatent-tip-${randomName()}` });
  const badge = button("badge", { "aria-describedby": tip.id }, null);
  badge.onkeydown = event => {
    if (event.key === "Escape") badge.blur(); // to return false would keep Tab here
  };
  let told = "";
  return {
    element: element("span", "tip-box", badge, tip), // the style sheet shows the tip
    show({ total, how, notes }) {
      const shares = Object.entries(total?.badges ?? {}).sort((a, b) => b[1] - a[1]);
      const text = total ? shares.map(([badge]) => badge).join(" + ") : "not measured";
      const next = JSON.stringify([text, how, notes]);
      if (next === told) return; // what is being read does not move
      told = next;
      refill(badge, text);
      refill(tip);
      const say = (heading: string, texts: string[]): void => {
        if (!texts.length) return;
        tip.append(element("b", "", heading), ...texts.map(each => element("div", "", each)));
      };
      const by = (name: string): string[] => how.filter(line => line.how === name).map(line => line.text);
      say("Measured", by("measured"));
      say("Modelled", by("modelled"));
      say("Missing, and what would help", [...by("missing"), ...notes]);
    },
  };
}
