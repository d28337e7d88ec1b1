/** The row above the axes: relevance, how brushes combine, hidden axes, and the ranking of input features. */

import { element, icon } from "../dom.ts";
import { HELP, REDO, SAVE, toolButton, UNDO } from "../tools.ts";
import type { Combine } from "./brushes.ts";
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
  actions: {
    score(statistic: string): void;
    sort(): void;
    combine(next: Combine): void;
    clear(): void;
    showHidden(): void;
    help(): void;
    save(): void;
    undo(): void;
    redo(): void;
    keep(count: number): void;
    rank(): void;
  },
  signal: AbortSignal,
): Toolbar {
  const button = (text: string, label: string, act: () => void): HTMLButtonElement => {
    const made = element(
      "button",
      "button small",
      { type: "button", title: label, "aria-label": label },
      text,
    );
    made.addEventListener("click", act, { signal });
    return made;
  };
  const scored = "Score the axes by: the bars below their names";
  const choice = element("select", "select", { "aria-label": scored, title: scored });
  choice.addEventListener("change", () => actions.score(choice.value), { signal });
  const sort = button("Sort by", "Sort the axes by their score (S)", actions.sort);
  sort.prepend(icon(SORT));
  const relevance = element("div", "group", {}, sort, choice);

  let combine: Combine = "and";
  const both = button("", "", () => actions.combine(combine === "and" ? "or" : "and"));
  const clear = button("Clear", "Clear all brushes (Esc)", actions.clear);
  const brushes = element("div", "group", {}, both, clear);
  const hidden = button("", "", actions.showHidden);

  const keep = element("input", "number", {
    type: "number",
    min: 1,
    "aria-label": "How many features to keep",
  });
  keep.addEventListener("input", () => keep.value && actions.keep(Number(keep.value)), { signal });
  keep.addEventListener("change", () => tell(), { signal });
  let kept = 0;
  const tell = (): void => {
    keep.value = String(kept);
  };
  const of = element("span", "");
  const rank = button("Use this ranking", "", actions.rank);
  const ranking = element("div", "group", {}, element("label", "keep", {}, "Keep", keep, of), rank);

  const undo = toolButton("Undo the last edit (U)", UNDO, actions.undo, signal);
  const redo = toolButton("Redo the edit that was undone (R)", REDO, actions.redo, signal);
  undo.hidden = redo.hidden = true;

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
      element(
        "div",
        "group axis-more",
        {},
        undo,
        redo,
        toolButton("Save the picture as PNG (E)", SAVE, actions.save, signal),
        toolButton("Gestures and keys (?)", HELP, actions.help, signal),
      ),
    ),
    offer(canUndo, canRedo) {
      undo.hidden = redo.hidden = !canUndo && !canRedo;
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
    },
    show(state) {
      relevance.hidden = state.statistics.length === 0;
      const names = state.statistics.join();
      if (options !== names) {
        options = names;
        choice.replaceChildren(
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
      both.setAttribute("aria-label", both.title);
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
