/** The pictures of a Lab: the scatter, and the axes beside it on a wide page, below it or folded on a narrow one. */

import { element, smallButton } from "../page/elements.ts";
import { onResize } from "../page/life.ts";
import { createParallel } from "../parallel/parallel.ts";
import type { Place, Shown } from "../plot/parts.ts";
import { createScatter } from "../scatter/scatter.ts";

const WIDE = 1200; // pixels from which both stand side by side

export type Plots = { element: HTMLElement; toggle: HTMLElement; scatter: Shown; axes(): boolean };

/** `changed` hears when axes are folded or unfolded; until then they are not even made. */
export function createPlots(place: Place, changed: () => void, signal: AbortSignal): Plots {
  const scatter = createScatter({ ...place, coloured: column => parallel?.colourBy(column) }, signal);
  const plots = element("div", "plots", scatter.element);
  let parallel: Shown | null = null;
  let open: boolean | null = null; // null until the page has a width
  const toggle = smallButton("Axes", "Show every latent dimension as an axis", () => show(!open));

  function show(next: boolean): void {
    open = next;
    toggle.ariaPressed = String(open);
    if (open && !parallel) {
      parallel = createParallel(place, signal);
      plots.append(parallel.element);
    }
    plots.toggleAttribute("data-axes", open);
    if (parallel) parallel.element.hidden = !open;
    changed();
  }
  onResize(
    plots,
    () => {
      if (open === null && plots.clientWidth) show(plots.clientWidth >= WIDE);
    },
    signal,
  );
  return { element: plots, toggle, scatter, axes: () => open === true };
}
