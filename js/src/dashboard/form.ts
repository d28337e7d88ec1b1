/** The form: what somebody says of working with a Lab, kept in its session. */

import { actionButton, dropDown, element, numberField, refill } from "../page/elements.ts";
import type { Asked } from "../wire/panels.ts";
import type { Wire } from "../wire/wire.ts";

export function createForm(wire: Wire): HTMLElement {
  const parts = element("div", "");
  const text = element("textarea", "", { rows: 3, "aria-label": "In your own words" });
  const note = element("p", "soft", { role: "status" });
  let inputs: (HTMLInputElement | HTMLSelectElement)[] = [];
  let kept = -1;
  const say = (): void => wire.command("rate", { answers: inputs.map(each => each.value), text: text.value });
  const box = element(
    "details",
    "form",
    { hidden: true },
    element("summary", "", "How was it to work with this?"),
    parts,
    element("p", "soft", "In your own words"),
    text,
    actionButton("Keep what I say", say),
    note,
  );
  const input = ({ choice, low, high }: Asked): HTMLInputElement | HTMLSelectElement => {
    const made = choice ? dropDown(choice.join(" or ")) : numberField({ min: low, max: high });
    for (const each of choice ? ["", ...choice] : []) made.append(element("option", "", each));
    inputs.push(made);
    return made;
  };
  wire.on("setup", ({ form }) => {
    box.hidden = !form;
    if (!form || form.kept === kept) return; // what is being typed stays
    kept = form.kept;
    inputs = [];
    text.value = "";
    note.textContent = form.said;
    refill(
      parts,
      ...form.parts.map(({ title, rows }) =>
        element(
          "fieldset",
          "",
          element("legend", "soft", title),
          ...rows.map(asked =>
            element("label", "row", asked.choice?.join(" or ") ?? asked.text, input(asked)),
          ),
        ),
      ),
    );
  });
  return box;
}
