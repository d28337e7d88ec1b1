/** Finding samples: by a few words, or by a cell of the table of which class is taken for which. */

import { button, element, group } from "../page/elements.ts";
import { whole } from "../page/numbers.ts";
import { randomName } from "../wire/memory.ts";
import type { Confusion } from "../wire/panels.ts";
import type { Wire } from "../wire/wire.ts";

export function createFind(wire: Wire): HTMLElement[] {
  const list = `greenlatent-words-${randomName()}`;
  const terms = element("datalist", "", { id: list });
  const field = element("input", "select", {
    list,
    type: "search",
    placeholder: "wrong belief<0.2",
    "aria-label": "Find samples by words",
    tabindex: 0,
    maxlength: 200,
  });
  const ask = (text: string): void => wire.command("find", { text });
  const form = element("form", "row", field, button("action", { type: "submit" }, null, "Find"));
  form.onsubmit = event => {
    event.preventDefault();
    ask(field.value);
  };
  const note = element("span", "soft", { role: "status" });
  wire.on("found", told => {
    if (!field.matches(":focus")) field.value = told.text;
    note.textContent = told.note;
  });
  wire.on("groups", ({ words }) => {
    terms.replaceChildren(...words.map(value => element("option", "", { value })));
  });

  const valid = element("input", "", { type: "checkbox" });
  const which = element("label", "soft", valid, " of validation samples");
  const table = element("table", "confusion");
  const box = element(
    "div",
    "confusion-box",
    { hidden: true },
    group(element("b", "", "Which class is taken for which"), which),
    table,
  );
  let told: Confusion | null = null;
  const draw = (): void => {
    if (told) fill(table, told, Number(valid.checked), ask);
  };
  wire.on("confusion", confusion => {
    told = confusion;
    which.hidden = confusion.tables.length < 2;
    box.hidden = false;
    draw();
  });
  valid.onchange = draw;
  return [form, terms, note, box];
}

/** A row a label, a column a guess; a cell of mistakes selects the training samples that are taken so. */
function fill(
  table: HTMLElement,
  { classes, tables }: Confusion,
  of: number,
  ask: (text: string) => void,
): void {
  const counts = tables[Math.min(of, tables.length - 1)];
  const most = Math.max(1, ...counts.flatMap((row, k) => row.filter((_, j) => j !== k)));
  const heads = classes.map(name =>
    element("th", "", { scope: "col", title: name }, element("span", "clamp", name)),
  );
  const focused = (document.activeElement as HTMLElement | null)?.ariaLabel;
  table.replaceChildren(
    element("tr", "", element("td", "soft fine", "label ↓ guess →"), ...heads),
    ...counts.map((row, k) =>
      element(
        "tr",
        "",
        element("th", "", { scope: "row", title: classes[k] }, element("span", "clamp", classes[k])),
        ...row.map((n, j) => {
          if (j === k || !n) return element("td", "soft", n ? whole(n) : "");
          const label = `${n} of ${classes[k]} taken for ${classes[j]}: select them`;
          const press = button(
            "cell",
            { title: label, "aria-label": label },
            () => ask(`class="${classes[k]}" guess="${classes[j]}"`),
            whole(n),
          );
          press.style.setProperty("--greenlatent-share", `${Math.round((60 * n) / most)}%`);
          return element("td", "", press);
        }),
      ),
    ),
  );
  if (focused) table.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
}
