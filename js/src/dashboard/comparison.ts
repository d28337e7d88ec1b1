/** The comparison with the same training without edits: how far it is, and what it found. */

import { button, element, group } from "../page/elements.ts";
import type { Wire } from "../wire/wire.ts";

export function createComparison(wire: Wire): HTMLElement[] {
  const note = element(
    "p",
    "soft",
    "Trains a copy without your edits, from the same start, over as many samples, and compares. " +
      "It takes about as long as this run has trained, and its joules are booked apart.",
  );
  const go = button("action", {}, () => wire.command("compare"), "Compare");
  const cancel = button("action", {}, () => wire.command("cancel"), "Cancel");
  const bar = element("progress", "", { max: 1, "aria-label": "How far the comparison is" });
  const work = element("div", "group", { hidden: true }, bar, cancel);
  const text = element("p", "comparison-text", { role: "status", hidden: true });
  let running = false;
  let busy = false;
  const refresh = (): void => {
    go.disabled = running || busy;
    go.title = running ? "Pause training first" : "";
    work.hidden = !busy;
  };
  wire.on("status", ({ status }) => {
    running = status.running === true;
    refresh();
  });
  wire.on("comparison", ({ share, text: said }) => {
    busy = share !== null;
    bar.value = share ?? 0;
    text.textContent = said;
    text.hidden = !said;
    refresh();
  });
  return [note, group(go, work), text];
}
