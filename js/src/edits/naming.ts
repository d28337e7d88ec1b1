/** Naming: the selection as a class that was not there, by a name that is typed. */

import { points } from "../look/words.ts";
import type { Menu } from "../page/menu.ts";
import type { Edit, Ids } from "../wire/protocol.ts";
import type { Chosen } from "./linking.ts";

const LONGEST = 40; // characters, as the kernel takes them

export type NamingNeeds = {
  chosen(): Chosen | null;
  classes(): readonly string[];
  act(make: (ids: Ids) => Edit, done: (n: string) => string): void;
  relabel(label: string): void;
};

/** Asks for the name; one that is there already relabels. */
export function createNaming(
  menu: Pick<Menu, "write">,
  opener: HTMLElement,
  { chosen, classes, act, relabel }: NamingNeeds,
): () => void {
  return () => {
    const rows = chosen()?.rows.length;
    if (!rows) return;
    menu.write("Name of the new class", `Enter makes ${points(rows)} a class`, LONGEST, opener, name => {
      if (classes().includes(name)) return relabel(name);
      act(
        ids => ({ kind: "Found", ids, name }),
        n => `Made ${n} a class: ${name}`,
      );
    });
  };
}
