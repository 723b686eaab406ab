import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { coverage } from "../../scripts/docs/coverage-map.ts";
import { coverageOf, renderRunbookCoverage } from "../../scripts/docs/runbook-coverage.ts";
import { runbookItems } from "../../scripts/docs/runbook-items.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const runbook = read("docs/operations-runbook.md");

describe("docs/runbook-coverage.md", () => {
  it("is what the generator writes now", () =>
    expect(read("docs/runbook-coverage.md")).toBe(renderRunbookCoverage(runbook)));

  it("finds every command of the runbook", () => {
    const commands = runbookItems(runbook).filter((item) => item.kind === "command");
    const mentioned = runbook.match(/(?:^\s*|`)(?:aws [a-z0-9]+ |docker compose |terraform )/gm) ?? [];
    expect(commands).toHaveLength(mentioned.length);
    expect(commands.map((command) => command.text)).toContain(
      "aws s3 cp restored-state.tfstate s3://my-tf-state/iceberg-lakehouse/prod/terraform.tfstate",
    );
  });

  it("has no entry that covers nothing", () => {
    const used = new Set(runbookItems(runbook).map(coverageOf));
    for (const [key, entry] of Object.entries(coverage)) expect(used, key).toContain(entry);
  });

  it("names tests that exist", () => {
    for (const { test } of Object.values(coverage)) expect(read(test.file), test.file).toContain(test.title);
  });
});
