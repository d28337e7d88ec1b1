/** Passes: a picture of points, and in which order WebGL2 and the processor draw it. */

import type { Camera, Size } from "../page/geometry.ts";
import { type Cloud, MARK } from "./cloud.ts";
import { type Palette, SHAPE_COUNT } from "./colours.ts";

/** All that a picture of a cloud depends on. */
export type Picture = {
  cloud: Cloud;
  palette: Palette;
  size: Size;
  /** Device pixels per CSS pixel. */
  ratio: number;
  camera: Camera;
  now: number;
  /** CSS pixels. */
  radius: number;
  /** Of a point that stands alone; in a crowd each is fainter. */
  opacity: number;
  /** The paint that stays bright while the others fade, or -1. */
  lit: number;
  /** For a picture that is kept: nothing steps back because something is selected. */
  kept?: boolean;
};

export type Painter = {
  readonly webgl: boolean;
  /** Draws on an empty canvas: all points but those that are dragged, or these rows only. */
  draw(target: CanvasRenderingContext2D, picture: Picture, carried: readonly number[] | null): void;
  forget(cloud: Cloud): void;
};

/** Device pixels of radius below which nobody could tell shapes apart: a mark is a dot, a square without a rim. */
export const SMALLEST = 1.75;

const OPEN = SHAPE_COUNT; // the cell of the open ring; the closed one is next

/** One way of drawing one kind of point; both painters walk the same list. */
export type Pass = {
  /** Bits that a point must have, and must not have. */
  need: number;
  avoid: number;
  radius: number;
  fill: number;
  rim: number;
  /** The atlas' cell for all, an open or a closed ring; 0 for that of each shape. */
  ring: number;
  /** Steps back in a crowd, and while another class is lit. */
  fades: boolean;
};

export function passes(picture: Picture, carried: boolean): Pass[] {
  const { cloud, radius } = picture;
  const { selected, dragged, edited, told } = MARK;
  const rest = picture.lit < 0 && !picture.kept && cloud.marks & selected ? 0.4 : 1; // a lit class outshines a selection
  const plain = {
    need: 0,
    avoid: selected | dragged,
    radius,
    ring: 0,
    fades: false,
  };
  if (carried) return [{ ...plain, avoid: 0, radius: radius + 1.5, fill: 1, rim: 1 }];
  const ring = { ...plain, radius: radius + 3.5, fill: 0, rim: 1 };
  const all: Pass[] = [
    { ...plain, fill: rest, rim: rest, fades: true },
    { ...plain, need: selected, avoid: dragged, radius: Math.max(radius + 1, 3), fill: 1, rim: 1 },
    { ...plain, need: dragged, avoid: 0, fill: 0.12, rim: 0.6 },
    { ...ring, need: edited, avoid: dragged | told, ring: OPEN },
    { ...ring, need: told, avoid: dragged, ring: OPEN + 1 },
  ];
  return all.filter(pass => (pass.need & cloud.marks) === pass.need);
}

/** What is stale, or left out of training, steps back; so does every paint but the lit one. */
export function presence(paint: number, state: number, lit: number): number {
  const clear = lit >= 0 && paint !== lit ? 0.25 : 1;
  return clear * (state & MARK.stale ? 0.5 : 1) * (state & MARK.leftOut ? 0.45 : 1);
}

/** How much of its fill a point keeps: doubtful places, and points without one, are hollow. */
export const solidity = (state: number): number =>
  state & (MARK.doubtful | MARK.apart | MARK.leftOut) ? 0.12 : 1;
