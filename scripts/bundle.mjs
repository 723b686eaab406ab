import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { notApplied, patchPlugin } from "./patches.mjs";

/**
 * Bundles the program and the record's worker.
 * @param options.root the repository's folder.
 * @param options.entries output name -> source file, relative to the root.
 * @param options.outdir where the bundle goes.
 * @param options.singleFile everything in its entry, for the single-file build, whose modules are no files and cannot load any.
 * @returns esbuild's metafile, its paths relative to the root, and the names of patches for which there was nothing to patch.
 * @throws esbuild's error, already printed in full.
 */
export async function bundle({ root, entries, outdir, singleFile = false }) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const applied = new Set();
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir,
    entryNames: "[name]",
    // Beside the entries: the record's worker is found relative to whichever chunk starts it.
    chunkNames: "[name]-[hash]",
    bundle: true,
    // Each SDK client, the cockpit and the simulator become chunks of their own, loaded when they are first used.
    splitting: !singleFile,
    format: "esm",
    platform: "node",
    target: "node24",
    // The ESM builds of the SDK's packages, so that unused operations are left out.
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"', "process.env.MAYDAY_VERSION": JSON.stringify(version) },
    // CommonJS packages in the bundle call require() for Node's own modules.
    banner: {
      js: `import{createRequire as __createRequire}from'node:module';const require=__createRequire(${singleFile ? "process.execPath" : "import.meta.url"});`,
    },
    plugins: [withoutDevtools, httpByRequire, patchPlugin(applied)],
    metafile: true,
    logLevel: "error",
  });
  return { metafile, missingPatches: notApplied(applied) };
}

/** Ink imports react-devtools-core when DEV=true. It is not installed, and a program for production has no use for it. */
const withoutDevtools = {
  name: "without-devtools",
  setup(builder) {
    builder.onResolve({ filter: /^react-devtools-core$/ }, () => ({
      path: "react-devtools-core",
      namespace: "absent",
    }));
    builder.onLoad({ filter: /.*/, namespace: "absent" }, () => ({
      contents: "export default { initialize() {}, connectToDevTools() {} };",
    }));
  },
};

/**
 * An `import` of node:http reads each of its exports once, WebSocket among them, which loads the whole of undici: 30 ms at start-up.
 * Taken from process.getBuiltinModule, only what is used is read.
 */
const httpByRequire = {
  name: "http-by-require",
  setup(builder) {
    builder.onResolve({ filter: /^(node:)?https?$/ }, ({ path }) => ({
      path: path.replace(/^node:/, ""),
      namespace: "builtin-by-require",
    }));
    builder.onLoad({ filter: /.*/, namespace: "builtin-by-require" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("node:${path}");`,
      loader: "js",
    }));
  },
};

/**
 * Source files that are loaded as soon as the entry is: those of its own file and of the chunks that it imports
 * statically. Paths as in the metafile.
 */
export function staticInputs(metafile, entryOutput) {
  const seen = new Set();
  const inputs = new Set();
  const visit = (output) => {
    if (seen.has(output)) return;
    seen.add(output);
    const { inputs: own, imports } = metafile.outputs[output] ?? { inputs: {}, imports: [] };
    for (const path of Object.keys(own)) inputs.add(path);
    for (const { path, kind } of imports) if (kind === "import-statement") visit(path);
  };
  visit(entryOutput);
  return [...inputs];
}
