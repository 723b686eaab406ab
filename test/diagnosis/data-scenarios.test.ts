import { describe, expect, test } from "vitest";
import { checks, verdicts } from "../../src/diagnosis/registry.ts";
import { listScenarios } from "../../src/sim/index.ts";
import type { CatalogType } from "../../src/sim/world/names.ts";
import { sample } from "../support/thorough.ts";
import { accountAt, contextOf, diagnose } from "./support.ts";

/** The diagnosis that asks about each family of scenarios. */
const OWN: Record<string, string> = {
  "s3-access-denied": "s3-403",
  "schema-drift": "schema-drift",
  "accidental-delete": "data-loss",
  "catalog-corruption": "catalog",
  "tfstate-damage": "terraform-state",
  "leaked-key": "leaked-key",
};
/** Minutes after the scenario's start at which the responder asks. */
const ASKED_AFTER = 7;
const FAMILIES = listScenarios().flatMap(({ id, catalogs, diagnosis }) => {
  const own = OWN[id.split(":")[0]!];
  return own === undefined ? [] : [{ id, own, catalogs, verdict: diagnosis.verdict }];
});
const OTHER_PLACE = { project: "tidewater", environment: "staging", region: "eu-central-1" };

async function topVerdicts(id: string, own: string, options: { seed: number; catalogType?: CatalogType }) {
  const simulator = await accountAt(ASKED_AFTER, { scenario: id, ...options });
  const context = await contextOf(simulator);
  const [everything, alone] = [await diagnose(context), await diagnose(context, own)];
  return {
    everything: everything.verdicts.map((one) => one.id),
    own: alone.verdicts.map((one) => one.id),
    certainty: everything.verdicts[0]?.certainty,
  };
}

describe.each(FAMILIES)("$id", ({ id, own, catalogs, verdict }) => {
  test.each(sample([1, 2, 3, 4, 5], 1))(
    "its verdict alone, by everything and by its own diagnosis (seed %i)",
    async (seed) => {
      const found = await topVerdicts(id, own, { seed });
      expect(found).toEqual({ everything: [verdict], own: [verdict], certainty: "proven" });
    },
  );

  test.each(sample(catalogs, 1))("with other names, in another region, with the catalog %s", async (catalogType) => {
    const found = await topVerdicts(id, own, { seed: 6, catalogType, ...OTHER_PLACE });
    expect(found).toEqual({ everything: [verdict], own: [verdict], certainty: "proven" });
  });
});

describe("where nothing is wrong", () => {
  test.each<[CatalogType, number]>([
    ["nessie", 1],
    ["nessie", 2],
    ["nessie", 3],
    ["glue", 4],
    ["glue", 5],
  ])("no verdict claims a fault, and nothing is only possible (%s, seed %i)", async (catalogType, seed) => {
    const simulator = await accountAt(ASKED_AFTER, { scenario: "quiet", seed, catalogType });
    const found = await diagnose(await contextOf(simulator));
    expect(found).toMatchObject({ conclusion: "nothing-wrong", possible: [], unknown: [] });
    expect(found.verdicts.map(({ id }) => id)).toEqual(["nothing-wrong"]);
  });

  test.each(Object.values(OWN))("%s says so by itself", async (own) => {
    const simulator = await accountAt(ASKED_AFTER, { scenario: "quiet" });
    expect(await diagnose(await contextOf(simulator), own)).toMatchObject({
      conclusion: "nothing-wrong",
      possible: [],
    });
  });
});

describe("where something else is wrong", () => {
  const others = listScenarios().filter(({ id }) => OWN[id.split(":")[0]!] === undefined && id !== "quiet");

  test.each(others)("$id: none of these diagnoses claims a fault", async ({ id }) => {
    const simulator = await accountAt(ASKED_AFTER, { scenario: id });
    const context = await contextOf(simulator);
    for (const own of Object.values(OWN)) {
      const found = await diagnose(context, own);
      expect([own, found.verdicts.map((one) => one.id).filter((one) => one !== "nothing-wrong")]).toEqual([own, []]);
    }
  });
});

test("every verdict that a check may speak about is defined", () => {
  const defined = new Set(verdicts.map(({ id }) => id));
  const undefinedOnes = checks.flatMap((check) => check.verdicts.filter((id) => !defined.has(id)));
  expect(undefinedOnes).toEqual([]);
});
