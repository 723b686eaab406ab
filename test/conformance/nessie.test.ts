import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import type { NessieOperation } from "../../src/aws/nessie/request.ts";
import { systemClock } from "../../src/base/clock.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { openIncident } from "../../src/incident/open.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { type NessieServer, nessieMissing, startNessie } from "./nessie-server.ts";

// The logical recovery at a Nessie that we did not write; the AWS beside it, which says who we are, is the simulator.

const missing = nessieMissing();
const ACTION = { purpose: "action" } as const;
const CREDENTIALS = { accessKeyId: "simulated", secretAccessKey: "simulated" };

describe.skipIf(missing !== undefined)(`a real Nessie${missing ? ` (${missing})` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-real-nessie-"));
  let nessie: NessieServer;
  let simulator: RunningSimulator;
  let aws: AwsLayer;
  let incident: OpenIncident;
  const at = () => ({ Endpoint: nessie.endpoint, Reference: "main" });

  beforeAll(async () => {
    nessie = await startNessie();
    simulator = await startSimulator({ scenario: "quiet" });
    const clock = systemClock();
    const { endpoint, region } = simulator;
    aws = await createAwsLayer({ clock, region, endpoint, credentials: CREDENTIALS, loopbackOnly: true });
    const named = deploymentByNamingRule("lakehouse", "prod", "nessie", region);
    incident = await openIncident({
      aws,
      clock,
      deployment: { ...named, nessie: { ...named.nessie!, endpoint: nessie.endpoint } },
      stateDirectory: folder,
      title: "Tables are missing",
      severity: "P1",
      onCall: "kim",
      simulated: true,
      toolVersion: "test",
      reason: "start",
      watch: false,
    });
    await incident.ready;
  }, 120_000);

  afterAll(async () => {
    await incident?.release();
    await simulator?.close();
    await nessie?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const head = async () => (await aws.call("nessie", "GetReference", at(), ACTION)).output.reference.hash;
  const tables = async () =>
    (await aws.call("nessie", "GetEntries", at(), ACTION)).output.entries.map(({ name }) => name.elements.join("."));
  const commit = async (Message: string, Operations: NessieOperation[]) => {
    const input = { ...at(), Hash: await head(), Message, Author: "spark", Operations };
    return (await aws.call("nessie", "Commit", input, ACTION)).output.targetBranch.hash;
  };
  const put = (table: string, file: string, id?: string) =>
    ({
      type: "PUT",
      key: { elements: ["lakehouse", table] },
      content: {
        type: "ICEBERG_TABLE",
        ...(id ? { id } : {}),
        metadataLocation: `s3://lakehouse-prod-lakehouse/lakehouse/${table}/metadata/${file}.metadata.json`,
        snapshotId: 1,
        schemaId: 0,
        specId: 0,
        sortOrderId: 0,
      },
    }) as unknown as NessieOperation;

  test("a dropped table comes back by its history; the bad head is tagged, and undo goes back to it", async () => {
    const namespace = {
      type: "PUT",
      key: { elements: ["lakehouse"] },
      content: { type: "NAMESPACE", elements: ["lakehouse"] },
    };
    await commit("Create the namespace", [namespace as unknown as NessieOperation]);
    await commit("Create orders", [put("orders", "00000")]);
    const good = await commit("Create customers", [put("customers", "00000")]);
    const bad = await commit("Migrate", [{ type: "DELETE", key: { elements: ["lakehouse", "orders"] } }]);
    expect(await tables()).not.toContain("lakehouse.orders");

    const prepared = await incident.prepare("recover-nessie-branch", {});
    expect(prepared.refusedReason).toBeUndefined();
    expect(prepared.plan.parameters).toEqual({ hash: good, branch: "main" });
    const run = await incident.execute(prepared, { typedName: "main" });
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    expect(await head()).toBe(good);
    expect(await tables()).toContain("lakehouse.orders");
    const tag = prepared.facts["tag for the bad head"]!;
    const tagged = await aws.call("nessie", "GetReference", { ...at(), Reference: tag }, ACTION);
    expect(tagged.output.reference).toMatchObject({ type: "TAG", hash: bad });

    const undone = await incident.execute(await incident.prepareUndo(run.runId), { typedName: "main" });
    expect(undone.status, JSON.stringify(undone.failure ?? undone.outcomes)).toBe("done");
    expect(await head()).toBe(bad);
  });

  test("a head that moved is refused by the plan, by Nessie itself, and by the undo, which shows the commits", async () => {
    const prepared = await incident.prepare("recover-nessie-branch", {});
    const assign = prepared.plan.steps.find(({ id }) => id === "assign-branch");
    if (assign?.kind !== "call") throw new Error("no call");
    await commit("Create a late table", [put("late", "00000")]);
    const conflict = await aws.callByName("nessie", "AssignReference", assign.input, ACTION).catch((error) => error);
    expect(conflict.detail).toMatchObject({ code: "REFERENCE_CONFLICT" });
    expect((await incident.execute(prepared, { typedName: "main" })).failure?.why).toContain(
      "no longer as the plan found it",
    );

    const again = await incident.prepare("recover-nessie-branch", {});
    expect(again.plan.effects.join("\n")).toContain("Create a late table");
    const run = await incident.execute(again, { typedName: "main" });
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    await commit("Create a new table", [put("fresh", "00000")]);
    const undo = await incident.prepareUndo(run.runId);
    expect(undo.refusedReason).toContain("Create a new table");
  });
});
