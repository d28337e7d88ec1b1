/** The colours of the page around a view, and word when they change. */

import { atEnd } from "../page/life.ts";
import { luminance, parseCss, type Rgb } from "./colours.ts";

export type Theme = { background: Rgb; ink: Rgb; accent: Rgb; font: string };

export function readTheme(root: HTMLElement): Theme {
  const style = getComputedStyle(root);
  const background = parseCss(style.backgroundColor) ?? [255, 255, 255];
  const dark = luminance(background) < 0.2;
  root.style.colorScheme = dark ? "dark" : "light"; // scroll bars and the like
  return {
    background,
    ink: parseCss(style.color) ?? (dark ? [220, 220, 220] : [40, 40, 40]),
    accent: parseCss(style.accentColor) ?? (dark ? [100, 181, 246] : [25, 118, 210]),
    font: style.fontFamily || "sans-serif",
  };
}

/** JupyterLab swaps its variables and an attribute of the body; other pages follow the system. */
export function onTheme(listener: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(() => requestAnimationFrame(listener));
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-name"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme"] });
  atEnd(signal, () => observer.disconnect());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener, { signal });
}

export const stillness = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
