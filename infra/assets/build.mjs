// usage: node build.mjs OUT
// Compiles src/styles and src/scripts into OUT, each file with .gz and .br beside it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";
import { logical, recolour } from "./transform.mjs";

const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs OUT");
mkdirSync(out, { recursive: true });

const compiled = sass.compile("src/styles/style.scss", {
  loadPaths: ["node_modules"],
  quietDeps: true,
});
const styles = await esbuild.transform(logical(recolour(compiled.css)), {
  loader: "css",
  minify: true,
  target: ["chrome99", "firefox91", "safari15"],
});

const scripts = await esbuild.build({
  entryPoints: ["app", "extras", "sw"].map((name) => `src/scripts/${name}.ts`),
  bundle: true,
  format: "iife",
  minify: true,
  legalComments: "none",
  target: ["chrome99", "firefox91", "safari15.4"],
  outdir: out,
  write: false,
  logLevel: "warning",
});

write("style.css", styles.code);
for (const file of scripts.outputFiles) write(file.path.split("/").pop(), file.text);

function write(name, text) {
  const bytes = Buffer.from(text);
  writeFileSync(join(out, name), bytes);
  const zipped = gzipSync(bytes, { level: 9 });
  writeFileSync(join(out, `${name}.gz`), zipped);
  const options = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
  writeFileSync(join(out, `${name}.br`), brotliCompressSync(bytes, options));
  console.log(`      ${name}: ${kb(bytes.length)} KB, ${kb(zipped.length)} KB compressed`);
}

function kb(bytes) {
  return (bytes / 1024).toFixed(1);
}
