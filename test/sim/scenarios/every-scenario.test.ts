import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listScenarios } from "../../../src/sim/index.ts";
import { sample } from "../../support/thorough.ts";
import { type Incident, incident, MINUTE_MS, SEEDS } from "./support.ts";

const UNTIL_MS = 20 * MINUTE_MS;
const SCENARIOS = listScenarios();
const CASES = SCENARIOS.flatMap(({ id, catalogs }) => catalogs.map((catalogType) => ({ id, catalogType })));
const INCIDENTS = CASES.filter(({ id }) => id !== "quiet");
const document = readFileSync(join(import.meta.dirname, "../../../docs/simulator.md"), "utf8");

test("ids are unique, families have named variants, and docs/simulator.md lists every verdict", () => {
  const ids = SCENARIOS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, diagnosis, catalogs } of SCENARIOS) {
    expect(id).toMatch(/^[a-z0-9-]+(:[a-z0-9-]+)?$/);
    expect(diagnosis.verdict).toMatch(/^[a-z0-9-]+$/);
    expect(document).toContain(`\`${diagnosis.verdict}\``);
    expect(document).toContain(`\`${id}\``);
    expect(catalogs.length).toBeGreaterThan(0);
  }
});

/** Whatever happened in the world, as texts. */
function texts({ world }: Incident): string[] {
  return [
    ...world.journal.entries.map(({ text }) => text),
    ...world.trail.events.map(({ record }) => record),
    ...(world.nessie?.service.events ?? []).map(({ message }) => message),
  ];
}

describe.each(sample(CASES, 30))("$id, $catalogType", ({ id, catalogType }) => {
  test("the same seed gives the same events, whatever the steps; others differ", async () => {
    const run = async (seed: number, stepMs: number) => {
      const { world } = await incident(id, 1, { seed, catalogType });
      for (let offsetMs = 0; offsetMs <= UNTIL_MS; offsetMs += stepMs) world.advanceTo(world.epochMs + offsetMs);
      return world.journal.hash(UNTIL_MS);
    };
    const hash = await run(7, UNTIL_MS);
    expect(await run(7, MINUTE_MS)).toBe(hash);
    // A Glue lakehouse in which nothing happens by chance has nothing in which seeds could differ.
    if (catalogType === "nessie") expect(await run(8, UNTIL_MS)).not.toBe(hash);
  });

  test("nothing of the default names is left under others", async () => {
    const options = {
      project: "acme",
      environment: "dev",
      region: "eu-central-1",
      accountId: "222233334444",
      catalogType,
    };
    const other = await incident(id, 3, options);
    other.world.advanceBy(UNTIL_MS);
    const found = texts(other).filter((text) => /lakehouse-prod|111122223333|us-east-1[a-d]/.test(text));
    expect(found).toEqual([]);
  });
});

test.each(INCIDENTS)("$id, $catalogType: neither contained nor resolved at the start, nor by itself", async (one) => {
  for (const seed of SEEDS) {
    const { world, contained, resolved } = await incident(one.id, seed, { catalogType: one.catalogType });
    expect([contained(), resolved()]).toEqual([false, false]);
    world.advanceBy(UNTIL_MS);
    expect(resolved()).toBe(false);
  }
});
