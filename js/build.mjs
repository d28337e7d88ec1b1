// Bundles the page into ../greenlatent/static, or with --test the unit tests into build/test.
import { readdirSync } from "node:fs";
import * as esbuild from "esbuild";

const options = { bundle: true, format: "esm", target: "es2022", charset: "utf8", logLevel: "info" };
const page = {
  ...options,
  entryPoints: ["src/widget.ts", "src/widget.css"],
  outdir: "../greenlatent/static",
  minify: true,
  legalComments: "none",
};
const tests = {
  ...options,
  entryPoints: readdirSync("test")
    .filter(name => name.endsWith(".test.ts"))
    .map(name => `test/${name}`),
  outdir: "build/test",
  platform: "node",
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  await (await esbuild.context({ ...page, sourcemap: "inline" })).watch();
} else {
  await esbuild.build(process.argv.includes("--test") ? tests : page);
}
