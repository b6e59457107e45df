// Bundles src/ with three.js into one script that a page can hold inline.
// Usage: node build.mjs [output]
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const licence = readFileSync("node_modules/three/LICENSE", "utf8").trim();
const output = process.argv[2] ?? "../robodiff/viz/report/viewer.js";

await build({
  entryPoints: ["src/main.js"],
  outfile: output,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "ascii",
  legalComments: "none",
  banner: { js: `/*! robodiff's report, Apache-2.0. Contains three.js:\n${licence}\n*/` },
  logLevel: "warning",
});
