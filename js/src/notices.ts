/** What went wrong, in words, until it is dismissed. */

import { element } from "./dom.ts";
import type { Wire } from "./wire.ts";

const MOST = 4;

export function createNotices(wire: Wire): HTMLElement {
  const list = element("div", "notices", { role: "alert" });
  wire.on("error", ({ text }) => {
    const same = [...list.children].find(child => child.firstElementChild?.textContent === text);
    same?.remove();
    const dismiss = element(
      "button",
      "dismiss",
      { type: "button", "aria-label": "Dismiss this message" },
      "×",
    );
    const notice = element("div", "notice", {}, element("span", "notice-text", {}, text), dismiss);
    dismiss.addEventListener("click", () => notice.remove());
    list.append(notice);
    while (list.children.length > MOST) list.firstElementChild?.remove();
  });
  return list;
}
