/** The editor: points are dragged, what the drop means is asked, and what was answered leaves as an edit. */

import { CROWD, type Crowd, kinIn } from "../edits/crowds.ts";
import { isAlone, type Scope, scopesOf } from "../edits/kin.ts";
import { type Landing, landingAmong, landingOn, NEIGHBOURS } from "../edits/landing.ts";
import { commonest, LOOKING } from "../edits/meaning.ts";
import type { Answer } from "../edits/question.ts";
import { points } from "../look/words.ts";
import { type Camera, neighbours, type Point, type Size, toData, toScreen } from "../page/geometry.ts";
import { now } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Plot } from "../plot/parts.ts";

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
  /** The kernel's answer to whom a lone point belongs with: asked while the hand still moves. */
  kin: Promise<Crowd> | null;
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
  const { ask, around } = plot.select;
  const { legend, words } = plot.say;
  const { cloud } = needs;
  let drag: Drag | null = null;

  function nearTo(at: Point, moved: ReadonlySet<number>): number[] {
    const skip = (row: number): boolean => moved.has(row) || cloud.isApart(row);
    return neighbours(needs.places(), at, NEIGHBOURS, REACH / needs.camera().scale, skip);
  }
  const landing = { cloud, around, classes: () => plot.page.classes };
  const kinOf = (rows: number[]): Promise<Crowd> | null =>
    isAlone(cloud, rows) ? around(rows, CROWD).then(crowd => kinIn(cloud, rows[0], crowd)) : null;

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
    { meaning, why }: Landing,
    rows: number[],
    near: number[],
    at: Point,
    since: number,
    asked: Promise<Crowd> | null,
  ): Promise<void> {
    let kin: Crowd | null = asked ? null : { rows: [], why: "" };
    const scopes = (): Scope[] =>
      scopesOf(cloud, rows, kin?.rows ?? null).filter(scope => !scope.rows.length || meaning(scope.rows));
    if (!scopes().some(scope => scope.rows.length)) {
      words.say("No point is near. Drop closer to the ones it belongs to.");
      letGo();
      return;
    }
    void asked?.then(found => {
      kin = found;
      ask.renew();
    });
    const doubt = near.filter(row => cloud.isDoubtful(row)).length > near.length / 2 ? DOUBT : "";
    const question = {
      scopes,
      meaning: (scope: Scope) => (scope.rows.length && meaning(scope.rows)) || LOOKING,
      warning: () => [...new Set([doubt, kin?.why, why()])].filter(Boolean).join(" "),
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
      const kin = kinOf(rows);
      drag = { rows, moved, from, at: from, near: [], target: -1, onLegend: -1, began: now(), kin };
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
      const { rows, near, onLegend, at, began, kin } = drag;
      const meant =
        onLegend >= 0 ? landingOn(landing, onLegend) : landingAmong(landing, rows, near, ask.renew);
      void propose(meant, rows, near, toScreen(needs.camera(), needs.size(), at.x, at.y), began, kin);
    },
    letGo,
    bring(rows, row, at, since) {
      const places = needs.places();
      const near = nearTo({ x: places[2 * row], y: places[2 * row + 1] }, new Set(rows));
      void propose(landingAmong(landing, rows, near, ask.renew), rows, near, at, since, kinOf(rows));
    },
  };
}
