import { afterEach, describe, expect, it } from "vitest";
import { checksOf, verdicts } from "../../src/diagnosis/registry.ts";
import { runDiagnosis } from "../../src/diagnosis/run.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { lastValue } from "../../src/state/source.ts";
import { account, clockOf, layerOf, NESSIE, opened, stateFolder, until, YES } from "../incident/support.ts";
import { addCockpitRole, deploymentOf, documentFor } from "./policy-support.ts";

const place = (simulator: RunningSimulator) => ({
  deployment: deploymentOf(simulator),
  accountId: simulator.accountId,
  region: simulator.region,
  partition: "aws",
});

/** A client whose caller has exactly the policy that is printed, with every refusal that AWS gives. */
async function layerWithPolicy(simulator: RunningSimulator, access: "all" | "read") {
  const accessKeyId = addCockpitRole(simulator, documentFor(place(simulator), access));
  const aws = await layerOf(simulator, accessKeyId);
  const denied: string[] = [];
  aws.onCall(({ service, operation, error }) => {
    if (error?.kind === "denied") denied.push(`${service}:${operation} ${error.message}`);
  });
  closers.push(() => aws.close());
  return { aws, denied };
}

/** An incident of such a responder. */
async function withPolicy(simulator: RunningSimulator, access: "all" | "read", watch = false) {
  const { aws, denied } = await layerWithPolicy(simulator, access);
  const incident = await opened(simulator, stateFolder(), { aws, deployment: deploymentOf(simulator), watch });
  return { incident, denied };
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

describe("a role with exactly the printed policy", () => {
  it("sees everything in the panes", async () => {
    const simulator = await account({ scenario: "nessie-oom" });
    const { incident, denied } = await withPolicy(simulator, "read", true);
    const { store } = incident;
    await until(() =>
      (["services", "targets", "alarms", "metrics", "logs"] as const).every(
        (source) => store.getState()[source].status === "ok",
      ),
    );
    await until(() => (lastValue(store.getState().alarms) ?? []).some(({ history }) => history.length > 0));
    expect(denied).toEqual([]);
  });

  it.each([
    "nessie-oom",
    "security-group-closed:targets",
    "s3-access-denied:identity-policy",
    "schema-drift:intentional",
    "leaked-key",
    "tfstate-damage:old-state",
  ])("diagnoses everything of %s with the policy that only looks", async (scenario) => {
    const simulator = await account({ scenario });
    const { aws, denied } = await layerWithPolicy(simulator, "read");
    const { diagnosis, checks } = checksOf("everything");
    const clock = clockOf(simulator);
    const toMs = clock.now();
    await runDiagnosis(diagnosis, checks, verdicts, {
      aws,
      clock,
      deployment: deploymentOf(simulator),
      where: { region: simulator.region, endpoint: simulator.endpoint },
      accountId: simulator.accountId,
      window: { fromMs: toMs - 7_200_000, toMs },
      held: [],
      given: {},
    });
    expect(denied).toEqual([]);
  });

  it("contains Nessie, Dagster and S3, and takes each back", async () => {
    const simulator = await account();
    const { incident, denied } = await withPolicy(simulator, "all");
    const { lakehouse } = deploymentOf(simulator).buckets;
    for (const [id, confirmation] of [
      ["contain-nessie", NESSIE],
      ["contain-s3", { typedName: lakehouse }],
    ] as const) {
      const prepared = await incident.prepare(id, {});
      expect(prepared.refusedReason, JSON.stringify(prepared.checks)).toBeUndefined();
      const result = await incident.execute(prepared, confirmation);
      expect(result.status, JSON.stringify(result.outcomes)).toBe("done");
      const undo = await incident.prepareUndo(result.runId);
      expect((await incident.execute(undo, { ...YES, ...confirmation })).status).toBe("done");
    }
    const dagster = await incident.prepare("contain-dagster", {});
    expect((await incident.execute(dagster, { typedName: dagster.plan.resourceName })).status).toBe("done");
    expect((await incident.execute(await incident.prepare("hold-lifecycle", {}), YES)).status).toBe("done");
    expect(denied).toEqual([]);
  });

  it("preserves everything also with the policy that only looks, and can change nothing with it", async () => {
    const simulator = await account();
    const { incident, denied } = await withPolicy(simulator, "read");
    const result = await incident.execute(await incident.prepare("preserve-everything", {}), YES);
    expect(result.status, JSON.stringify(result.outcomes.map(({ note }) => note))).toBe("done");
    expect(denied).toEqual([]);
    const contain = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    expect(contain.status).toBe("failed");
    expect(denied.join()).toMatch(/RegisterScalableTarget/);
  });
});
