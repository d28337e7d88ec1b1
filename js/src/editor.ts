/** The editor: points are dragged, what the drop means is asked, and what was answered leaves as an edit. */

import type { Ask } from "./ask.ts";
import type { Cloud } from "./cloud.ts";
import { type Camera, neighbours, type Point, type Size, toData } from "./geometry.ts";
import type { Legend } from "./legend.ts";
import { commonest, type Meaning, meaningOf, meaningOfClass } from "./meaning.ts";
import type { Wire } from "./wire.ts";
import { points } from "./words.ts";

const NEIGHBOURS = 10;
const REACH = 60; // pixels from a drop within which a point is a neighbour

export type Drag = {
  rows: number[];
  /** Pixels from where it began. */
  by: Point;
  at: Point;
  /** Rows near the pointer, and the class that most of them have. */
  near: number[];
  target: number;
  /** The class whose row in the legend the pointer is over, or -1. */
  onLegend: number;
  began: number;
};

/** What the editor needs to know of the view it works in. */
export type Bench = {
  cloud: Cloud;
  wire: Wire;
  ask: Ask;
  legend: Legend;
  stage: HTMLElement;
  classes(): readonly string[];
  places(): Float32Array;
  camera(): Camera;
  size(): Size;
  /** Tells the person what happened. */
  say(text: string): void;
  /** The hand is off the points: frames that waited may come. */
  released(): void;
};

export type Editor = {
  /** The drag under way; also while its drop is asked about. */
  readonly drag: Drag | null;
  grab(rows: number[], at: Point): void;
  dragTo(by: Point, at: Point): void;
  drop(): void;
  letGo(): void;
  /** The drop by keyboard: the selection goes where `row` is. */
  bring(rows: number[], row: number, at: Point, since: number): void;
  relabel(rows: number[], label: string, since: number): void;
};

export function createEditor(bench: Bench, signal: AbortSignal): Editor {
  const { cloud, wire, ask, legend, stage, classes } = bench;
  let drag: Drag | null = null;

  function nearTo(at: Point, rows: number[]): number[] {
    const moved = new Set(rows);
    return neighbours(bench.places(), at, NEIGHBOURS, REACH / bench.camera().scale, row => moved.has(row));
  }
  function meaningNear(rows: number[], near: number[]): Meaning | null {
    const [ids, nearIds] = [cloud.idsOf(rows), cloud.idsOf(near)];
    const [from, there] = [rows.map(row => cloud.classOf(row)), near.map(row => cloud.classOf(row))];
    return meaningOf({ ids, from, near: nearIds, there }, classes());
  }
  function letGo(): void {
    drag = null;
    cloud.drag([]);
    legend.light(-1);
    stage.removeAttribute("data-dragging");
    bench.released();
  }
  /** Shows what a drop would mean and waits; the picture stands still until it is answered. */
  async function propose(meaning: Meaning | null, rows: number[], at: Point, since: number): Promise<void> {
    if (!meaning) {
      bench.say("No point is near. Drop closer to the ones it belongs to.");
      letGo();
      return;
    }
    const choice = await ask.show(meaning, at, bench.size());
    if (signal.aborted) return;
    if (choice) {
      const step = cloud.step;
      wire.edit(choice.edit, seconds(since), step);
      cloud.markEdited(rows);
      bench.say(`${choice.text}: ${points(rows.length)}. U takes it back.`);
    }
    letGo();
  }

  return {
    get drag() {
      return drag;
    },
    grab(rows, at) {
      drag = { rows, by: { x: 0, y: 0 }, at, near: [], target: -1, onLegend: -1, began: performance.now() };
      cloud.drag(rows);
      stage.setAttribute("data-dragging", "");
    },
    dragTo(by, at) {
      if (!drag) return;
      const onLegend = legend.classAt(stage, at);
      const near = onLegend >= 0 ? [] : nearTo(toData(bench.camera(), bench.size(), at), drag.rows);
      const target = onLegend >= 0 ? onLegend : commonest(near.map(row => cloud.classOf(row)));
      drag = { ...drag, by, at, near, target, onLegend };
      legend.light(target);
    },
    drop() {
      if (!drag) return;
      const { rows, near, onLegend, at, began } = drag;
      const meaning =
        onLegend >= 0 ? meaningOfClass(cloud.idsOf(rows), classes()[onLegend]) : meaningNear(rows, near);
      void propose(meaning, rows, at, began);
    },
    letGo,
    bring(rows, row, at, since) {
      const places = bench.places();
      const near = nearTo({ x: places[2 * row], y: places[2 * row + 1] }, rows);
      void propose(meaningNear(rows, near), rows, at, since);
    },
    relabel(rows, label, since) {
      wire.edit({ kind: "Relabel", ids: cloud.idsOf(rows), label }, seconds(since), cloud.step);
      cloud.markEdited(rows);
      bench.say(`Relabelled ${points(rows.length)} as ${label}. U takes it back.`);
    },
  };
}

const seconds = (since: number): number => Math.round(performance.now() - since) / 1000;
