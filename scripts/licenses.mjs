import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Licenses that may get into the bundle: permissive ones, compatible with Apache-2.0. SPDX identifiers. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
]);

/**
 * The packages whose files are in a bundle, by esbuild's metafile: `{ name, version, license, text }[]`, sorted by name.
 * `text` is the package's license file, or an empty string when it ships none.
 * @throws when an input under node_modules belongs to no package.
 */
export function bundledPackages(metafile, root) {
  const folders = new Set();
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      if (bytesInOutput > 0 && path.includes("node_modules/")) folders.add(packageFolder(resolve(root, path)));
    }
  }
  const packages = [...folders].map((folder) => {
    const { name, version, license, licenses } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { name, version, license: license ?? licenses?.[0]?.type ?? "", text: licenseText(folder) };
  });
  const sorted = packages.sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
  return sorted.filter(
    (item, index) => item.name !== sorted[index - 1]?.name || item.version !== sorted[index - 1]?.version,
  );
}

/** The packages whose license is not allowed. Of an SPDX "A OR B" one allowed part is enough, of "A AND B" all are needed. */
export function forbidden(packages) {
  return packages.filter(({ license }) => {
    const choices = license.replace(/[()]/g, "").split(/ OR /i);
    return !choices.some((choice) => choice.split(/ AND /i).every((part) => ALLOWED.has(part.trim())));
  });
}

/** The text of THIRD-PARTY-NOTICES: each license's text once, under the packages that it is of. */
export function notices(packages) {
  const byText = Map.groupBy(
    packages,
    ({ license, text }) => text.trim() || `Licensed under ${license}; the package ships no license text of its own.`,
  );
  const sections = [...byText].map(([text, members]) => {
    const names = members.map(({ name, version, license }) => `${name} ${version} (${license})\n`).join("");
    return `\n${"-".repeat(78)}\n${names}\n${text}\n`;
  });
  return `mayday contains the following third-party software.\n${sections.join("")}`;
}

/** The folder of the nearest package.json that names a package: nested ones only say "type": "module". */
function packageFolder(path) {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version) return folder;
  }
  throw new Error(`${path} belongs to no package`);
}

function licenseText(folder) {
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|-|$)/i.test(entry));
  return file ? readFileSync(join(folder, file), "utf8") : "";
}
