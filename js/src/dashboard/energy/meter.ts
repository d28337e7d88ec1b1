/** The meter's view: joules a step as a live strip, the total, and what kinds of work they went into. */

import { element, refill } from "../../page/elements.ts";
import { count } from "../../page/numbers.ts";
import type { Amount, Meter } from "../../wire/panels.ts";
import type { Wire } from "../../wire/wire.ts";
import { interval, joules } from "../amounts.ts";
import { createBadge } from "./badge.ts";
import { createBudget } from "./budget.ts";
import { createStrip } from "./strip.ts";

const READINGS = 120;
const GREY = "#949494";
const OTHERS = ["#6a3d9a", "#b15928", "#117733", "#ddcc77", "#44aa99", "#aa4466"]; // of kinds that somebody named
/** Colours of the kinds of work; the kernel names them. */
const COLOURS: Record<string, string> = {
  train: "#0072b2",
  feedback: "#e69f00",
  view: "#009e73",
  suggest: "#cc79a7",
  relevance: "#825",
  evaluate: "#56b4e9",
  save: "#993",
  waiting: "#d55e00",
  control: "#a49",
  solve: "#117733",
  other: GREY,
  meter: GREY,
};

/** `summary` fits into one row; `detail` unfolds. */
export function createMeter(wire: Wire): { summary: HTMLElement; detail: HTMLElement } {
  const [small, large] = [createStrip(90, 22), createStrip(600, 64)];
  const total = element("span", "meter-total", "not measured");
  const badge = createBadge();
  const summary = element("div", "meter-summary row", small.element, total, badge.element);
  const per = element("span", "meter-per");
  const top = element("span", "soft");
  const bar = element("div", "split", { "aria-hidden": "true" });
  const lines = element("ul", "split-lines");
  const grams = element("div", "meter-grams soft", { hidden: true });
  const head = element("div", "meter-head row", per, top);
  const budget = createBudget(wire);
  const detail = element("div", "meter", head, large.element, budget, bar, lines, grams);

  wire.on("meter", meter => {
    const readings = meter.strip.length / 3;
    small.draw(meter.strip, Math.max(2, readings));
    const shape = large.draw(meter.strip, Math.max(30, Math.min(READINGS, readings)));
    total.textContent = meter.total ? `${joules(meter.total)} so far` : "Energy not measured";
    total.title = meter.total ? `between ${interval(meter.total)}` : "";
    refill(per, ...perOf(meter));
    top.textContent = shape.top
      ? `scale to ${joules(amountOf(shape.top))}, ${count(readings, "reading")}`
      : "";
    badge.show(meter);
    drawSplit(meter, bar, lines);
    grams.hidden = !meter.grams;
    grams.textContent = meter.grams ?? "";
  });
  return { summary, detail };
}

const amountOf = (value: number): Amount => ({
  value,
  low: value,
  high: value,
  badges: {},
  unit: "J",
  per: "",
});

function perOf({ per, unit, total }: Meter): (Node | string)[] {
  const name = `Joules a ${unit}: `;
  if (!per) return [name, element("b", "", total ? `no ${unit} yet` : "not measured")];
  return [name, element("b", "", joules(per)), ` (${interval(per)})`];
}

function drawSplit({ lines, total }: Meter, bar: HTMLElement, list: HTMLElement): void {
  const sum = lines.reduce((all, { amount }) => all + (amount?.value ?? 0), 0);
  const share = (value: number): string => {
    const percent = sum ? (100 * value) / sum : 0;
    return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
  };
  bar.hidden = !total || !sum;
  const parts: HTMLElement[] = [];
  const own = lines.filter(({ kind }) => !COLOURS[kind]).map(({ kind }) => kind);
  const rows = lines.map(({ kind, name, amount }) => {
    const background = COLOURS[kind] ?? OTHERS[own.indexOf(kind) % OTHERS.length];
    const swatch = element("span", "split-swatch");
    swatch.style.background = background;
    if (amount && amount.value > 0) {
      const part = element("span", "split-part");
      Object.assign(part.style, { background, flexGrow: amount.value / sum });
      parts.push(part);
    }
    return element(
      "li",
      "split-line",
      amount ? { title: `between ${interval(amount)}` } : {},
      swatch,
      element("span", "split-name", name),
      element("span", "split-value", joules(amount)),
      element("span", "split-share soft", amount ? share(amount.value) : ""),
    );
  });
  refill(bar, ...parts);
  refill(list, ...rows);
}
