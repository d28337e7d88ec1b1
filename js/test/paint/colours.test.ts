import assert from "node:assert/strict";
import test from "node:test";
import {
  apart,
  classPalette,
  coloursOf,
  contrast,
  css,
  luminance,
  NONE,
  paintOf,
  parseCss,
  type Rgb,
  scaleColour,
  scalePalette,
  shapeOf,
} from "../../src/paint/colours.ts";

const LIGHT: Rgb = [255, 255, 255];
const DARK: Rgb = [17, 17, 17];

/** Machado, Oliveira and Fernandes 2009, full severity, on linear light. */
const SEEN: Record<string, number[][]> = {
  everyone: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

const linear = (v: number): number => (v <= 10.3 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);

/** How different two colours look: the distance in Oklab, after an eye has lost a kind of cone. */
function difference(a: Rgb, b: Rgb, eye: string): number {
  const lab = (colour: Rgb): number[] => {
    const light = colour.map(linear);
    const [r, g, bl] = SEEN[eye].map(row =>
      Math.max(
        0,
        row.reduce((sum, w, k) => sum + w * light[k], 0),
      ),
    );
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * bl);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * bl);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * bl);
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
  };
  const [p, q] = [lab(a), lab(b)];
  return Math.hypot(...p.map((v, k) => v - q[k]));
}

function least(classes: number, background: Rgb, eye: string): number {
  const { fill } = classPalette(classes, background);
  let found = Infinity;
  for (let a = 0; a < classes; a++) {
    for (let b = 0; b < a; b++) {
      if (shapeOf(a) !== shapeOf(b)) continue;
      found = Math.min(found, difference(fill[paintOf(a)], fill[paintOf(b)], eye));
    }
  }
  return found;
}

function leastOfColours(classes: number, background: Rgb, eye: string): number {
  const { fill } = classPalette(classes, background);
  let found = Infinity;
  for (let a = 0; a < classes; a++) {
    for (let b = 0; b < a; b++) found = Math.min(found, difference(fill[a], fill[b], eye));
  }
  return found;
}

for (const [name, background] of [
  ["light", LIGHT],
  ["dark", DARK],
] as const) {
  test(`every mark stands out from a ${name} page by its rim`, () => {
    for (const classes of [3, 8, 10, 200]) {
      for (const rim of classPalette(classes, background).rim) {
        assert.ok(contrast(rim, background) >= 3);
      }
    }
  });

  test(`up to eight classes differ by colour alone on a ${name} page, for a colour-blind eye too`, () => {
    for (const eye of Object.keys(SEEN)) {
      assert.ok(leastOfColours(8, background, eye) > 0.07, `${eye}: ${leastOfColours(8, background, eye)}`);
    }
  });

  test(`up to 88 classes differ by colour and shape on a ${name} page`, () => {
    for (const eye of Object.keys(SEEN)) {
      assert.ok(least(88, background, eye) > 0.03, `${eye}: ${least(88, background, eye)}`);
    }
  });
}

test("no two of 88 classes share colour and shape", () => {
  const { fill } = classPalette(88, LIGHT);
  const marks = Array.from({ length: 88 }, (_, k) => `${css(fill[paintOf(k)])}/${shapeOf(k)}`);
  assert.equal(new Set(marks).size, 88);
});

test("a point without a class is grey and round", () => {
  assert.equal(paintOf(-1), NONE);
  assert.equal(shapeOf(-1), 0);
  const [r, g, b] = classPalette(3, LIGHT).fill[NONE];
  assert.ok(r === g && g === b);
});

test("a class never takes the place of the grey", () => {
  for (let k = 0; k < 1000; k++) assert.notEqual(paintOf(k), NONE);
});

test("the scale grows in lightness all the way", () => {
  for (let k = 1; k <= 100; k++) {
    assert.ok(luminance(scaleColour(k / 100)) > luminance(scaleColour((k - 1) / 100)));
  }
  assert.deepEqual(scaleColour(-1), scaleColour(0));
  assert.equal(scalePalette(LIGHT).fill.length, 256);
});

test("a colour is moved only as far as the contrast needs", () => {
  assert.deepEqual(apart([0, 0, 0], LIGHT, 3), [0, 0, 0]);
  assert.ok(contrast(apart([255, 255, 0], LIGHT, 3), LIGHT) >= 3);
});

test("computed colours are read in both notations", () => {
  assert.deepEqual(parseCss("rgb(1, 2, 3)"), [1, 2, 3]);
  assert.deepEqual(parseCss("rgba(1, 2, 3, 0.5)"), [1, 2, 3]);
  assert.deepEqual(parseCss("rgb(1 2 3 / 50%)"), [1, 2, 3]);
  assert.equal(parseCss("transparent"), null);
});

test("the colours of one class are those of its palette", () => {
  for (const background of [LIGHT, DARK]) {
    for (const [classIndex, classes] of [
      [1, 3],
      [9, 20],
      [299, 300],
      [-1, 3],
    ]) {
      const { fill, rim } = classPalette(classes, background);
      const place = paintOf(classIndex);
      assert.deepEqual(coloursOf(classIndex, classes, background), { fill: fill[place], rim: rim[place] });
    }
  }
});
