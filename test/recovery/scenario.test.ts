import { expect, it } from "vitest";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { listScenarios } from "../../src/sim/index.ts";
import { accidentalDeleteOf } from "../../src/sim/scenarios/accidental-delete.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import type { CatalogType } from "../../src/sim/world/names.ts";
import type { Bucket } from "../../src/sim/world/s3/bucket.ts";
import { account, opened, stateFolder, YES } from "../incident/support.ts";

const BUCKET = "lakehouse-prod-lakehouse";
/** Each with another catalog: they take some seconds. */
const VARIANTS = listScenarios()
  .filter(({ id }) => id.startsWith("accidental-delete"))
  .map(({ id }, index) => ({ id, catalogType: scenarioById(id).catalogs[index % 2]! }));

async function run(incident: OpenIncident, id: string, parameters: Record<string, string>, confirmation: object = YES) {
  const plan = await incident.prepare(id, parameters);
  expect(plan.refusedReason, JSON.stringify(plan.checks)).toBeUndefined();
  const result = await incident.execute(plan, confirmation);
  expect(result.status, result.outcomes[0]?.note).toBe("done");
  return result;
}

const deployment = (catalogType: CatalogType) => ({
  project: "lakehouse",
  environment: "prod",
  catalogType,
  region: "us-east-1",
  buckets: { lakehouse: BUCKET, audit: "lakehouse-prod-audit-trail" },
  alarmPrefixes: [],
  logGroups: [],
});

it("the scenarios are there", () => expect(VARIANTS.length).toBeGreaterThanOrEqual(2));

it.each(VARIANTS)(
  "$id ($catalogType): contained and undeleted by its time, it is resolved",
  async ({ id, catalogType }) => {
    const simulator = await account({ scenario: id, speed: 1, catalogType });
    const { resolved, contained } = scenarioById(id);
    const incident = await opened(simulator, stateFolder(), { deployment: deployment(catalogType) });
    expect(resolved.holds(simulator.world)).toBe(false);
    // The time comes from the survey, as a responder would take it.
    const survey = await run(incident, "list-s3-damage", {}, {});
    const [burst] = (survey.outcomes[0]!.output as { bursts: { fromMs: number; count: number }[] }).bursts;
    expect(burst?.count).toBeGreaterThan(1_200);
    await run(incident, "contain-s3", {}, { typedName: BUCKET });
    expect(contained.holds(simulator.world)).toBe(true);
    await run(incident, "recover-s3-deleted", { since: new Date(burst!.fromMs).toISOString() });
    expect(resolved.holds(simulator.world)).toBe(true);
  },
);

it.each(["nessie", "glue"] as const)(
  "by table (%s): the tables by their snapshots, the archive by prefix",
  async (catalogType) => {
    const scenario = accidentalDeleteOf({ objects: 400, versions: 1_600 });
    const simulator = await account({ scenario, speed: 1, catalogType });
    const { resolved } = scenario;
    const incident = await opened(simulator, stateFolder(), { deployment: deployment(catalogType) });
    for (const table of ["lakehouse.orders", "lakehouse.event_stream"])
      await run(incident, "recover-table", { table }, { typedName: table });
    expect(resolved.holds(simulator.world)).toBe(false);
    await run(incident, "recover-s3-deleted", { prefix: "lakehouse/click_archive/", since: "33m" });
    expect(resolved.holds(simulator.world)).toBe(true);
  },
);

/** Every version of the bucket by key, newest first; markers are told from versions. */
function versionsOf(bucket: Bucket): Map<string, string[]> {
  return new Map(
    [...bucket.objects.from()].map(([key, versions]) => [
      key,
      versions.map(({ versionId, deleteMarker }) => `${deleteMarker ? "marker" : "data"} ${versionId}`),
    ]),
  );
}

it("5 000 deleted objects among 20 000 versions, one call of twenty turned away: all and only they are back, nothing else changed", async () => {
  const scenario = accidentalDeleteOf({ objects: 5_000, versions: 20_000 });
  const simulator = await account({ scenario, speed: 1 });
  const incident = await opened(simulator, stateFolder());
  const { lakehouse } = simulator.world.storage;
  simulator.world.dagster.runs.scheduled = false;
  const before = versionsOf(lakehouse);
  simulator.faults.add({ kind: "throttle", service: "s3", every: 20 });
  const result = await run(incident, "recover-s3-deleted", { since: "33m", until: "29m" });
  expect(scenario.resolved.holds(simulator.world)).toBe(true);
  const after = versionsOf(lakehouse);
  let undeleted = 0;
  for (const [key, versions] of before) {
    const now = after.get(key);
    if (now?.length === versions.length) {
      expect(now).toEqual(versions);
      continue;
    }
    // Only markers on top are gone.
    undeleted += 1;
    expect(now?.[0]).toMatch(/^data/);
    expect(versions.slice(0, -now!.length).every((version) => version.startsWith("marker"))).toBe(true);
    expect(versions.slice(-now!.length)).toEqual(now);
  }
  expect(result.outcomes[0]?.output).toMatchObject({ restored: undeleted, changed: 0, failed: 0, unverified: 0 });
  expect(undeleted).toBeGreaterThan(4_800);
}, 120_000);
