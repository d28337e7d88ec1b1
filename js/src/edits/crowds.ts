/** Crowds: which samples lie together in all axes. The kernel is asked, because a picture shows two of them. */

import { createTimer } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import { randomName } from "../wire/memory.ts";
import type { Wire } from "../wire/wire.ts";

export const CROWD = 30; // samples of one
export const FEWEST = 4; // that are one
const PATIENCE_MILLISECONDS = 3000;

/** Rows of samples that lie together, the nearest first; where there are none, why. */
export type Crowd = { rows: number[]; why: string };

/** Asks for the k samples around those of some rows. Always answered, once: what comes late is not heard. */
export type AskCrowd = (rows: readonly number[], k: number) => Promise<Crowd>;

export function createCrowds(cloud: Cloud, wire: Pick<Wire, "on" | "send">, signal: AbortSignal): AskCrowd {
  const asked = new Map<string, (ids: Iterable<number>, why: string) => void>();
  wire.on("crowd", ({ name, ids, text }) => asked.get(name)?.(ids, text));
  return (rows, k) =>
    new Promise(resolve => {
      const name = randomName();
      const timer = createTimer(signal);
      asked.set(name, (ids, why) => {
        asked.delete(name);
        timer.clear();
        resolve({ rows: cloud.rowsOf(ids).filter(row => !cloud.isApart(row)), why });
      });
      timer.set(PATIENCE_MILLISECONDS, () =>
        asked.get(name)?.([], "The kernel does not answer: it is busy, or gone."),
      );
      wire.send({ type: "crowd", name, k, ids: cloud.idsOf(rows) });
    });
}

/** A row with those of its crowd that have its label, unless as many have another one. */
export function kinIn(cloud: Cloud, row: number, { rows, why }: Crowd): Crowd {
  const label = cloud.classOf(row);
  const others = rows.filter(other => other !== row);
  const alike = others.filter(other => cloud.classOf(other) === label);
  const against = others.filter(other => label >= 0 && cloud.classOf(other) >= 0).length - alike.length;
  if (alike.length + 1 >= FEWEST && alike.length >= against) return { rows: [row, ...alike], why };
  return { rows: [], why: why || "Few near it in all axes have its label." };
}
