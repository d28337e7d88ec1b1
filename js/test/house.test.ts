import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import test from "node:test";

/** From the ground up; folders of one floor do not know each other. */
const FLOORS = [
  ["page"],
  ["wire"],
  ["paint"],
  ["look"],
  ["edits"],
  ["plot"],
  ["scatter", "parallel"],
  ["dashboard"],
  ["widget", "film"],
];
const MOST_FILES = 16; // of a folder
const MOST_LINES = 400; // of a file
const LONGEST_FUNCTION = 120; // lines
/** Longer than a function may be; the list may only shrink. */
const LONG_FUNCTIONS = [
  "paint/webgl.ts: createGlPainter",
  "parallel/axes.ts: createAxes",
  "parallel/drawing.ts: createDrawing",
  "plot/plot.ts: createPlot",
  "scatter/drawing.ts: createDrawing",
];

const SOURCES = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter(name => /\.(ts|css)$/.test(name))
  .sort();
const SCRIPTS = SOURCES.filter(name => name.endsWith(".ts"));
const textOf = (name: string): string => readFileSync(join("src", name), "utf8");
const roomOf = (name: string): string => name.split("/")[0].replace(/\.(ts|css)$/, "");
const floorOf = (name: string): number => FLOORS.findIndex(rooms => rooms.includes(roomOf(name)));

/** What a file imports of ours, types included. */
function importsOf(name: string, text: string): string[] {
  const found = [...text.matchAll(/^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];/gm)];
  return found.map(([, path]) => normalize(join(dirname(name), path)));
}

/** An import that does not run down the floors, or null. */
function wrong(from: string, to: string): string | null {
  if (roomOf(from) === roomOf(to) || floorOf(to) < floorOf(from)) return null;
  return `${from} imports ${to}`;
}

test("every file lies on one floor, and knows the floors below alone", () => {
  assert.deepEqual(
    SOURCES.filter(name => floorOf(name) < 0),
    [],
  );
  const arrows = SCRIPTS.flatMap(name => importsOf(name, textOf(name)).map(to => [name, to] as const));
  assert.ok(arrows.length > 300, "the imports are found");
  assert.deepEqual(
    arrows.map(([from, to]) => wrong(from, to)).filter(each => each !== null),
    [],
  );
});

test("an import of a type alone, or across one floor, is an arrow like any other", () => {
  assert.deepEqual(importsOf("paint/a.ts", 'import type {\n  Plot,\n} from "../plot/parts.ts";\n'), [
    "plot/parts.ts",
  ]);
  assert.equal(wrong("paint/a.ts", "plot/parts.ts"), "paint/a.ts imports plot/parts.ts");
  assert.equal(wrong("scatter/a.ts", "parallel/b.ts"), "scatter/a.ts imports parallel/b.ts");
  assert.equal(wrong("parallel/lines/a.ts", "wire/b.ts"), null);
});

test("no circle of files", () => {
  const open = new Set<string>();
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    if (open.has(name)) {
      circles.push([...open, name].join(" -> "));
      return;
    }
    open.add(name);
    for (const next of importsOf(name, textOf(name))) visit(next);
    open.delete(name);
    done.add(name);
  };
  SCRIPTS.forEach(visit);
  assert.deepEqual(circles, []);
});

test("a folder and a file are small enough to be about one thing", () => {
  const folders = new Map<string, string[]>();
  for (const name of SCRIPTS) folders.set(dirname(name), [...(folders.get(dirname(name)) ?? []), name]);
  for (const [folder, names] of folders) {
    assert.ok(
      names.length <= MOST_FILES,
      `src/${folder} has ${names.length} files; so many mean that it holds two subjects: which?`,
    );
  }
  assert.deepEqual(folders.get("."), ["widget.ts"]);
  const lines = (name: string): number => textOf(name).split("\n").length - 1;
  assert.deepEqual(
    SOURCES.filter(name => lines(name) > MOST_LINES),
    [],
  );
});

/** Functions, methods and arrows with a body by their name, and of how many lines: the formatter aligns their ends. */
function functionsOf(text: string): [string, number][] {
  const lines = text.split("\n");
  return lines.flatMap((line, from): [string, number][] => {
    const [, indent, named, bound, method] =
      line.match(
        /^( *)(?:(?:export )?(?:async )?function (\w+)|(?:export )?const (\w+) = .*=> \{$|(?:async |get |set )?(#?\w+)\(.*\)(?:: [^=]+)? \{$)/,
      ) ?? [];
    const name = named ?? bound ?? method;
    if (name === undefined || ["if", "for", "while", "switch", "catch"].includes(name)) return [];
    const to = lines.findIndex((each, k) => k >= from && each.startsWith(`${indent}}`));
    return [[name, to - from + 1]];
  });
}

test("functions are found, and their lines counted", () => {
  const text =
    "export function a(\n  b: number,\n): void {\n  c({\n    d() {\n      e();\n    },\n  });\n}\n";
  assert.deepEqual(functionsOf(text), [
    ["a", 9],
    ["d", 3],
  ]);
});

test("no function is long but those that are named, and each of these still is", () => {
  const long = SCRIPTS.flatMap(name =>
    functionsOf(textOf(name))
      .filter(([, lines]) => lines > LONGEST_FUNCTION)
      .map(([named]) => `${name}: ${named}`),
  );
  assert.deepEqual(long, LONG_FUNCTIONS);
});

/** The classes that a file gives to its elements. */
function classesMade(text: string): string[] {
  const found = [
    ...text.matchAll(/\belement\(\s*"\w+",\s*"([^"]+)"/g),
    ...text.matchAll(/\bbutton\(\s*"([^"]+)"/g),
    ...text.matchAll(/\bname: "(\w+)"/g),
  ].flatMap(([, names]) => names.split(" "));
  return [...found, ...[...text.matchAll(/"greenlatent-([\w-]+)"/g)].map(([, name]) => name)];
}

/** The selectors of a sheet, each with the classes that it names, without the prefix. */
function selectorsOf(css: string): { selector: string; classes: string[] }[] {
  const rules = css.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(/([^{}]+)\{/g);
  return [...rules]
    .map(([, heading]) => heading.trim())
    .filter(heading => !heading.startsWith("@"))
    .flatMap(heading => heading.split(/,(?![^(]*\))/))
    .map(each => {
      const selector = each.slice(each.lastIndexOf(";") + 1).trim();
      return { selector, classes: [...selector.matchAll(/\.greenlatent-([\w-]+)/g)].map(([, name]) => name) };
    });
}

test("every selector of a folder's sheet names a class that the folder's files make", () => {
  // A film's sheet dresses a page of its own, around the widget.
  const sheets = SOURCES.filter(name => name.endsWith(".css") && roomOf(name) !== "film");
  const strange: string[] = [];
  for (const sheet of sheets) {
    const made = new Set(
      SCRIPTS.filter(name => roomOf(name) === roomOf(sheet)).flatMap(name => classesMade(textOf(name))),
    );
    for (const { selector, classes } of selectorsOf(textOf(sheet))) {
      assert.ok(selector.startsWith(".greenlatent"), `${sheet}: ${selector} reaches beyond the widget`);
      // What has no class but the root's is about every part, and stands on the ground.
      const known = classes.length ? classes.some(name => made.has(name)) : roomOf(sheet) === "page";
      if (!known) strange.push(`${sheet}: ${selector}`);
    }
  }
  assert.deepEqual(strange, []);
  assert.deepEqual(
    [...textOf("widget.css").matchAll(/@import "\.\/(.*)";/g)].map(([, name]) => name).sort(),
    sheets.filter(name => name !== "widget.css"),
  );
});

test("no class is dressed that no file makes", () => {
  const made = new Set(SCRIPTS.flatMap(name => classesMade(textOf(name))));
  const dressed = SOURCES.filter(name => name.endsWith(".css")).flatMap(name =>
    selectorsOf(textOf(name)).flatMap(({ classes }) => classes),
  );
  assert.ok(dressed.length > 150, "the selectors are found");
  assert.deepEqual(
    dressed.filter(name => !made.has(name)),
    [],
  );
});
