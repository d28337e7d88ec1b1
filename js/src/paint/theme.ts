/** The colours of the page around a view, and word when they change. */

import { atEnd, on, onResize } from "../page/life.ts";
import { luminance, parseCss, type Rgb } from "./colours.ts";

export type Theme = { background: Rgb; ink: Rgb; accent: Rgb; font: string };

export function readTheme(root: HTMLElement): Theme {
  const style = getComputedStyle(root);
  const background = parseCss(style.backgroundColor) ?? [255, 255, 255];
  const dark = luminance(background) < 0.2;
  // scroll bars and the like; not of the root, whose colours would then follow what was read of them
  root.style.setProperty("--greenlatent-scheme", dark ? "dark" : "light");
  return {
    background,
    ink: parseCss(style.color) ?? (dark ? [220, 220, 220] : [40, 40, 40]),
    accent: parseCss(style.accentColor) ?? (dark ? [100, 181, 246] : [25, 118, 210]),
    font: style.fontFamily || "sans-serif",
  };
}

/**
 * The colours in force, and word when they have changed: JupyterLab swaps its variables and an attribute of the body, in
 * either order, other pages follow the system, and a view is often built before it hangs in a page that has any.
 */
export function followTheme(root: HTMLElement, listener: () => void, signal: AbortSignal): { theme: Theme } {
  const followed = { theme: readTheme(root) };
  const look = (): void => {
    const found = readTheme(root);
    if (signal.aborted || same(found, followed.theme)) return;
    followed.theme = found;
    listener();
  };
  const observer = new MutationObserver(() => requestAnimationFrame(look));
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-name"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme"] });
  atEnd(signal, () => observer.disconnect());
  on(matchMedia("(prefers-color-scheme: dark)"), "change", look, signal);
  on(root, "transitionrun", look, signal); // page.css: whatever changed them
  onResize(root, look, signal); // it came to hang in a page, or is shown again
  return followed;
}

const same = (a: Theme, b: Theme): boolean => JSON.stringify(a) === JSON.stringify(b);

export const stillness = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
