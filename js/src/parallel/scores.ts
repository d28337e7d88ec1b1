/** The scores of the axes: asked for, kept as they come, and told with what else is known of an axis. */

import { points } from "../look/words.ts";
import { clamp } from "../page/numbers.ts";
import type { Plot } from "../plot/parts.ts";
import type { Brushing } from "./brush/brushing.ts";
import { short } from "./lines/scale.ts";
import type { Scene } from "./scene.ts";
import { describeAxis, type Scores, scoreText, statisticName } from "./words.ts";

export type ScoresNeeds = { scene: Scene; brushing(): Brushing; changed(): void };

export type AxisScores = {
  /** By what the kernel can score, and what was chosen of it. */
  statistics: readonly string[];
  readonly statistic: string;
  readonly latest: Scores | null;
  ask(statistic: string): void;
  /** The score in words, and its share of the best one. */
  barOf(axis: number): { text: string; share: number } | null;
  /** What there is to know of an axis, for its menu. */
  factsOf(axis: number): string[];
  /** Tells of the axis at the cursor. */
  tell(): void;
};

export function createScores(plot: Plot, needs: ScoresNeeds): AxisScores {
  const { wire } = plot.page;
  const { words } = plot.say;
  const { scene } = needs;
  const { strands } = scene;
  let statistic = "f_ratio";
  let latest: Scores | null = null;
  let best = 1;
  wire.on("scores", message => {
    latest = message;
    statistic = message.statistic;
    best = message.values.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0) || 1;
    needs.changed();
  });

  return {
    statistics: [],
    get statistic() {
      return statistic;
    },
    get latest() {
      return latest;
    },
    ask(next) {
      statistic = next;
      words.say(`${statisticName(next)}: asking the kernel…`, false);
      wire.command("relevance", { statistic: next });
    },
    barOf(axis) {
      const text = scoreText(latest, axis);
      const share = clamp((latest?.values[axis] ?? 0) / best, 0, 1);
      return text ? { text, share } : null;
    },
    factsOf(axis) {
      const { lo, hi } = strands.coded(axis);
      const { missing, pooled } = strands.spread(axis, scene.classes.length);
      const score = scoreText(latest, axis);
      const facts = [
        `${scene.nameOf(axis)}: ${missing === strands.n ? "no values" : scene.range(axis, [lo, hi])}`,
      ];
      if (pooled > 0) facts[0] += `, classes ${short(pooled, hi - lo)} wide (1 sd)`;
      if (missing) facts.push(`${points(missing)} without a value: their lines have a gap`);
      if (score) facts.push(`${score}. ${latest?.text ?? ""}`);
      return facts;
    },
    tell() {
      const { place } = scene.cursor;
      const axis = scene.axisAt(place);
      if (axis === undefined) return;
      words.announce(
        describeAxis(
          scene.nameOf(axis),
          place,
          scene.layout.axes.length,
          scoreText(latest, axis),
          strands.spread(axis, scene.classes.length),
          scene.classes,
          needs.brushing().brushes[axis]?.length ?? 0,
        ),
      );
    },
  };
}
