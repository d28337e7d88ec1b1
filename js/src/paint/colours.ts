/** Colours of classes and of scales, safe for colour-blind people as far as colours can be; pure. */

import { clamp } from "../page/numbers.ts";
export type Rgb = readonly [number, number, number];

/** Okabe and Ito's eight, ordered so that the first few differ most; the last follows the ink of the theme. */
const EIGHT = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000"].map(
  hex,
);
/** Eleven for more classes: with eight shapes they make 88 different marks, as 8 and 11 share no divisor. */
const ELEVEN = [
  "#332288",
  "#ee7733",
  "#44aa99",
  "#cc6677",
  "#88ccee",
  "#117733",
  "#ddcc77",
  "#aa4499",
  "#0077bb",
  "#999933",
  "#882255",
].map(hex);
/** Few stops of a scale that grows evenly in lightness, from dark blue to yellow. */
const SCALE = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"].map(hex);
const GREY: Rgb = [148, 148, 148];

export const SHAPE_COUNT = 8;
export const NONE = 255; // the palette's place for points without a class or value
export const SCALE_STEPS = 254;

/** The place of a class in the palette's texture, and the shape of its marks. */
export const paintOf = (classIndex: number): number => (classIndex < 0 ? NONE : classIndex % NONE);
export const shapeOf = (classIndex: number): number => (classIndex < 0 ? 0 : classIndex % SHAPE_COUNT);

/** `faint` are the rims of what steps back. */
export type Palette = { fill: Rgb[]; rim: Rgb[]; faint: Rgb[] };

/** 256 fills and rims for `classes` classes on a background; a rim stands out from the background at least 3:1. */
export const classPalette = (classes: number, background: Rgb): Palette =>
  palette(place => colourOf(place, classes), background);

/** Fill and rim of one class as its palette has them. */
export const coloursOf = (classIndex: number, classes: number, background: Rgb): { fill: Rgb; rim: Rgb } =>
  dress(colourOf(paintOf(classIndex), classes), background);

function colourOf(place: number, classes: number): Rgb {
  const colours = classes <= EIGHT.length ? EIGHT : ELEVEN;
  return place === NONE ? GREY : colours[place % colours.length];
}

/** 255 steps of the scale and the grey of a missing value. */
export function scalePalette(background: Rgb): Palette {
  return palette(place => (place === NONE ? GREY : scaleColour(place / SCALE_STEPS)), background);
}

export function scaleColour(t: number): Rgb {
  const at = clamp(t, 0, 1) * (SCALE.length - 1);
  const k = Math.min(Math.floor(at), SCALE.length - 2);
  return mix(SCALE[k], SCALE[k + 1], at - k);
}

/** The scale as a gradient's stops, evenly apart. */
export const scaleStops = (): string[] => Array.from({ length: 12 }, (_, k) => css(scaleColour(k / 11)));

function palette(colour: (place: number) => Rgb, background: Rgb): Palette {
  const all = Array.from({ length: 256 }, (_, place) => dress(colour(place), background));
  const rim = all.map(each => each.rim);
  return { fill: all.map(each => each.fill), rim, faint: rim.map(each => mix(each, background, 0.6)) };
}

function dress(colour: Rgb, background: Rgb): { fill: Rgb; rim: Rgb } {
  const dark = luminance(background) < 0.2;
  // A dark fill would sink into a dark page; on a light page the rim alone holds a light fill.
  const fill = dark ? apart(colour, background, 2.6) : colour;
  return { fill, rim: apart(mix(fill, dark ? [255, 255, 255] : [0, 0, 0], 0.25), background, 3) };
}

/** The colour moved towards black or white, whichever the background is not, until the contrast is reached. */
export function apart(colour: Rgb, background: Rgb, ratio: number): Rgb {
  const end: Rgb = luminance(background) < 0.2 ? [255, 255, 255] : [0, 0, 0];
  for (let t = 0; t < 1; t += 0.05) {
    const moved = mix(colour, end, t);
    if (contrast(moved, background) >= ratio) return moved;
  }
  return end;
}

export const mix = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

/** Relative luminance and contrast ratio as the web's accessibility guidelines define them. */
export function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(v => (v <= 10.3 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q);
  return (high + 0.05) / (low + 0.05);
}

export const css = (colour: Rgb): string => `rgb(${colour.map(Math.round).join(" ")})`;

function hex(text: string): Rgb {
  const value = Number.parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A computed CSS colour, `rgb(1, 2, 3)` or `rgb(1 2 3 / 0.5)`; null for anything else. */
export function parseCss(text: string): Rgb | null {
  const parts = /^rgba?\(\s*([\d.]+)[ ,]+([\d.]+)[ ,]+([\d.]+)/.exec(text);
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : null;
}
