/** The parts of a plot as types: what it is given, what a view says of itself, and what it hands to a view. */

import type { Actions } from "../edits/actions.ts";
import type { AskCrowd } from "../edits/crowds.ts";
import type { Link } from "../edits/link.ts";
import type { Ask } from "../edits/question.ts";
import type { Selection } from "../edits/selection.ts";
import type { Card } from "../look/card.ts";
import type { Camera, Point, Size } from "../page/geometry.ts";
import type { Mode } from "../page/pointers.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Palette } from "../paint/colours.ts";
import type { Theme } from "../paint/theme.ts";
import type { Kept } from "../wire/memory.ts";
import type { Edit, Frame } from "../wire/protocol.ts";
import type { Host } from "../wire/traits.ts";
import type { Wire } from "../wire/wire.ts";
import type { Commentary } from "./commentary.ts";
import type { Core } from "./core.ts";
import type { Help } from "./help.ts";
import type { Legend } from "./legend.ts";
import type { Shortcuts } from "./shortcuts.ts";
import type { Acts } from "./tools.ts";

/** Where a view lives. */
export type Place = {
  host: Host;
  core: Core;
  wire: Wire;
  root: HTMLElement;
  /** Hears of another colour. */
  coloured?: (column: string) => void;
};

/** What a view shows to the page around it. */
export type Shown = {
  element: HTMLElement;
  colourBy(column: string): void;
  /** Shows what the selection looks like above an element. */
  lookAbove(next: HTMLElement): void;
  /** The picture with legend and caption, and in words; null before there is one. */
  still(caption: string): { canvas: HTMLCanvasElement; size: Size; alt: string } | null;
};

/** What must be drawn anew: only what lies over the lines or points, what is picked out of them, or all. */
export type Stale = "marks" | "picked" | "all";

/** What is a view's own. Its functions are called once all its parts are there. */
export type PlotNeeds<F extends Frame> = {
  cloud: Cloud;
  space: F["space"];
  /** What kind of picture it is, in the words for a screen reader and as a name of the element. */
  kind: string;
  name: "scatter" | "parallel";
  gestures: readonly [string, string][];
  size(): Size;
  /** What there is to do while nothing is selected. */
  hint(): string;
  /** More of the picture in words. */
  extent?(): string;
  /** Whether a hand holds something: then nothing may move under it. */
  held(): boolean;
  /** Whether a hand moves so fast that words can wait. */
  busy?(): boolean;
  /** Takes a frame, which may glide; false if it came too late. */
  take(frame: F, time: number, duration: number): boolean;
  redraw(stale: Stale): void;
  /** The page selected otherwise; the labels, the colours or the traits changed. */
  selected?(): void;
  labelled?(): void;
  coloured?(): void;
  /** The sample under the cursor of the keyboard, or -1. */
  cursor(): number;
  /** Whether there is something to undo or redo. */
  offer(undo: boolean, redo: boolean): void;
  /** The picture alone, and its device pixels per CSS pixel. */
  picture(): { canvas: HTMLCanvasElement; ratio: number } | null;
};

/** What is kept of a view over a reload. */
export type Remembered = { colour: string; camera: Camera };

/** Frames on their way to the screen. */
export type Frames = {
  /** Everything that was sent is on the screen. */
  drawn(): void;
  /** The hand is off: a frame that waited may come. */
  released(): void;
};

/** What a plot gives to the view that it is around. */
export type Plot = {
  /** Where the view lives, and what it finds there. */
  page: Place & {
    /** What a hand works on, the same with what lies over it, and all of the view. */
    stage: HTMLElement;
    field: HTMLElement;
    box: HTMLElement;
    readonly classes: readonly string[];
    editable(): boolean;
    /** From before a reload, and for the next one. */
    kept: Kept<Remembered>;
    keep(part: Kept<Remembered>): void;
    keys: Shortcuts;
    /** Puts it all together, around the view's own frame, when the view's parts are there. */
    assemble(frame: HTMLElement): Shown;
  };
  /** What is selected, and what is done with it. */
  select: {
    link: Link;
    selection: Selection;
    /** Selects rows, and says so. */
    choose(rows: Iterable<number>, mode: Mode): void;
    ask: Ask;
    around: AskCrowd;
    actions: Actions;
    apply(edit: Edit, rows: readonly number[], since: number, done: string): void;
  };
  /** What tells of it. */
  say: {
    words: Commentary;
    card: Card;
    showCard(row: number, at: Point): void;
    legend: Legend;
    help: Help;
    acts: Acts;
  };
  /** What a picture is drawn with, and for whom. */
  draw: Frames & {
    readonly theme: Theme;
    readonly palette: Palette;
    /** The class whose legend is pointed at, -1 for the points without one. */
    readonly lit: number | null;
  };
};
