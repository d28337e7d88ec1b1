/** The meaning of a drop, before it counts: the choices that are offered. Pure. */

import type { Edit, Ids } from "../wire/protocol.ts";

export type Choice = { text: string; note: string; edit: Edit };
export type Meaning = { title: string; choices: Choice[] };

/** While the kernel is asked: nothing can be chosen, so nothing is meant that nobody saw. */
export const LOOKING: Meaning = { title: "Looking for neighbours in all axes…", choices: [] };

export type Drop = {
  ids: Ids;
  /** The class of each moved sample and of each neighbour at the drop, -1 for none. */
  from: number[];
  there: number[];
  /** Whom a pull goes to: asked for where it comes to that, null until it is known. */
  near(): Ids | null;
};

/** What a sample's weight may be, by the keys 1 to 5: how often an epoch meets it. */
export const WEIGHTS: readonly { weight: number; text: string; note: string }[] = [
  { weight: 0.25, text: "Hardly", note: "¼: every fourth epoch" },
  { weight: 0.5, text: "Less", note: "½: every other epoch" },
  { weight: 1, text: "As any other", note: "1: once an epoch" },
  { weight: 2, text: "More", note: "2: twice an epoch" },
  { weight: 4, text: "Much more", note: "4: four times an epoch" },
];

/** Null where no neighbour is near: a drop into the empty says nothing that a model could follow. */
export function meaningOf(drop: Drop, classes: readonly string[]): Meaning | null {
  if (drop.ids.length === 0 || drop.there.length === 0) return null;
  const what = points(drop.ids);
  const [own, target] = [commonest(drop.from), commonest(drop.there)];
  if (target < 0 || target === own) {
    const near = drop.near();
    if (!near) return LOOKING;
    const where = target < 0 ? "its new neighbours" : `its neighbours in ${classes[target]}`;
    return {
      title: `Pull ${what} here?`,
      choices: [
        {
          text: near.length > 1 ? "Pull to these neighbours" : "Pull to this one",
          note: `The label stays. Training pulls ${what} to ${drop.ids.length === 1 ? where : where.replace("its", "their")}.`,
          edit: { kind: "Move", ids: drop.ids, to: { near } },
        },
      ],
    };
  }
  const name = classes[target];
  return {
    title: drop.from.every(each => each === own && own >= 0)
      ? `${sentence(what)} from ${classes[own]} to ${name}?`
      : `${sentence(what)} to ${name}?`,
    choices: [naming(drop.ids, drop.from, name)],
  };
}

/** What a named class offers: from the legend, or from a digit key. */
export const meaningOfClass = (ids: Ids, from: number[], name: string): Meaning => ({
  title: `${sentence(points(ids))} to ${name}?`,
  choices: [naming(ids, from, name)],
});

/** Samples that had no label count as dragged there. */
const naming = (ids: Ids, from: number[], name: string): Choice => ({
  text: ids.length === 1 ? `This one is ${name}` : `These ${ids.length} are ${name}`,
  note: `From the next step on the label is ${name}.`,
  edit: from.some(each => each < 0) ? { kind: "Move", ids, to: name } : { kind: "Relabel", ids, label: name },
});

const points = (ids: Ids): string => (ids.length === 1 ? "this point" : `these ${ids.length} points`);

/** The value that most of the list has; the first of them when several tie; -1 for an empty list. */
export function commonest(values: number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let [best, most] = [-1, 0];
  for (const [value, count] of counts) if (count > most) [best, most] = [value, count];
  return best;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
