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

// What pages and the service worker share is one file, so that a phone loads it once: the others
// find it in a global instead of holding a copy.
const SHARED = /\/(crypto|outbox|paths|store)$/;
const shared = {
  name: "shared",
  setup(build) {
    build.onResolve({ filter: SHARED }, ({ path }) => ({ path, namespace: "shared" }));
    build.onLoad({ filter: /.*/, namespace: "shared" }, () => ({
      contents: "module.exports = globalThis.NVShared",
      loader: "js",
    }));
  },
};
const core = await bundle(["core"], { globalName: "NVShared" });
const scripts = await bundle(["app", "console", "extras", "passkeys", "sw"], { plugins: [shared] });

write("style.css", styles.code);
for (const file of [...core, ...scripts]) write(file.path.split("/").pop(), file.text);

async function bundle(names, options) {
  const built = await esbuild.build({
    ...options,
    entryPoints: names.map((name) => `src/scripts/${name}.ts`),
    bundle: true,
    format: "iife",
    minify: true,
    legalComments: "none",
    target: ["chrome99", "firefox91", "safari15.4"],
    outdir: out,
    write: false,
    logLevel: "warning",
  });
  return built.outputFiles;
}

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
