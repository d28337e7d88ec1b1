/** Elements in one expression; text only ever becomes text. */

type Attributes = Record<string, string | number | boolean | null | undefined>;

/** `part` names the class: every one begins with greenlatent. What follows are attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  part: string,
  ...contents: (Attributes | Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (part) made.className = part.replace(/\S+/g, "greenlatent-$&");
  for (const each of contents) {
    if (typeof each === "string" || each instanceof Node) made.append(each);
    else
      for (const [name, value] of Object.entries(each)) {
        if (value === true) made.setAttribute(name, "");
        else if (value !== false && value != null) made.setAttribute(name, String(value));
      }
  }
  return made;
}

/** Puts these in place of what is in it. */
export const refill = (target: Element, ...children: (Node | string)[]): void =>
  target.replaceChildren(...children);

/** The page stays where it is. */
export const focusOn = (target: HTMLElement | undefined): void => target?.focus({ preventScroll: true });

/** A button, which does nothing by itself where a listener of its list knows what to do. */
export function button(
  part: string,
  attributes: Attributes,
  act: (() => void) | null,
  ...children: (Node | string)[]
): HTMLButtonElement {
  const made = element("button", part, { type: "button", ...attributes }, ...children);
  made.onclick = act;
  return made;
}

/** The name of a control that shows none, or less, also on hover. */
export const named = (label: string): Attributes => ({ title: label, "aria-label": label });

/** A button of few words, which says more on hover. */
export const smallButton = (text: string, label: string, act: () => void): HTMLButtonElement =>
  button("button small", named(label), act, text);

export const actionButton = (text: string, act: () => void): HTMLButtonElement =>
  button("action", {}, act, text);

/** A list to choose one from. */
export const dropDown = (label: string): HTMLSelectElement => element("select", "select", named(label));

export const numberField = (attributes: Attributes): HTMLInputElement =>
  element("input", "number", { type: "number", ...attributes });

/** Controls that belong together, side by side. */
export const group = (...children: Node[]): HTMLElement => element("div", "group", ...children);

/** What nobody sees and screen readers say whenever it changes. */
export const spoken = (): HTMLElement => element("div", "live", { "aria-live": "polite" });

/** The cross that closes a panel. */
export const dismissButton = (label: string, act: () => void): HTMLButtonElement =>
  button("dismiss", { "aria-label": label }, act, "×");

const SVG = "http://www.w3.org/2000/svg";

export function svg(width: number, height: number, ...children: SVGElement[]): SVGSVGElement {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", `0 0 ${width} ${height}`);
  made.setAttribute("width", String(width));
  made.setAttribute("height", String(height));
  made.setAttribute("aria-hidden", "true");
  made.append(...children);
  return made;
}

export function svgPart(tag: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A line icon of 16 by 16 from one path. */
export const icon = (path: string, filled = false): SVGSVGElement =>
  svg(
    16,
    16,
    svgPart("path", {
      d: path,
      fill: filled ? "currentColor" : "none",
      stroke: filled ? "none" : "currentColor",
      "stroke-width": "1.5",
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
