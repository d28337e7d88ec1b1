/** The colouring: which column colours the picture, and the scale of one that holds numbers. */

import { element, refill } from "../page/elements.ts";
import { short } from "../page/numbers.ts";
import type { Cloud } from "../paint/cloud.ts";
import { rangeOf } from "../paint/cloud.ts";
import { classPalette, type Palette, type Rgb, scalePalette, scaleStops } from "../paint/colours.ts";
import type { Key } from "./still.ts";

export type Colouring = {
  /** Above the legend: the choice where there is one, and the scale where there is one. */
  element: HTMLElement;
  readonly palette: Palette;
  /** The names of the colours; none while numbers colour the picture. */
  readonly names: readonly string[];
  /** The colours are those of the classes that a label may have. */
  readonly byClass: boolean;
  readonly byNumber: boolean;
  /** The same for a picture that leaves the page. */
  readonly key: Key;
  /** Another theme, other columns or other classes. */
  refresh(classes: readonly string[], background: Rgb): void;
};

/** `choose` hears which column the person chose. */
export function createColouring(cloud: Cloud, choose: (column: string) => void): Colouring {
  const select = element("select", "select colour-by", { "aria-label": "Colour by" });
  const chooser = element("label", "chooser", element("span", "soft fine", "Colour"), select);
  const bar = element("div", "scale-bar");
  const ends = element("div", "scale-ends soft");
  const scale = element("div", "scale fine", { role: "img" }, bar, ends);
  const box = element("div", "colouring", chooser, scale);
  select.onchange = () => choose(select.value);
  let palette = classPalette(0, [255, 255, 255]);
  let painted = "";
  let names: readonly string[] = [];
  let offered = "";
  let ranged: Key["scale"] = null;

  function offer(): void {
    const columns = [...cloud.columns.values()].filter(column => column.kind !== "flags");
    const key = columns.map(column => column.name).join("\n");
    chooser.hidden = columns.length < 2;
    if (key !== offered) {
      offered = key;
      refill(
        select,
        ...columns.map(({ name }) =>
          element("option", "", { value: name }, name === "given" ? "label" : name),
        ),
      );
    }
    select.value = cloud.colourBy;
  }
  function showScale(): void {
    const column = cloud.columns.get(cloud.colourBy);
    scale.hidden = column?.kind !== "number";
    ranged = null;
    if (column?.kind !== "number") return;
    const { low, high } = rangeOf(column.values);
    const [below, above] = [column.lo < low ? "≤ " : "", column.hi > high ? "≥ " : ""];
    bar.style.background = `linear-gradient(to right, ${scaleStops().join(", ")})`;
    const [from, to] = [below + short(low), above + short(high)];
    ranged = { name: column.name, from, to };
    const grey = column.values.some(Number.isNaN) ? ["grey: none"] : [];
    refill(ends, ...[from, to, ...grey].map(text => element("span", "", text)));
    scale.ariaLabel = `Scale of ${column.name}, dark ${from} to bright ${to}`;
  }

  return {
    element: box,
    get palette() {
      return palette;
    },
    get names() {
      return names;
    },
    get byClass() {
      return cloud.columns.get(cloud.colourBy)?.kind === "class" || !cloud.columns.has(cloud.colourBy);
    },
    get byNumber() {
      return cloud.columns.get(cloud.colourBy)?.kind === "number";
    },
    get key() {
      const classes = names.map((name, index) => ({ index, name }));
      if (classes.length && cloud.countNone()) classes.push({ index: -1, name: "none" });
      return { classes, scale: ranged };
    },
    refresh(classes, background) {
      const column = cloud.columns.get(cloud.colourBy);
      const numbers = column?.kind === "number";
      names = numbers ? [] : column && "names" in column ? column.names : classes;
      const key = `${numbers} ${names.length} ${background}`;
      if (key !== painted) {
        painted = key; // a painter uploads a palette that is another object
        palette = numbers ? scalePalette(background) : classPalette(names.length, background);
      }
      offer();
      showScale();
      box.hidden = chooser.hidden && scale.hidden;
    },
  };
}
