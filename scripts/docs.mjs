// Writes the generated documents, or with --check says which of them are stale. To add one: a row in DOCUMENTS.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const read = (file) => readFileSync(join(ROOT, file), "utf8");

/** Each generated file with the pure function that gives its text. */
const DOCUMENTS = [
  {
    file: "docs/keys.md",
    render: async () => (await import("../src/cockpit/keys-markdown.ts")).renderKeysMarkdown(),
  },
  {
    file: "docs/runbook-coverage.md",
    render: async () => {
      const { renderRunbookCoverage } = await import("./docs/runbook-coverage.ts");
      return renderRunbookCoverage(read("docs/operations-runbook.md"));
    },
  },
];

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const stale = [];
for (const { file, render } of DOCUMENTS) {
  const text = await render();
  const current = existsSync(join(ROOT, file)) ? read(file) : undefined;
  if (current === text) continue;
  stale.push(file);
  if (!values.check) writeFileSync(join(ROOT, file), text);
}
if (!values.check) console.log(stale.length > 0 ? `written: ${stale.join(", ")}` : "all documents are up to date");
else if (stale.length > 0) {
  console.error(`stale: ${stale.join(", ")}. Run \`npm run docs\` and commit the result.`);
  process.exitCode = 1;
}
