import { expect, test } from "vitest";
import { listScenarios } from "../../../src/sim/scenarios/index.ts";
import { testSimulator } from "../../support/simulator.ts";

const UNTIL_MS = 40 * 60_000;

async function run(scenario: string, catalogType: "nessie" | "glue", seed: number, stepMs: number) {
  const { world } = await testSimulator({ scenario, catalogType, seed });
  for (let offsetMs = 0; offsetMs <= UNTIL_MS; offsetMs += stepMs) world.advanceTo(world.epochMs + offsetMs);
  world.advanceTo(world.epochMs + UNTIL_MS);
  const buckets = [...world.buckets.byName.values()].map((bucket) => [...bucket.objects.from()].map(([key]) => key));
  return { journal: world.journal.hash(UNTIL_MS), objects: JSON.stringify(buckets) };
}

const OWN = listScenarios().filter(({ id }) => /^(s3-access-denied|schema-drift|dagster-)/.test(id));
const CASES = OWN.flatMap(({ id, catalogs }) => catalogs.map((catalogType) => ({ id, catalogType })));

test.each(CASES)(
  "$id with $catalogType: the same seed gives the same events and objects, whatever the steps",
  async ({ id, catalogType }) => {
    const first = await run(id, catalogType, 7, 20_000);
    expect(await run(id, catalogType, 7, UNTIL_MS)).toEqual(first);
    expect(await run(id, catalogType, 8, UNTIL_MS)).not.toEqual(first);
  },
);
