// Bundles the page into ../greenlatent/static, or with --test the unit tests into build/test.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as esbuild from "esbuild";

const filesIn = folder => readdirSync(folder, { recursive: true }).map(name => `${folder}/${name}`);

/** Two words in one: all that JavaScript and the page know of that shape is in TypeScript's own declarations. */
const COMPOUND = /^[a-z]+[A-Z]/;
function known() {
  const names = new Set();
  for (const file of filesIn("node_modules/@typescript")) {
    if (!/\/lib\.[\w.]+\.d\.ts$/.test(file)) continue;
    for (const name of readFileSync(file, "utf8").match(/\b[a-z]+[A-Z]\w*/g) ?? []) names.add(name);
  }
  return new RegExp(`^(${[...names].join("|")})$`);
}

/** Bundles of one page share what they have only with their like: the short names of another may differ. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of filesIn("src").sort()) if (/\.ts$/.test(file)) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

const options = { bundle: true, format: "esm", target: "es2022", charset: "utf8", logLevel: "info" };
const page = {
  ...options,
  entryPoints: [
    { in: "src/widget.ts", out: "widget" },
    { in: "src/widget.css", out: "widget" },
    { in: "src/film/film.ts", out: "film" },
    { in: "src/film/film.css", out: "film" },
  ],
  outdir: "../greenlatent/static",
  define: { BUILD: JSON.stringify(fingerprint()) },
};
const small = {
  minify: true,
  legalComments: "none",
  // What travels or is kept is one word or snake_case, and so keeps its name.
  mangleProps: COMPOUND,
  reserveProps: known(),
  write: false,
};
const tests = {
  ...options,
  entryPoints: filesIn("test").filter(name => name.endsWith(".test.ts")),
  outbase: "test",
  outdir: "build/test",
  define: { BUILD: '"test"' },
  platform: "node",
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  await (await esbuild.context({ ...page, sourcemap: "inline" })).watch();
} else if (process.argv.includes("--test")) {
  rmSync(tests.outdir, { recursive: true, force: true }); // or a test that was renamed would run twice
  await esbuild.build(tests);
} else {
  mkdirSync(page.outdir, { recursive: true });
  const { outputFiles } = await esbuild.build({ ...page, ...small });
  for (const { path, text } of outputFiles) writeFileSync(path, text.replaceAll("--greenlatent-", "--gl-"));
}
