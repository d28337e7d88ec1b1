/** Notices: errors in words, until they are dismissed. */

import { dismissButton, element, refill } from "../page/elements.ts";
import type { Wire } from "../wire/wire.ts";

const MOST_NOTICES = 4;

export type Notices = { element: HTMLElement; tells(text: string): boolean };

/** `tells` is whether a text is told there, so that nobody tells it again. */
export function createNotices(wire: Wire): Notices {
  const list = element("div", "notices", { role: "alert" });
  wire.on("error", ({ text }) => {
    const same = [...list.children].find(child => child.firstElementChild?.textContent === text);
    same?.remove();
    const dismiss = dismissButton("Dismiss this message", () => notice.remove());
    const notice = element("div", "notice", element("span", "notice-text", text), dismiss);
    list.append(notice);
    while (list.children.length > MOST_NOTICES) list.firstElementChild?.remove();
  });
  let running = false;
  wire.on("status", ({ status }) => {
    if (status.running && !running) refill(list); // what stopped it is over
    running = status.running === true;
  });
  return {
    element: list,
    tells: text => !!text && [...list.children].some(each => each.textContent?.includes(text)),
  };
}
