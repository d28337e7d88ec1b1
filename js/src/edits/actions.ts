/** The actions: what can be done with the selection, as buttons that are there when there is one, and as keys. */

import { points } from "../look/words.ts";
import { button, element } from "../page/elements.ts";
import { classKeys } from "../page/keys.ts";
import { now } from "../page/life.ts";
import { createMenu, type Item } from "../page/menu.ts";
import type { Palette } from "../paint/colours.ts";
import { markOf } from "../paint/shapes.ts";
import type { Edit, Ids } from "../wire/protocol.ts";
import { createDrawn } from "./drawn.ts";
import { createGrowing, type GrowingNeeds, meantBy } from "./growing.ts";
import { type Chosen, createLinking } from "./linking.ts";
import { WEIGHTS } from "./meaning.ts";
import { createNaming } from "./naming.ts";

const MOST_UNASKED = 0.25; // of all points, above which a relabelling asks first

export type ActionsNeeds = GrowingNeeds & {
  /** What the buttons and menus belong to, and what gets the focus after them. */
  stage: HTMLElement;
  classes(): readonly string[];
  palette(): Palette;
  editable(): boolean;
  apply(edit: Edit, rows: readonly number[], since: number, done: string): void;
  look(): void;
};

export type Actions = {
  /** The buttons. */
  element: HTMLElement;
  refresh(): void;
  /** Rows kept as the one side of a link. */
  kept(): number[];
  relabel(label: string): void;
  /** A lasso was finished. */
  drawn(): void;
  /** Menus and acts by their keys. */
  keys: Record<"more" | "fewer" | "relabel" | "weigh" | "drop" | "link", () => void>;
  cancel(): boolean;
};

export function createActions(home: HTMLElement, needs: ActionsNeeds, signal: AbortSignal): Actions {
  const { cloud, selection, classes } = needs;
  const menu = createMenu(home, needs.stage, signal);

  const action = (text: string, hint: string, act: () => void): HTMLButtonElement =>
    button("action", { title: hint }, act, text);
  const extendButton = action("Whole group", "Select all that belongs with these (G)", () => more());
  const fewerButton = action("Ten fewer", "Ten fewer of its neighbours (D)", () => fewer());
  const relabelButton = action("Relabel", "Relabel these as… (M)", openRelabel);
  const nameButton = action("New class", "These are of a class that is not there yet… (M, then N)", () =>
    openNaming(),
  );
  const weighButton = action("Weigh", "How much these count in training… (W, then 1 to 5)", openWeigh);
  const dropButton = action("Drop", "Leave these out of training (Delete)", drop);
  const linkButton = action("Link", "These belong together with others, or apart from them… (K)", () =>
    linking.link(),
  );
  const lookButton = action("Show them", "See what these look like (V)", needs.look);
  const bar = element(
    "div",
    "actions",
    { role: "toolbar", "aria-label": "The selection", hidden: true },
    extendButton,
    fewerButton,
    relabelButton,
    nameButton,
    weighButton,
    dropButton,
    linkButton,
    lookButton,
  );
  for (const each of [relabelButton, nameButton, weighButton, linkButton]) each.ariaHasPopup = "menu";

  const drawn = createDrawn(bar, needs);
  const { more, fewer, offers } = createGrowing(needs, refresh);
  const linking = createLinking(menu, linkButton, { ...needs, chosen, refresh });
  const openNaming = createNaming(menu, nameButton, { chosen, classes, act, relabel });

  /** The rows that an action is about, and since when: the selection, else the point under the cursor. */
  function chosen(): Chosen | null {
    const rows = meantBy(needs);
    if (!needs.editable()) return null;
    if (!rows.length) {
      needs.say("Select points first.");
      return null;
    }
    return { rows, since: cloud.selectedCount ? selection.began : now() };
  }
  function act(make: (ids: Ids) => Edit, done: (n: string) => string): void {
    const what = chosen();
    if (what)
      needs.apply(make(cloud.idsOf(what.rows)), what.rows, what.since, done(points(what.rows.length)));
  }
  const change = (label: string): void =>
    act(
      ids => ({ kind: "Relabel", ids, label }),
      n => `Relabelled ${n} as ${label}`,
    );
  function relabel(label: string): void {
    const rows = chosen()?.rows.length ?? 0;
    const ask = unasked(label, rows, cloud.n, () => change(label));
    if (ask) menu.open(ask[0].text, ask, relabelButton);
    else if (rows) change(label);
  }
  function drop(): void {
    act(
      ids => ({ kind: "Drop", ids }),
      n => `Dropped ${n}: no longer trained on`,
    );
  }
  function openRelabel(): void {
    if (!chosen()) return;
    const keys = classKeys(classes());
    const marks = cloud.columns.get(cloud.colourBy)?.kind === "class";
    const items = classes().map((name, k): Item => {
      const item: Item = { text: name, key: keys[k], act: () => relabel(name) };
      return marks ? { ...item, mark: markOf(k, needs.palette()) } : item;
    });
    const anew: Item = { text: "New class…", key: "N", act: openNaming };
    if (items.length) menu.open("Relabel as", [...items, anew], relabelButton);
    else needs.say("There are no classes to relabel to.");
  }
  function openWeigh(): void {
    if (!chosen()) return;
    const weigh = (weight: number): void =>
      act(
        ids => ({ kind: "Weigh", ids, weight }),
        n => `Weight ${weight} for ${n}`,
      );
    menu.open("Weigh as", weighings(weigh), weighButton);
  }

  function refresh(): void {
    drawn.refresh();
    const [some, editable] = [cloud.selectedCount > 0, needs.editable()];
    bar.hidden = !some;
    if (!some) return;
    const { larger, smaller } = offers();
    extendButton.hidden = !larger;
    extendButton.textContent = larger;
    fewerButton.hidden = !smaller;
    relabelButton.hidden = nameButton.hidden = !editable || classes().length === 0;
    for (const each of [weighButton, dropButton, linkButton]) each.hidden = !editable;
    linking.tell();
  }

  return {
    element: bar,
    refresh,
    kept: linking.kept,
    relabel,
    drawn: () => void drawn.ask(),
    keys: { more, fewer, relabel: openRelabel, weigh: openWeigh, drop, link: linking.link },
    cancel: () => menu.close() || linking.forget(),
  };
}

/** One key must not relabel half of the data unasked: what is to be asked, if anything. */
function unasked(label: string, rows: number, all: number, change: () => void): Item[] | null {
  if (rows <= MOST_UNASKED * all) return null;
  return [
    { text: `Leave ${points(rows)} of ${all} as they are`, act: () => {} },
    { text: `Relabel ${points(rows)} of ${all} as ${label}`, act: change },
  ];
}

const weighings = (weigh: (weight: number) => void): Item[] =>
  WEIGHTS.map(({ weight, text, note }, k) => ({ text, note, key: String(k + 1), act: () => weigh(weight) }));
