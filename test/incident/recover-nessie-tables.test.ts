import { describe, expect, it } from "vitest";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { IS_THOROUGH } from "../support/thorough.ts";
import { deploymentOf, nessieIncident, OBJS, PREFIX, REFS } from "./nessie-support.ts";
import { entriesOf, layerOf, NESSIE, opened, until, YES } from "./support.ts";

const SCENARIO = "catalog-corruption:physical";
const MINUTE_MS = 60_000;
/** A restore takes up to 34 virtual minutes. */
const FAST = { speed: 600 };
const damagedMs = ({ epochMs }: RunningSimulator) => epochMs - 37 * MINUTE_MS;
const lastGood = (simulator: RunningSimulator) => new Date(damagedMs(simulator) - MINUTE_MS).toISOString();
const human = async () => "kim";

describe("recover-nessie-tables", () => {
  it("restores both tables to before the damage, verifies them, and the switch resolves the scenario; both are undone", {
    timeout: 120_000,
  }, async () => {
    const asked: string[] = [];
    const { simulator, incident } = await nessieIncident(SCENARIO, FAST, {
      human: async (instruction) => {
        asked.push(instruction);
        return "kim";
      },
    });
    const { world } = simulator;
    for (const name of [`${PREFIX}_refs`, `${PREFIX}_objs`]) {
      const table = world.dynamodb.byName.get(name)!;
      table.tags.set("ManagedBy", "terraform");
      table.timeToLiveAttribute = "expires";
      table.deletionProtection = true;
    }
    const contained = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    const prepared = await incident.prepare("recover-nessie-tables", { at: lastGood(simulator) });
    expect(prepared.refusedReason).toBeUndefined();
    expect(prepared.checks.find(({ label }) => label === "Nessie at 0")).toMatchObject({ status: "pass" });
    expect(prepared.facts["real RPO"]).toMatch(/the last 5m are lost in any case/);
    expect(prepared.facts["tables in use"]).toContain(`prefix ${PREFIX}`);
    expect(prepared.lines["restore-refs"]).toMatch(
      new RegExp(
        `^aws dynamodb restore-table-to-point-in-time --source-table-name ${PREFIX}_refs --target-table-name ${REFS} --restore-date-time`,
      ),
    );
    const run = await incident.execute(prepared, YES);
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    // In parallel: the second was begun before the first was there.
    const began = (id: string) => run.outcomes.find(({ stepId }) => stepId === id)!;
    expect(began("restore-objs").endedAtMs).toBeLessThan(began("wait-refs").endedAtMs);
    for (const name of [REFS, OBJS]) {
      const table = world.dynamodb.byName.get(name)!;
      expect(table.recovery?.days).toBe(35);
      expect(table.tags.get("ManagedBy")).toBe("terraform");
      expect(table.timeToLiveAttribute).toBe("expires");
      expect(table.deletionProtection).toBe(true);
    }
    expect(asked[0]).toContain(
      `+ { name = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX", value = "${PREFIX}-restored" },`,
    );
    expect(asked[0]).toMatch(/\d+ of \d+ sampled references have the object that they point to/);

    const switched = await incident.execute(await incident.prepare("switch-nessie-tables", {}), NESSIE);
    expect(switched.status, JSON.stringify(switched.failure ?? switched.outcomes)).toBe("done");
    const back = await incident.execute(await incident.prepareUndo(contained.runId), YES);
    expect(back.status, JSON.stringify(back.failure ?? back.outcomes)).toBe("done");
    await until(() => scenarioById(SCENARIO).resolved.holds(world));
    expect((await incident.diagnosis.run("catalog")).verdicts.map(({ id }) => id)).not.toContain(
      "catalog-physical-damage",
    );

    const undone = await incident.execute(await incident.prepareUndo(switched.runId), YES);
    expect(undone.status, JSON.stringify(undone.failure ?? undone.outcomes)).toBe("done");
    const left = await incident.execute(await incident.prepareUndo(run.runId), YES);
    expect(left.status).toBe("done");
    // Nothing was deleted: a person is told how.
    expect(asked.at(-1)).toContain("aws dynamodb delete-table");
    expect(world.dynamodb.byName.has(REFS) && world.dynamodb.byName.has(OBJS)).toBe(true);
  });

  it("closed while the restores run, it is told on resume how far they are, and run again it starts nothing twice", {
    timeout: 120_000,
  }, async () => {
    const { simulator, incident, folder } = await nessieIncident(SCENARIO, { speed: 60 }, { human });
    const prepared = await incident.prepare("recover-nessie-tables", { at: lastGood(simulator) });
    const running = incident.execute(prepared, YES);
    await until(() => simulator.world.dynamodb.byName.has(OBJS));
    await until(async () =>
      (await entriesOf(incident, "step.intent")).some(({ payload }) => payload.stepId === "wait-refs"),
    );
    await incident.close("suspended");
    const closed = await running;
    expect(closed.status).toBe("partial");
    expect(closed.outcomes.map(({ stepId, status }) => [stepId, status])).toContainEqual(["restore-objs", "done"]);

    const resumed = await opened(simulator, folder, {
      deployment: deploymentOf(simulator),
      incidentId: incident.id,
      reason: "resume",
      human,
    });
    // No time is given: it goes on with that of the restore which was begun.
    const again = await resumed.prepare("recover-nessie-tables", {});
    expect(again.plan.parameters.at).toBe(prepared.plan.parameters.at);
    expect(again.facts["restored to"]).toContain("a restore to it was begun");
    expect(again.checks.find(({ label }) => label === "target names")?.detail).toMatch(
      /goes on: .*_refs (CREATING|ACTIVE)/,
    );
    const run = await resumed.execute(again, YES);
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    const status = (id: string) => run.outcomes.find(({ stepId }) => stepId === id)?.status;
    expect([status("restore-refs"), status("restore-objs")]).toEqual(["already", "already"]);
    const restored = [...simulator.world.dynamodb.byName.keys()].filter((name) => name.includes("restored"));
    expect(restored.sort()).toEqual([OBJS, REFS].sort());
  });

  it("refuses: recovery off, a name that is taken, a time that cannot be restored", { timeout: 60_000 }, async () => {
    const { simulator, incident } = await nessieIncident(SCENARIO);
    const { dynamodb } = simulator.world;
    const at = lastGood(simulator);
    const refusal = async (parameters: Record<string, string>) =>
      (await incident.prepare("recover-nessie-tables", parameters)).refusedReason;
    expect(await refusal({ at: "1m" })).toMatch(/can be restored up to .*wait, or go further back/);
    expect(await refusal({ at: "400d" })).toMatch(/can be restored from/);
    await expect(refusal({ at: "yesterday" })).rejects.toThrow(/no time/);
    const aws = await layerOf(simulator);
    aws.pinAccount((await aws.identity({ purpose: "poll" })).accountId);
    const restore = {
      SourceTableName: `${PREFIX}_objs`,
      TargetTableName: REFS,
      RestoreDateTime: new Date(at),
    };
    await aws.call("dynamodb", "RestoreTableToPointInTime", restore, { purpose: "action" });
    expect(await refusal({ at })).toMatch(/-restored_refs is another table: give another suffix/);
    const other = await incident.prepare("recover-nessie-tables", { at, suffix: "second" });
    expect(other.refusedReason).toBeUndefined();
    expect(other.plan.title).toContain(`${PREFIX}_refs`);
    dynamodb.byName.get(`${PREFIX}_objs`)!.recovery = undefined;
    expect(await refusal({ at, suffix: "second" })).toMatch(/point-in-time recovery is off for .*_objs/);
    dynamodb.delete(dynamodb.byName.get(`${PREFIX}_objs`)!);
    await until(() => !dynamodb.byName.has(`${PREFIX}_objs`));
    expect(await refusal({ at, suffix: "second" })).toMatch(/_objs is gone: .*list-backups --backup-type SYSTEM/);
    expect(await refusal({ suffix: "second" })).toBeDefined();
  });

  it("knows when the incident began, and says that the minute before is a guess", { timeout: 60_000 }, async () => {
    const { simulator, incident } = await nessieIncident(SCENARIO);
    const prepared = await incident.prepare("recover-nessie-tables", {});
    const { declaredAtMs, detectedAtMs } = incident.store.getState().incident;
    const startMs = Math.min(declaredAtMs, detectedAtMs ?? declaredAtMs);
    const atMs = Date.parse(prepared.plan.parameters.at as string);
    expect(atMs).toBeLessThan(startMs - MINUTE_MS + 1);
    expect(atMs).toBeLessThan(simulator.world.now() - 4 * MINUTE_MS);
    expect(prepared.checks.find(({ label }) => label === "before the damage")).toMatchObject({ status: "warn" });
  });

  it.runIf(IS_THOROUGH)(
    "throttled, and with answers that are lost, each table is restored once",
    { timeout: 120_000 },
    async () => {
      const { simulator, incident } = await nessieIncident(SCENARIO, FAST, { human });
      const prepared = await incident.prepare("recover-nessie-tables", { at: lastGood(simulator) });
      simulator.faults.add({ kind: "throttle", operation: "RestoreTableToPointInTime", times: 1 });
      simulator.faults.add({ kind: "drop-after", operation: "RestoreTableToPointInTime", times: 2 });
      simulator.faults.add({ kind: "throttle", operation: "DescribeTable", times: 3 });
      simulator.faults.add({ kind: "drop-before", operation: "Scan", times: 2 });
      const run = await incident.execute(prepared, YES);
      expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
      const of = (id: string) => run.outcomes.find(({ stepId }) => stepId === id)!;
      expect(of("restore-refs").note).toMatch(/no answer to the call/);
      expect(of("restore-objs").status).toBe("done");
    },
  );

  it.runIf(IS_THOROUGH)(
    "does not verify tables that were restored to a second after the damage",
    { timeout: 120_000 },
    async () => {
      const { incident } = await nessieIncident(SCENARIO, FAST, { human });
      const run = await incident.execute(await incident.prepare("recover-nessie-tables", { at: "20m" }), YES);
      expect(run.status, JSON.stringify(run.outcomes)).toBe("partial");
      expect(run.failure?.why).toMatch(/points at [0-9a-f]{12}, which .*-restored_objs does not have/);
      expect(run.outcomes.map(({ stepId }) => stepId)).not.toContain("swap-terraform");
    },
  );

  it.runIf(IS_THOROUGH)(
    "the runbook's layout of a single table is restored as it says, and its Terraform change destroys nothing",
    {
      timeout: 120_000,
    },
    async () => {
      const asked: string[] = [];
      const { simulator, incident } = await nessieIncident("quiet", FAST, {
        human: async (instruction) => {
          asked.push(instruction);
          return "kim";
        },
      });
      const { dynamodb } = simulator.world;
      for (const name of [`${PREFIX}_refs`, `${PREFIX}_objs`]) dynamodb.byName.delete(name);
      const single = dynamodb.byName.get(PREFIX)!;
      single.put({ pk: { S: "main" }, sk: { S: "ref" } }, simulator.world.now() - 30 * MINUTE_MS);
      const prepared = await incident.prepare("recover-nessie-tables", { at: "20m" });
      expect(prepared.refusedReason).toBeUndefined();
      expect(prepared.plan.steps.map(({ id }) => id)).toContain("restore-table");
      const run = await incident.execute(prepared, YES);
      expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
      expect(dynamodb.byName.get(`${PREFIX}-restored`)?.itemCount).toBe(1);
      expect(asked[0]).toContain(`terraform import aws_dynamodb_table.nessie ${PREFIX}-restored`);
    },
  );
});

describe("switch-nessie-tables", () => {
  it("refuses tables that are not there", { timeout: 60_000 }, async () => {
    const { incident } = await nessieIncident("quiet");
    const prepared = await incident.prepare("switch-nessie-tables", {});
    expect(prepared.refusedReason).toMatch(/-restored_refs is not there; .*recover-nessie-tables first/);
    const same = await incident.prepare("switch-nessie-tables", { prefix: PREFIX });
    expect(same.refusedReason).toContain("already");
  });
});
