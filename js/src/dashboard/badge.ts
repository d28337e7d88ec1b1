/** A badge that says on hover and on focus how a number is known, and what would make it better known. */

import { randomName } from "../core.ts";
import { element } from "../dom.ts";
import type { Meter } from "./messages.ts";

const HEADINGS: Record<string, string> = {
  measured: "Measured",
  modelled: "Modelled",
  missing: "Missing",
};

export function createBadge(signal: AbortSignal): { element: HTMLElement; show(meter: Meter): void } {
  const tip = element("div", "tip", { role: "tooltip", id: `greenlatent-tip-${randomName()}`, hidden: true });
  const button = element("button", "badge", { type: "button", "aria-describedby": tip.id });
  const box = element("span", "tip-box", {}, button, tip);
  const open = (yes: boolean): void => {
    tip.hidden = !yes;
  };
  box.addEventListener("pointerenter", () => open(true), { signal });
  box.addEventListener("pointerleave", () => open(document.activeElement === button), { signal });
  button.addEventListener("focus", () => open(true), { signal });
  button.addEventListener("blur", () => open(false), { signal });
  button.addEventListener("click", () => open(true), { signal });
  button.addEventListener(
    "keydown",
    event => {
      if (event.key === "Escape") open(false);
    },
    { signal },
  );
  let told = "";
  return {
    element: box,
    show({ total, how, notes }) {
      const shares = Object.entries(total?.badges ?? {}).sort((a, b) => b[1] - a[1]);
      const text = total ? shares.map(([badge]) => badge).join(" + ") || "known" : "not measured";
      const next = JSON.stringify([text, how, notes]);
      if (next === told) return; // what is being read does not move
      told = next;
      button.textContent = text;
      button.setAttribute("aria-label", `How the joules are known: ${text}`);
      const list = element("dl", "tip-list");
      const add = (heading: string, texts: string[]): void => {
        if (texts.length) list.append(element("dt", "", {}, heading));
        for (const each of texts) list.append(element("dd", "", {}, each));
      };
      for (const key of ["measured", "modelled", "missing"]) {
        const texts = how.filter(line => line.how === key).map(line => line.text);
        add(HEADINGS[key], key === "measured" && !texts.length ? ["nothing here"] : texts);
      }
      add("What would help", notes);
      tip.replaceChildren(list);
    },
  };
}
