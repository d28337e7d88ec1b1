/** Finding samples: by a few words, or by a cell of the table of which class is taken for which. */

import { actionButton, button, element, group, refill } from "../page/elements.ts";
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
    refill(terms, ...words.map(value => element("option", "", { value })));
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
  return [form, terms, note, box, createChannels(wire, ask)];
}

/** Which channel tells of which class, once somebody asks; a cell selects the samples of its class. */
function createChannels(wire: Wire, ask: (text: string) => void): HTMLElement {
  const table = element("table", "confusion");
  const press = actionButton("Which channel tells of which class?", () => wire.command("channels"));
  const box = element("div", "confusion-box", { hidden: true }, press, table);
  wire.on("channels", ({ channels, classes, bits }) => {
    box.hidden = false;
    if (!channels.length) return;
    lay(table, "bits", channels, classes, (k, j) => {
      const text = bits[k][j].toFixed(2);
      const label = `${channels[k]} tells ${classes[j]} from others by ${text} bits: select ${classes[j]}`;
      return cell(label, text, bits[k][j], () => ask(`class="${classes[j]}"`));
    });
  });
  return box;
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
  lay(table, "label ↓ guess →", classes, classes, (k, j) => {
    const n = counts[k][j];
    if (j === k || !n) return n ? whole(n) : "";
    const label = `${n} of ${classes[k]} taken for ${classes[j]}: select them`;
    return cell(label, whole(n), n / most, () => ask(`class="${classes[k]}" guess="${classes[j]}"`));
  });
}

function cell(label: string, text: string, share: number, press: () => void): HTMLElement {
  const made = button("cell", { title: label, "aria-label": label }, press, text);
  made.style.setProperty("--greenlatent-share", `${Math.round(60 * share)}%`);
  return made;
}

/** A table with a head for each row and column, which keeps the focus where it is filled anew. */
function lay(
  table: HTMLElement,
  corner: string,
  rows: readonly string[],
  columns: readonly string[],
  at: (k: number, j: number) => HTMLElement | string,
): void {
  const head = (scope: string, name: string): HTMLElement =>
    element("th", "", { scope, title: name }, element("span", "clamp", name));
  const place = (what: HTMLElement | string): HTMLElement =>
    element("td", typeof what === "string" ? "soft" : "", what);
  const focused = (document.activeElement as HTMLElement | null)?.ariaLabel;
  refill(
    table,
    element("tr", "", element("td", "soft fine", corner), ...columns.map(name => head("col", name))),
    ...rows.map((name, k) => element("tr", "", head("row", name), ...columns.map((_, j) => place(at(k, j))))),
  );
  if (focused) table.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
}
