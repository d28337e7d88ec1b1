/** Landing: what a drop among some points means, and whom a pull would go to: their crowd, once the kernel told it. */

import type { Cloud } from "../paint/cloud.ts";
import { type AskCrowd, CROWD, type Crowd } from "./crowds.ts";
import { type Meaning, meaningOf, meaningOfClass } from "./meaning.ts";

export const NEIGHBOURS = 10; // that a pull goes to

export type Landing = {
  /** Null where the drop means nothing for these rows. */
  meaning(rows: number[]): Meaning | null;
  /** Why a pull goes to the nearest point alone; "" where it does not. */
  why(): string;
};

type Needs = { cloud: Cloud; around: AskCrowd; classes(): readonly string[] };

/** `moved` rows among `near`, the nearest first. The kernel is asked when it comes to a pull; `told` hears that it answered. */
export function landingAmong(
  { cloud, around, classes }: Needs,
  moved: readonly number[],
  near: readonly number[],
  told: () => void,
): Landing {
  let crowd: Crowd | null = null;
  let asked = false;
  function known(row: number): Crowd | null {
    if (!asked) {
      asked = true;
      void around([row], NEIGHBOURS + CROWD + moved.length).then(found => {
        crowd = found;
        told();
      });
    }
    return crowd;
  }
  return {
    why: () => crowd?.why ?? "",
    meaning(rows) {
      const within = new Set(rows);
      const there = near.filter(row => !within.has(row));
      const classesOf = (some: number[]): number[] => some.map(row => cloud.classOf(row));
      return meaningOf(
        {
          ids: cloud.idsOf(rows),
          from: classesOf(rows),
          there: classesOf(there),
          near() {
            const all = known(there[0])?.rows.filter(row => !within.has(row));
            return all ? cloud.idsOf(all.length ? all.slice(0, NEIGHBOURS) : there.slice(0, 1)) : null;
          },
        },
        classes(),
      );
    },
  };
}

/** On a class of the legend. */
export const landingOn = ({ cloud, classes }: Needs, index: number): Landing => ({
  why: () => "",
  meaning: rows =>
    meaningOfClass(
      cloud.idsOf(rows),
      rows.map(row => cloud.classOf(row)),
      classes()[index],
    ),
});
