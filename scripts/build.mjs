// Builds dist/: the program (main.js), the record's worker (record-worker.js), their chunks and the notices of what is in them.
// Fails when something got in that must not: a license that is not permissive, or the simulator in what every start loads.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle, staticInputs } from "./bundle.mjs";
import { bundledPackages, forbidden, notices } from "./licenses.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * Builds into `outdir`, whole or not at all: a failed build leaves the former one in place.
 * @param options.entries output name -> source file; the first is the program, the one that must not load the simulator.
 * @param options.allPatches every patch of scripts/patches.mjs must have found what it changes.
 * @returns esbuild's metafile, with paths relative to the root.
 * @throws Error whose message says what to change.
 */
export async function buildProgram({ root = ROOT, outdir, entries, allPatches = false }) {
  const started = performance.now();
  const fresh = `${outdir}.building-${process.pid}`;
  try {
    const { metafile, missingPatches } = await bundle({ root, entries, outdir: fresh });
    if (allPatches && missingPatches.length > 0)
      throw new Error(`nothing was found to patch for ${missingPatches.join(", ")}: see scripts/patches.mjs`);
    const outputOf = (name) => relative(root, join(fresh, `${name}.js`));
    check(metafile, outputOf(Object.keys(entries)[0]), root);
    writeFileSync(join(fresh, "THIRD-PARTY-NOTICES.txt"), notices(bundledPackages(metafile, root)));
    replaceFolder(fresh, outdir);
    report(metafile, relative(root, fresh), Object.keys(entries), performance.now() - started);
    return metafile;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function check(metafile, entryOutput, root) {
  const refused = forbidden(bundledPackages(metafile, root));
  if (refused.length > 0) {
    const list = refused
      .map(({ name, version, license }) => `${name}@${version} (${license || "no license"})`)
      .join(", ");
    throw new Error(`the bundle may hold permissive licenses only, and it holds ${list}: leave these packages out`);
  }
  const simulator = staticInputs(metafile, entryOutput).filter((path) => path.startsWith("src/sim/"));
  if (simulator.length > 0) {
    throw new Error(`every start would load the simulator (${simulator.join(", ")}): import it with import() only`);
  }
}

function replaceFolder(fresh, outdir) {
  mkdirSync(dirname(outdir), { recursive: true });
  const former = `${outdir}.former-${process.pid}`;
  if (existsSync(outdir)) renameSync(outdir, former);
  renameSync(fresh, outdir);
  rmSync(former, { recursive: true, force: true });
}

function report(metafile, folder, entryNames, durationMs) {
  const line = (bytes, what) => console.log(`${(bytes / 1024).toFixed(0).padStart(6)} kB  ${what}`);
  const sizes = Object.entries(metafile.outputs).map(([path, { bytes }]) => ({ file: relative(folder, path), bytes }));
  const isEntry = ({ file }) => entryNames.includes(file.replace(/\.js$/, ""));
  const sum = (outputs) => outputs.reduce((total, { bytes }) => total + bytes, 0);
  for (const { file, bytes } of sizes.filter(isEntry)) line(bytes, file);
  const chunks = sizes.filter((output) => !isEntry(output));
  line(sum(chunks), `${chunks.length} chunks`);
  line(sum(sizes), `in all, built in ${(durationMs / 1000).toFixed(1)} s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { outdir: { type: "string" } } });
  try {
    await buildProgram({
      allPatches: true,
      outdir: resolve(values.outdir ?? join(ROOT, "dist")),
      entries: { main: "src/cli/entry.ts", "record-worker": "src/record/worker.ts" },
    });
  } catch (error) {
    // esbuild has printed its own errors; ours say what to change.
    console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
