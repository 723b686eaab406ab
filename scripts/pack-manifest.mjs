// Around `npm pack` and `npm publish`: the tarball's package.json must not ask for anything to be installed, since all is in
// the bundle. `prepack` puts a trimmed package.json in place and keeps the original beside it, `postpack` puts that back.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const MANIFEST = join(ROOT, "package.json");
const ORIGINAL = join(ROOT, "package.json.original");

/** The manifest as it is published: without what only a checkout needs. */
export function trimmedManifest(manifest) {
  const { scripts, dependencies, devDependencies, optionalDependencies, ...published } = manifest;
  if (dependencies)
    throw new Error("package.json has dependencies: everything is bundled, so they belong to devDependencies");
  return published;
}

/** Puts the original back. Does nothing when it is in place. */
function restore() {
  if (existsSync(ORIGINAL)) renameSync(ORIGINAL, MANIFEST);
}

function trim() {
  // A pack that was killed left its trimmed manifest behind.
  restore();
  const text = readFileSync(MANIFEST, "utf8");
  const trimmed = `${JSON.stringify(trimmedManifest(JSON.parse(text)), null, 2)}\n`;
  writeFileSync(`${ORIGINAL}.part`, text);
  renameSync(`${ORIGINAL}.part`, ORIGINAL);
  writeFileSync(`${MANIFEST}.part`, trimmed);
  renameSync(`${MANIFEST}.part`, MANIFEST);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const step = { trim, restore }[process.argv[2]];
  if (step) step();
  else {
    console.error("usage: node scripts/pack-manifest.mjs trim|restore");
    process.exitCode = 2;
  }
}
