/** Drawn: what a finished lasso may mean, all in it or the crowd in it: two buttons, the likelier pure one first. */

import { actionButton } from "../page/elements.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Ids } from "../wire/protocol.ts";
import { type AskCrowd, CROWD, FEWEST } from "./crowds.ts";
import { commonest } from "./meaning.ts";
import type { Selection } from "./selection.ts";

export type Drawn = {
  /** Asks for the crowd in what is selected, and offers it once it is known. */
  ask(): Promise<void>;
  /** Ends the offer when something else is selected. */
  refresh(): void;
};

type Needs = { cloud: Cloud; selection: Pick<Selection, "select">; around: AskCrowd };

/** `bar` is where the buttons come to stand, before all others. */
export function createDrawn(bar: HTMLElement, { cloud, selection, around }: Needs): Drawn {
  let offered: { made: HTMLElement; ids: Ids }[] = [];
  const isSelected = (ids: Ids): boolean =>
    ids.length === cloud.selectedCount && cloud.rowsOf(ids).every(row => cloud.isSelected(row));

  function refresh(): void {
    const stays = offered.some(({ ids }) => isSelected(ids));
    for (const { made, ids } of offered) {
      if (stays) made.ariaPressed = String(isSelected(ids));
      else made.remove();
    }
    if (!stays) offered = [];
  }
  return {
    refresh,
    async ask() {
      const all = cloud.selectedRows();
      if (all.length < FEWEST) return;
      const ids = cloud.idsOf(all);
      const crowd = (await around(all, CROWD)).rows;
      const part = crowd.filter(row => cloud.isSelected(row));
      if (offered.length || !isSelected(ids) || part.length < FEWEST || part.length === all.length) return;
      const drawn = { text: `As drawn (${all.length})`, rows: all };
      const within = { text: `The crowd in it (${part.length} of ${crowd.length})`, rows: part };
      const both = purity(cloud, part) > purity(cloud, all) ? [within, drawn] : [drawn, within];
      offered = both.map(({ text, rows }) => ({
        made: actionButton(text, () => selection.select(rows, "set")),
        ids: cloud.idsOf(rows),
      }));
      bar.prepend(...offered.map(({ made }) => made));
      refresh();
    },
  };
}

/** The share of the commonest class, by the labels in force and elsewhere by the guess. */
export function purity(cloud: Cloud, rows: readonly number[]): number {
  const classes = rows.map(row => {
    const given = cloud.classOf(row);
    return given < 0 ? cloud.classOf(row, "predicted") : given;
  });
  const most = commonest(classes);
  return most < 0 ? 0 : classes.filter(each => each === most).length / rows.length;
}
