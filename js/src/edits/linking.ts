/** Linking: one side is kept, then the other is chosen and whether both belong together or apart. */

import { points } from "../look/words.ts";
import type { Menu } from "../page/menu.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Edit, Ids } from "../wire/protocol.ts";

/** The rows that an action is about, and since when. */
export type Chosen = { rows: number[]; since: number };

export type LinkingNeeds = {
  cloud: Cloud;
  chosen(): Chosen | null;
  apply(edit: Edit, rows: readonly number[], since: number, done: string): void;
  say(text: string): void;
  refresh(): void;
};

export type Linking = {
  /** The first time these are one side, the second time the other side is chosen and how they go together. */
  link(): void;
  /** Rows kept as the one side. */
  kept(): number[];
  /** Says on the button what is kept. */
  tell(): void;
  /** True if a side was kept. */
  forget(): boolean;
};

const NONE: Ids = new Uint32Array(0);

export function createLinking(menu: Pick<Menu, "open">, opener: HTMLElement, needs: LinkingNeeds): Linking {
  const { cloud } = needs;
  let kept = NONE;

  function keep(ids: Ids): void {
    kept = ids;
    needs.refresh();
  }
  function join(sides: number[], others: number[], since: number, alike: boolean): void {
    const [a, b] = [cloud.idsOf(sides), cloud.idsOf(others)];
    kept = NONE;
    needs.apply(
      { kind: "Link", a, b, alike },
      [...sides, ...others],
      since,
      `${points(a.length)} and ${points(b.length)} belong ${alike ? "together" : "apart"}`,
    );
    needs.refresh();
  }
  return {
    link() {
      const what = needs.chosen();
      if (!what) return;
      const { rows, since } = what;
      const sides = cloud.rowsOf(kept);
      const others = rows.filter(row => !sides.includes(row));
      if (!sides.length || !others.length) {
        needs.say(`${points(rows.length)} to link. Select the others, then Link (K) again.`);
        keep(cloud.idsOf(rows));
        return;
      }
      menu.open(
        "These and the ones before",
        [
          {
            text: "Belong together",
            note: "one name for both; a kind of their own where neither has one",
            key: "J",
            act: () => join(sides, others, since, true),
          },
          {
            text: "Belong apart",
            note: "moves the latent, not the accuracy: measured",
            key: "D",
            act: () => join(sides, others, since, false),
          },
          { text: "Forget it", act: () => keep(NONE) },
        ],
        opener,
      );
    },
    kept: () => cloud.rowsOf(kept),
    tell() {
      opener.textContent = kept.length ? `Link with ${kept.length}` : "Link";
    },
    forget() {
      if (!kept.length) return false;
      needs.say("Nothing is linked.");
      keep(NONE);
      return true;
    },
  };
}
