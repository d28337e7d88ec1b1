/** The row above the axes: relevance, how brushes combine, hidden axes, and the ranking of input features. */

import { dropDown, element, group, icon, numberField, refill, smallButton } from "../page/elements.ts";
import { type Acts, commonTools } from "../plot/tools.ts";
import type { Combine } from "../wire/traits.ts";
import { statisticName } from "./words.ts";

const SORT = "M3 4h10M3 8h7M3 12h4";

export type Toolbar = {
  element: HTMLElement;
  show(state: {
    statistic: string;
    statistics: readonly string[];
    scored: boolean;
    combine: Combine;
    brushes: number;
    hidden: number;
    ranking: { keep: number; of: number } | null;
  }): void;
  /** Whether there is something to undo or redo; a view whose buttons are elsewhere never says. */
  offer(undo: boolean, redo: boolean): void;
};

export function createToolbar(
  actions: Acts & {
    score(statistic: string): void;
    sort(): void;
    combine(next: Combine): void;
    clear(): void;
    showHidden(): void;
    keep(count: number): void;
    rank(): void;
  },
): Toolbar {
  const scored = "Score the axes by: the bars below their names";
  const choice = dropDown(scored);
  choice.onchange = () => actions.score(choice.value);
  const sort = smallButton("Sort by", "Sort the axes by their score (S)", actions.sort);
  sort.prepend(icon(SORT));
  const relevance = group(sort, choice);

  let combine: Combine = "and";
  const both = smallButton("", "", () => actions.combine(combine === "and" ? "or" : "and"));
  const clear = smallButton("Clear", "Clear all brushes (Esc)", actions.clear);
  const brushes = group(both, clear);
  const hidden = smallButton("", "", actions.showHidden);

  const keep = numberField({
    min: 1,
    "aria-label": "How many features to keep",
  });
  let kept = 0;
  const tell = (): void => {
    keep.value = String(kept);
  };
  keep.oninput = () => keep.value && actions.keep(Number(keep.value));
  keep.onchange = tell;
  const of = element("span", "");
  const rank = smallButton("Use this ranking", "", actions.rank);
  const ranking = group(element("label", "keep", "Keep", keep, of), rank);

  const { buttons, offer } = commonTools(actions);
  let options = "";
  return {
    element: element(
      "div",
      "axis-bar",
      { role: "toolbar", "aria-label": "Axes" },
      relevance,
      brushes,
      hidden,
      ranking,
      element("div", "group axis-more", ...buttons),
    ),
    offer,
    show(state) {
      relevance.hidden = state.statistics.length === 0;
      const names = state.statistics.join();
      if (options !== names) {
        options = names;
        refill(
          choice,
          ...state.statistics.map(key => element("option", "", { value: key }, statisticName(key))),
        );
      }
      choice.value = state.statistic;
      sort.disabled = !state.scored;
      combine = state.combine;
      brushes.hidden = state.brushes === 0;
      both.textContent = combine === "and" ? "All brushes" : "Any brush";
      both.title =
        combine === "and"
          ? "A sample must lie within a brush of every axis; press for any (O)"
          : "A sample must lie within one brush of any axis; press for all (O)";
      both.ariaLabel = both.title;
      hidden.hidden = state.hidden === 0;
      hidden.textContent = `Show ${state.hidden} hidden`;
      hidden.title = "Show the hidden axes again";
      ranking.hidden = !state.ranking;
      if (!state.ranking) return;
      keep.max = String(state.ranking.of);
      kept = state.ranking.keep;
      if (document.activeElement !== keep) tell();
      of.textContent = `of ${state.ranking.of}`;
      rank.disabled = state.ranking.keep >= state.ranking.of;
      rank.title = rank.disabled
        ? "Put the important features first, then keep fewer than all"
        : "From the next step on the others are zeroed";
    },
  };
}
