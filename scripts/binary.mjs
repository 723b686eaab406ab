// Builds single executables: the whole program with its Node in one file, for bastions without Node. `node scripts/binary.mjs [--outdir build] [linux-x64 ...]`
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.mjs";
import { bundledPackages, forbidden, notices } from "./licenses.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const PLATFORMS = ["linux-x64", "linux-arm64"];
/** Young objects are short-lived and few in the cockpit: 4 MB for each half. On a large machine V8 would take 32. */
const NODE_OPTIONS = ["--max-semi-space-size=4"];

/** The Node of a platform's locked package, extracted into `folder` when it is not installed here. */
function nodeOf(platform, folder) {
  const name = `node-${platform}`;
  const installed = join(ROOT, "node_modules", name, "bin", "node");
  if (existsSync(installed)) return installed;
  const { version, integrity } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages[
    `node_modules/${name}`
  ];
  const [archive] = execFileSync("npm", ["pack", "--silent", `${name}@${version}`], { cwd: folder, encoding: "utf8" })
    .trim()
    .split("\n")
    .slice(-1);
  const [algorithm, expected] = integrity.split("-", 2);
  const actual = createHash(algorithm)
    .update(readFileSync(join(folder, archive)))
    .digest("base64");
  if (actual !== expected) throw new Error(`${name}@${version} is not what package-lock.json locks`);
  execFileSync("tar", ["-xzf", archive, "package/bin/node"], { cwd: folder });
  return join(folder, "package", "bin", "node");
}

/** Builds one executable. @returns its path. */
function buildExecutable(platform, code, folder, outdir) {
  const output = join(outdir, `mayday-${platform}`);
  const config = join(folder, `${platform}.json`);
  writeFileSync(
    config,
    JSON.stringify({
      main: join(code, "main.js"),
      mainFormat: "module",
      executable: nodeOf(platform, folder),
      output,
      disableExperimentalSEAWarning: true,
      // Compiled code is of this machine's kind: another one has to compile for itself.
      useCodeCache: platform === `${process.platform}-${process.arch}`,
      execArgv: NODE_OPTIONS,
      execArgvExtension: "none",
      assets: { "record-worker.js": join(code, "record-worker.js") },
    }),
  );
  execFileSync(process.execPath, ["--build-sea", config], { stdio: ["ignore", "ignore", "inherit"] });
  chmodSync(output, 0o755);
  return output;
}

/** Builds the executables of these platforms into `outdir`. @returns their paths. @throws Error that says what to change. */
export async function buildBinaries(platforms, outdir) {
  const folder = mkdtempSync(join(tmpdir(), "mayday-binary-"));
  try {
    const code = join(folder, "code");
    const entries = { main: "src/cli/entry.ts", "record-worker": "src/record/worker.ts" };
    const { metafile, missingPatches } = await bundle({ root: ROOT, entries, outdir: code, singleFile: true });
    if (missingPatches.length > 0) throw new Error(`nothing was found to patch for ${missingPatches.join(", ")}`);
    const packages = bundledPackages(metafile, ROOT);
    const refused = forbidden(packages).map(({ name }) => name);
    if (refused.length > 0) throw new Error(`not permissively licensed: ${refused.join(", ")}`);
    mkdirSync(outdir, { recursive: true });
    writeFileSync(join(outdir, "THIRD-PARTY-NOTICES.txt"), notices(packages));
    return platforms.map((platform) => buildExecutable(platform, code, folder, outdir));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { values, positionals: asked } = parseArgs({
      allowPositionals: true,
      options: { outdir: { type: "string", default: join(ROOT, "build") } },
    });
    const unknown = asked.filter((platform) => !PLATFORMS.includes(platform));
    if (unknown.length > 0) throw new Error(`no binary for ${unknown.join(", ")}: there is ${PLATFORMS.join(", ")}`);
    for (const path of await buildBinaries(asked.length > 0 ? asked : PLATFORMS, resolve(values.outdir))) {
      console.log(`${(statSync(path).size / 1024 / 1024).toFixed(0).padStart(6)} MB  ${path}`);
    }
  } catch (error) {
    console.error(`binary: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
