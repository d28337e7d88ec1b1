/** The comparison with the same training without edits, and starting again with them: how far it is, what it found. */

import { actionButton, element, group, refill } from "../page/elements.ts";
import type { Wire } from "../wire/wire.ts";

const EARLIER = "Earlier runs with these data: lay their curves over this one";

export function createComparison(wire: Wire): HTMLElement[] {
  const note = element(
    "p",
    "soft",
    "What did your edits save? Compare this run with a copy without them, from the same start, over as many " +
      "samples. Or start again: what you mended then holds from the first step.",
  );
  const compare = actionButton("Compare with no edits", () => wire.command("compare"));
  const again = actionButton("Start again with what you mended", () => wire.command("again"));
  const cancel = actionButton("Cancel", () => wire.command("cancel"));
  const price = element("span", "soft");
  const bar = element("progress", "", { max: 1, "aria-label": "How far the comparison is" });
  const work = element("div", "group", { hidden: true }, bar, cancel);
  const said = element("p", "comparison-text", { role: "status", hidden: true });
  const list = element("ul", "comparison-lines", { hidden: true });
  const rest = element("ul", "comparison-lines soft");
  const more = element("details", "", { hidden: true }, element("summary", "", "How this is known"), rest);
  let running = false;
  let edits = 0;
  let busy = false;
  const refresh = (): void => {
    compare.disabled = again.disabled = running || busy;
    if (!edits) again.disabled = true;
    compare.title = running ? "Pause training first" : "";
    again.title = edits ? compare.title : "Make an edit first";
    work.hidden = !busy;
    price.hidden = busy;
  };
  const fill = (into: HTMLElement, texts: string[]): void =>
    refill(into, ...texts.map(text => element("li", "", text)));
  wire.on("status", ({ status }) => {
    running = status.running === true;
    edits = status.edits ?? 0;
    refresh();
  });
  wire.on("comparison", told => {
    busy = told.share !== null;
    bar.value = told.share ?? 0;
    said.textContent = told.text;
    said.hidden = !told.text;
    fill(list, told.lines);
    fill(rest, told.more);
    list.hidden = !told.lines.length;
    more.hidden = !told.more.length;
    price.textContent = told.price;
    refresh();
  });
  const runs = element("fieldset", "earlier-runs", { hidden: true }, element("legend", "soft", EARLIER));
  wire.on("comparison", ({ runs: there }) => {
    runs.hidden = !there.length;
    const boxes = there.map(({ name, text, laid }) => {
      const box = element("input", "", { type: "checkbox" });
      box.checked = laid;
      box.onchange = () => wire.command("lay", { name, over: box.checked });
      return element("label", "", box, ` ${text}`);
    });
    const told = JSON.stringify(there);
    if (runs.dataset.told !== told) refill(runs, runs.firstElementChild as Element, ...boxes);
    runs.dataset.told = told;
  });
  return [note, group(compare, again, work), price, said, list, more, runs];
}
