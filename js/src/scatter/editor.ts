/** The editor: points are dragged, what the drop means is asked, and what was answered leaves as an edit. */

import { KIN, scopesOf } from "../edits/kin.ts";
import { commonest, type Meaning, meaningOf, meaningOfClass } from "../edits/meaning.ts";
import type { Answer } from "../edits/question.ts";
import { points } from "../look/words.ts";
import { type Camera, neighbours, type Point, type Size, toData, toScreen } from "../page/geometry.ts";
import { now } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Plot } from "../plot/parts.ts";

const NEIGHBOURS = 10;
const REACH = 60; // pixels from a drop within which a point is a neighbour
const DOUBT =
  "This spot is doubtful: most neighbours in this picture are none in the latent space. Zooming in may help.";

export type Drag = {
  rows: number[];
  moved: ReadonlySet<number>;
  /** Where it began and where the hand is, in data: the page may change its width while a question is open. */
  from: Point;
  at: Point;
  /** Rows near the pointer, and the class that most of them have. */
  near: number[];
  target: number;
  /** The class whose row in the legend the pointer is over, or -1. */
  onLegend: number;
  began: number;
};

/** Where points are and how they are seen, at this moment. */
export type EditorNeeds = { cloud: Cloud; places(): Float32Array; camera(): Camera; size(): Size };

export type Editor = {
  /** The drag under way; also while its drop is asked about. */
  readonly drag: Drag | null;
  grab(rows: number[], from: Point): void;
  dragTo(spot: Point): void;
  drop(): void;
  letGo(): void;
  /** The drop by keyboard: the selection goes where `row` is. */
  bring(rows: number[], row: number, at: Point, since: number): void;
};

export function createEditor(plot: Plot, needs: EditorNeeds, signal: AbortSignal): Editor {
  const { stage } = plot.page;
  const { ask } = plot.select;
  const { legend, words } = plot.say;
  const { cloud } = needs;
  let drag: Drag | null = null;

  function nearTo(at: Point, moved: ReadonlySet<number>): number[] {
    const skip = (row: number): boolean => moved.has(row) || cloud.isApart(row);
    return neighbours(needs.places(), at, NEIGHBOURS, REACH / needs.camera().scale, skip);
  }
  function meaningNear(rows: number[], near: number[]): Meaning | null {
    const within = new Set(rows);
    const there = near.filter(row => !within.has(row));
    return meaningOf(
      {
        ids: cloud.idsOf(rows),
        from: rows.map(row => cloud.classOf(row)),
        near: cloud.idsOf(there),
        there: there.map(row => cloud.classOf(row)),
      },
      plot.page.classes,
    );
  }
  function letGo(): void {
    drag = null;
    cloud.drag([]);
    legend.light(-1);
    stage.removeAttribute("data-dragging");
    plot.draw.released();
  }
  /**
   * Shows what a drop would mean, for a group where there is one, and waits; the picture stands still meanwhile.
   * A scope for which the drop means nothing, as its own group lives there, is not offered.
   */
  async function propose(
    meaning: (rows: number[]) => Meaning | null,
    rows: number[],
    near: number[],
    at: Point,
    since: number,
  ): Promise<void> {
    const all = scopesOf(cloud, rows, needs.places(), KIN / needs.camera().scale);
    const scopes = all.filter(scope => meaning(scope.rows));
    if (!scopes.length) {
      words.say("No point is near. Drop closer to the ones it belongs to.");
      letGo();
      return;
    }
    const nothing: Meaning = { title: "", choices: [] };
    const question = {
      scopes,
      meaning: (scope: { rows: number[] }) => meaning(scope.rows) ?? nothing,
      warning: near.filter(row => cloud.isDoubtful(row)).length > near.length / 2 ? DOUBT : "",
    };
    const answer: Answer | null = await ask.show(question, at, needs.size());
    if (signal.aborted) return;
    if (answer) {
      const { choice, scope } = answer;
      plot.select.apply(choice.edit, scope.rows, since, `${choice.text}: ${points(scope.rows.length)}`);
    }
    letGo();
  }

  return {
    get drag() {
      return drag;
    },
    grab(rows, from) {
      const moved = new Set(rows);
      drag = { rows, moved, from, at: from, near: [], target: -1, onLegend: -1, began: now() };
      cloud.drag(rows);
      stage.setAttribute("data-dragging", "");
    },
    dragTo(spot) {
      if (!drag) return;
      const onLegend = legend.classAt(stage, spot);
      const at = toData(needs.camera(), needs.size(), spot);
      const near = onLegend >= 0 ? [] : nearTo(at, drag.moved);
      const target = onLegend >= 0 ? onLegend : commonest(near.map(row => cloud.classOf(row)));
      drag = { ...drag, at, near, target, onLegend };
      legend.light(target);
    },
    drop() {
      if (!drag) return;
      const { rows, near, onLegend, at, began } = drag;
      const meaning = (whom: number[]): Meaning | null =>
        onLegend >= 0
          ? meaningOfClass(
              cloud.idsOf(whom),
              whom.map(row => cloud.classOf(row)),
              plot.page.classes[onLegend],
            )
          : meaningNear(whom, near);
      void propose(meaning, rows, near, toScreen(needs.camera(), needs.size(), at.x, at.y), began);
    },
    letGo,
    bring(rows, row, at, since) {
      const places = needs.places();
      const near = nearTo({ x: places[2 * row], y: places[2 * row + 1] }, new Set(rows));
      void propose(whom => meaningNear(whom, near), rows, near, at, since);
    },
  };
}
