/** The commentary: the line below the picture, and the same for those who listen. */

import { describeQuality, describeSelection } from "../look/words.ts";
import { element, spoken } from "../page/elements.ts";
import { createTimer } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";

const REMARK_MILLISECONDS = 6000; // that a remark stays

export type Commentary = {
  element: HTMLElement;
  /** Remarks on what happened, by voice as well unless it is of no use there. */
  say(text: string, aloud?: boolean): void;
  announce(text: string): void;
  /** Says what is selected. */
  announceSelection(): void;
  /** Brings the standing words up to date. */
  refresh(): void;
};

export function createCommentary(
  cloud: Cloud,
  stage: HTMLElement,
  view: {
    classes(): readonly string[];
    /** The whole view in words. */
    label(): string;
    /** What a person can do while nothing is selected. */
    hint(): string;
  },
  signal: AbortSignal,
): Commentary {
  const hint = element("div", "hint clamp");
  const quality = element("div", "quality", {
    title:
      "Trust: how many of the neighbours in this picture are neighbours in the latent space as well, 0 to 1",
  });
  const live = spoken();
  let remark = "";
  const timer = createTimer(signal);

  function standing(): string {
    if (cloud.n === 0) return "";
    if (!cloud.selectedCount) return view.hint();
    return `${describeSelection(cloud, view.classes())}. Esc clears.`;
  }
  function refresh(): void {
    hint.textContent = remark || standing();
    quality.textContent = describeQuality(cloud);
    const label = view.label();
    if (stage.ariaLabel !== label) stage.ariaLabel = label;
  }
  function announce(text: string): void {
    live.textContent = text;
  }

  return {
    element: element("div", "foot soft fine", hint, quality, live),
    announce,
    announceSelection: () => announce(describeSelection(cloud, view.classes())),
    say(text, aloud = true) {
      remark = text;
      if (aloud) announce(text);
      timer.set(REMARK_MILLISECONDS, () => {
        remark = "";
        refresh();
      });
      refresh();
    },
    refresh,
  };
}
