/** What a painter is given, and the plain canvas that paints where there is no WebGL. */

import { type Cloud, MARK } from "./cloud.ts";
import { css, type Palette } from "./colours.ts";
import { coverage, strength } from "./crowds.ts";
import { type Camera, type Point, type Size, toScreen } from "./geometry.ts";
import { trace } from "./shapes.ts";

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
  /** How far the dragged points are from their places, in data. */
  drag: Point;
};

export type Painter = {
  /** All points where they are; or these rows only, carried as far as `drag` says. In CSS pixels, like the target. */
  draw(target: CanvasRenderingContext2D, picture: Picture, carried: readonly number[] | null): void;
  forget(cloud: Cloud): void;
};

/** One way of drawing one kind of point; both painters walk the same list. */
export type Pass = {
  /** Bits that a point must have, and must not have. */
  need: number;
  avoid: number;
  radius: number;
  fill: number;
  rim: number;
  ring: boolean;
  /** Steps back in a crowd, and while another class is lit. */
  fades: boolean;
};

export function passes(picture: Picture, carried: boolean): Pass[] {
  const { cloud, radius } = picture;
  const { selected, dragged, edited } = MARK;
  const some = (cloud.marks & selected) !== 0;
  const plain = {
    need: 0,
    avoid: selected | dragged,
    radius,
    ring: false,
    fades: false,
  };
  if (carried) return [{ ...plain, avoid: 0, radius: radius + 1.5, fill: 1, rim: 1 }];
  const all: Pass[] = [
    { ...plain, fill: some ? 0.4 : 1, rim: some ? 0.4 : 1, fades: true },
    { ...plain, need: selected, avoid: dragged, radius: radius + 1, fill: 1, rim: 1 },
    { ...plain, need: dragged, avoid: 0, fill: 0.12, rim: 0.6 },
    { ...plain, need: edited, avoid: dragged, radius: radius + 3.5, fill: 0, rim: 1, ring: true },
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

export const plainPainter: Painter = {
  draw(target, picture, carried) {
    const { cloud, palette, size, camera } = picture;
    const by = carried ? picture.drag : { x: 0, y: 0 };
    const count = carried?.length ?? cloud.n;
    const places = cloud.places(picture.now);
    const cover = coverage(picture.radius, camera.scale, cloud.cell);
    target.lineWidth = 1;
    for (const pass of passes(picture, carried !== null)) {
      for (let k = 0; k < count; k++) {
        const row = carried ? carried[k] : k;
        const [paint, shape, state, crowd] = cloud.look.subarray(4 * row, 4 * row + 4);
        if ((state & pass.need) !== pass.need || state & pass.avoid) continue;
        const at = toScreen(camera, size, places[2 * row] + by.x, places[2 * row + 1] + by.y);
        if (at.x < -20 || at.y < -20 || at.x > size.width + 20 || at.y > size.height + 20) continue;
        const here =
          presence(paint, state, pass.fades ? picture.lit : -1) *
          (pass.fades ? strength(crowd, cover, picture.opacity) : 1);
        target.beginPath();
        trace(target, pass.ring ? 0 : shape, at.x, at.y, pass.radius);
        if (pass.fill > 0) {
          target.globalAlpha = pass.fill * here * solidity(state);
          target.fillStyle = css(palette.fill[paint]);
          target.fill();
        }
        target.globalAlpha = pass.rim * here;
        target.strokeStyle = css(palette.rim[paint]);
        target.stroke();
      }
    }
    target.globalAlpha = 1;
  },
  forget() {},
};
