/** Points by the processor: the marks of WebGL2, blended into an image, where a browser has no graphics card. */

import type { Palette, Rgb } from "./colours.ts";
import { coverage, strength } from "./crowds.ts";
import { type Painter, type Pass, passes, presence, SMALLEST, solidity } from "./painter.ts";
import { CELLS, drawAtlas, EXTENT } from "./shapes.ts";

const MOST = 8000; // marks that are kept ready

/** The marks of one size: each shape's coverage, at whole and half pixels, and those that are ready to be blended. */
type Stamp = {
  size: number;
  covers: Uint8ClampedArray[] | null;
  /** Pixels as red, green, blue and opacity from the lowest byte up, colours multiplied by the opacity. */
  marks: Map<number, Uint32Array>;
};

export function createRaster(): Painter {
  const stamps = new Map<string, Stamp>();
  let ready = 0;
  let palette: Palette | null = null;
  let image = new ImageData(1, 1);
  let pixels = new Uint32Array(1);

  function stampOf(pass: Pass, ratio: number): Stamp {
    const key = `${pass.radius} ${ratio}`;
    let stamp = stamps.get(key);
    if (!stamp) {
      const radius = pass.radius * ratio;
      const dots = !pass.ring && radius < SMALLEST;
      const size = Math.ceil(dots ? 2 * radius : 2 * (pass.radius * EXTENT + 0.5) * ratio + 0.5);
      stamp = { size, covers: dots ? null : coversOf(size, radius, ratio), marks: new Map() };
      stamps.set(key, stamp);
    }
    return stamp;
  }

  return {
    webgl: false,
    draw(target, picture, carried) {
      const { cloud, size, ratio, camera, lit } = picture;
      const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      if (image.width !== width || image.height !== height) {
        image = new ImageData(width, height);
        pixels = new Uint32Array(width * height);
      }
      if (palette !== picture.palette || ready > MOST) {
        palette = picture.palette;
        stamps.clear();
        ready = 0;
      }
      const { fill: fills, rim: rims } = palette;
      const { look } = cloud;
      const places = cloud.places(picture.now);
      const scale = camera.scale * ratio;
      const left = width / 2 - camera.x * scale;
      const top = height / 2 + camera.y * scale;
      const cover = coverage(picture.radius, camera.scale, cloud.cell);
      const crowds = Float32Array.from({ length: 256 }, (_, crowd) =>
        strength(crowd, cover, picture.opacity),
      );
      const count = carried?.length ?? cloud.n;
      pixels.fill(0);
      for (const pass of passes(picture, carried !== null)) {
        const { size: wide, covers, marks } = stampOf(pass, ratio);
        for (let k = 0; k < count; k++) {
          const row = carried ? carried[k] : k;
          const at = 4 * row;
          const state = look[at + 2];
          if ((state & pass.need) !== pass.need || state & pass.avoid) continue;
          const x = left + places[2 * row] * scale - wide / 2;
          const y = top - places[2 * row + 1] * scale - wide / 2;
          if (!(x > -wide && y > -wide && x < width && y < height)) continue;
          const paint = look[at];
          const here =
            presence(paint, state, pass.fades ? lit : -1) * (pass.fades ? crowds[look[at + 3]] : 1);
          const fill = (255 * pass.fill * here * solidity(state) + 0.5) | 0;
          const rim = covers ? (255 * pass.rim * here + 0.5) | 0 : 0;
          // Marks glide by half pixels, dots by whole ones.
          const dx = covers ? Math.round(2 * x) : 2 * Math.round(x);
          const dy = covers ? Math.round(2 * y) : 2 * Math.round(y);
          const which = ((pass.ring || look[at + 1]) << 2) | ((dy & 1) << 1) | (dx & 1);
          const key = (((((paint << 8) | fill) << 8) | rim) << 6) | which;
          let mark = marks.get(key);
          if (!mark) {
            mark = markOf(fills[paint], rims[paint], fill, rim, covers?.[which] ?? null, wide);
            marks.set(key, mark);
            ready++;
          }
          blend(pixels, width, height, mark, wide, dx >> 1, dy >> 1);
        }
      }
      divide(pixels, new Uint32Array(image.data.buffer));
      target.putImageData(image, 0, 0);
    },
    forget() {},
  };
}

/** Coverage of each shape, four times: by bit 0 half a pixel to the right, by bit 1 half a pixel down. */
function coversOf(size: number, radius: number, ratio: number): Uint8ClampedArray[] {
  const covers: Uint8ClampedArray[] = [];
  for (let part = 0; part < 4; part++) {
    const atlas = drawAtlas(size, radius, ratio, (part & 1) / 2, (part >> 1) / 2).getContext("2d");
    for (let shape = 0; atlas && shape < CELLS; shape++) {
      covers[(shape << 2) | part] = atlas.getImageData(shape * size, 0, size, size).data;
    }
  }
  return covers;
}

function markOf(
  fill: Rgb,
  rim: Rgb,
  fillAlpha: number,
  rimAlpha: number,
  cover: Uint8ClampedArray | null,
  size: number,
): Uint32Array {
  return Uint32Array.from({ length: size * size }, (_, k) => {
    const whole = (cover ? cover[4 * k + 3] : 255) / 255 ** 3;
    const f = (cover ? cover[4 * k] : 255) * whole * fillAlpha;
    const r = (cover ? cover[4 * k + 1] : 0) * whole * rimAlpha;
    const part = (c: 0 | 1 | 2): number => Math.round(fill[c] * f + rim[c] * r);
    return ((Math.round(255 * Math.min(f + r, 1)) << 24) | (part(2) << 16) | (part(1) << 8) | part(0)) >>> 0;
  });
}

/** Lays a mark over what is there, two colours at a time. */
function blend(
  pixels: Uint32Array,
  width: number,
  height: number,
  mark: Uint32Array,
  size: number,
  x: number,
  y: number,
): void {
  const [from, to] = [Math.max(0, -x), Math.min(size, width - x)];
  const last = Math.min(size, height - y);
  for (let down = Math.max(0, -y); down < last; down++) {
    const here = (y + down) * width + x;
    for (let across = from; across < to; across++) {
      const over = mark[down * size + across];
      if (over === 0) continue;
      const under = pixels[here + across];
      const alpha = over >>> 24;
      const rest = 256 - alpha - (alpha >> 7);
      const odd = (Math.imul(under & 0xff00ff, rest) + 0x800080) >>> 8;
      const even = Math.imul((under >>> 8) & 0xff00ff, rest) + 0x800080;
      pixels[here + across] = over + (odd & 0xff00ff) + (even & 0xff00ff00);
    }
  }
}

/** What is blended has its colours multiplied by the opacity; an image has not. */
function divide(pixels: Uint32Array, image: Uint32Array): void {
  for (let k = 0; k < pixels.length; k++) {
    const pixel = pixels[k];
    const alpha = pixel >>> 24;
    if (alpha === 0 || alpha === 255) image[k] = pixel;
    else {
      const times = 255 / alpha;
      const r = Math.min((pixel & 255) * times, 255);
      const g = Math.min(((pixel >> 8) & 255) * times, 255);
      const b = Math.min(((pixel >> 16) & 255) * times, 255);
      image[k] = (alpha << 24) | (b << 16) | (g << 8) | r;
    }
  }
}
