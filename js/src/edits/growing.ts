/** Growing: the selection made larger, to whole groups or to the crowd of a point, and that crowd larger or smaller. */

import type { Cloud } from "../paint/cloud.ts";
import { type AskCrowd, CROWD, kinIn } from "./crowds.ts";
import { wholesOf } from "./kin.ts";
import { LOOKING } from "./meaning.ts";
import type { Selection } from "./selection.ts";

const TEN = 10; // samples by which a crowd is made larger or smaller

export type GrowingNeeds = {
  cloud: Cloud;
  selection: Selection;
  /** The sample under the cursor, or -1: what keys mean where nothing is selected. */
  cursor(): number;
  around: AskCrowd;
  say(text: string): void;
};

/** The crowd of a row: so many were asked for, and these are its kin among them. */
type Grown = { row: number; k: number; kin: readonly number[] };

export type Growing = {
  more(): void;
  fewer(): void;
  /** What a button that makes it larger says, empty where nothing does, and whether it can be made smaller. */
  offers(): { larger: string; smaller: boolean };
};

export function createGrowing(needs: GrowingNeeds, changed: () => void): Growing {
  const { cloud, selection, say } = needs;
  let last: Grown | null = null;

  /** The crowd that was asked for last, while it is what is selected. */
  function crowd(): Grown | null {
    if (last?.kin.length !== cloud.selectedCount) return null;
    return last.kin.every(row => cloud.isSelected(row)) ? last : null;
  }
  async function ask(row: number, k: number): Promise<void> {
    last = (await askKin(needs, row, k)) ?? last;
    changed();
  }
  function resize(by: number): void {
    const grown = crowd();
    if (grown && grown.k + by > 0) void ask(grown.row, grown.k + by);
  }
  /** Whether a point is meant that belongs to no group: its crowd is all it can grow to. */
  function lone(): boolean {
    return !cloud.groups().length && meantBy(needs).length === 1;
  }
  const whole = () => (cloud.groups().length ? wholesOf(cloud, meantBy(needs))[0] : undefined);

  return {
    more() {
      const next = whole();
      if (next) selection.select(next.rows, "set");
      else if (lone()) void ask(meantBy(needs)[0], CROWD);
      else if (crowd()) resize(TEN);
      else if (!cloud.selectedCount) say("Select a point first.");
      else say(cloud.groups().length ? "These are whole groups already." : "Nothing belongs with these.");
    },
    fewer: () => resize(-TEN),
    offers() {
      const grown = crowd();
      const larger = grown ? "Ten more" : (whole()?.text ?? (lone() ? "Its neighbours" : ""));
      return { larger, smaller: !!grown && grown.k > TEN };
    },
  };
}

/** Selects a row with its crowd, if the same is still meant when the kernel answers. */
async function askKin(needs: GrowingNeeds, row: number, k: number): Promise<Grown | null> {
  const { cloud, say } = needs;
  const [meant, id] = [String(cloud.idsOf(meantBy(needs))), cloud.ids[row]];
  say(LOOKING.title);
  const crowd = await needs.around([row], k);
  if (String(cloud.idsOf(meantBy(needs))) !== meant || cloud.ids[row] !== id) return null;
  const { rows: kin, why } = kinIn(cloud, row, crowd);
  if (kin.length) needs.selection.select(kin, "set");
  say(why);
  return kin.length ? { row, k, kin } : null;
}

/** The selection, else the point under the cursor. */
export const meantBy = ({ cloud, cursor }: Pick<GrowingNeeds, "cloud" | "cursor">): number[] =>
  cloud.selectedCount ? cloud.selectedRows() : cloud.rowsOf([cursor()]);
