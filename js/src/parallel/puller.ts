/** The puller: a class is taken by its mean, dragged along an axis, and what the drop asks leaves as an edit. */

import { now } from "../page/life.ts";
import { clamp } from "../page/numbers.ts";
import type { Plot } from "../plot/parts.ts";
import { amountOf, meaningOfPull, type Pull, readoutOf } from "./lines/pull.ts";
import type { Pulled } from "./marks.ts";
import type { Scene } from "./scene.ts";

const NUDGE = 0.25; // pooled deviations, by an arrow key
const BEYOND = 0.06; // of an axis that a class may be dragged past its ends, where the scale goes on

export type Puller = {
  /** The class under the hand; also while its drop is asked about. */
  readonly pull: Pull | null;
  /** The keyboard has it. */
  readonly byKey: boolean;
  take(axis: number, label: number, byKey: boolean): void;
  /** Takes the class whose mean is nearest to a height; taken by key already, the next one up. */
  takeNearest(axis: number, height: number): void;
  moveTo(height: number): void;
  nudge(up: number): void;
  drop(): Promise<void>;
  letGo(): void;
  marks(): Pulled | null;
};

/** `released` hears that the hand is off the class. */
export function createPuller(plot: Plot, scene: Scene, released: () => void, signal: AbortSignal): Puller {
  const { wire } = plot.page;
  const { ask } = plot.select;
  const { legend, words } = plot.say;
  const { strands } = scene;
  let pull: Pull | null = null;
  let byKey = false;
  let began = 0;

  const placeOf = ({ axis }: Pull): number => scene.layout.axes.indexOf(axis);
  function take(axis: number, label: number, key: boolean): void {
    const spread = strands.spread(axis, scene.classes.length);
    pull = { label, axis, name: scene.nameOf(axis), spread, to: spread.means[label] };
    byKey = key;
    began = now();
    legend.light(label);
  }
  function letGo(): void {
    pull = null;
    byKey = false;
    legend.light(-1);
  }

  return {
    get pull() {
      return pull;
    },
    get byKey() {
      return pull !== null && byKey;
    },
    take,
    takeNearest(axis, height) {
      const names = scene.classes;
      const heights = names.map((_, k) => scene.meanHeight(axis, k, now()));
      const order = names.map((_, k) => k).filter(k => !Number.isNaN(heights[k]));
      if (order.length < 2) return;
      order.sort((a, b) => heights[a] - heights[b]);
      const away = (k: number): number => Math.abs(heights[k] - height);
      const nearest = order.reduce((a, b) => (away(a) <= away(b) ? a : b));
      const label = pull && byKey ? order[(order.indexOf(pull.label) + 1) % order.length] : nearest;
      take(axis, label, true);
      words.say(`${names[label]}: up and down move it, Enter drops it, T takes the next class.`);
    },
    moveTo(height) {
      if (!pull) return;
      const beyond = strands.arrangement.quantile.includes(pull.axis) ? 0 : BEYOND;
      pull.to = strands.scale(pull.axis).valueAt(clamp(height, -beyond, 1 + beyond));
    },
    nudge(up) {
      if (!pull) return;
      // Up is up on the screen, whichever way the axis runs.
      const sign = strands.arrangement.flipped.includes(pull.axis) ? -1 : 1;
      pull.to += sign * up * NUDGE * pull.spread.pooled;
      words.announce(readoutOf(pull, scene.classes).join(", "));
    },
    /** Asks what the drop means; the picture stands still until it is answered. */
    async drop() {
      const dropped = pull;
      if (!dropped) return;
      const meaning = meaningOfPull(dropped, scene.classes);
      if (meaning) {
        const to = strands.scale(dropped.axis).heightOf(dropped.to);
        const question = {
          scopes: () => [{ text: "", rows: [] }],
          meaning: () => meaning,
          warning: () => "",
        };
        const choice = (await ask.show(question, scene.spot(placeOf(dropped), to), scene.size))?.choice;
        if (signal.aborted) return;
        if (choice) {
          wire.edit(choice.edit, Math.round(now() - began) / 1000, strands.step);
          words.say(`${meaning.title.replace("?", "")}: ${choice.text.toLowerCase()}. U takes it back.`);
        }
      } else if (Number.isNaN(amountOf(dropped))) {
        words.say("The classes have no width on this axis, so a margin means nothing here.");
      }
      letGo();
      released();
    },
    letGo,
    marks() {
      if (!pull) return null;
      const scale = strands.scale(pull.axis);
      const mean = pull.spread.means[pull.label];
      const { pooled } = pull.spread;
      const [low, high] = [scale.heightOf(mean - pooled), scale.heightOf(mean + pooled)];
      return {
        label: pull.label,
        x: scene.x(placeOf(pull)),
        from: scale.heightOf(mean),
        to: scale.heightOf(pull.to),
        band: low <= high ? [low, high] : [high, low],
        text: ask.open ? [] : readoutOf(pull, scene.classes),
      };
    },
  };
}
