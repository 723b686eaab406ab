import { describe, expect, it } from "vitest";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { NETWORK_IDS } from "../../src/sim/world/lakehouse-network.ts";
import { account, opened, stateFolder, until } from "./support.ts";

const MINUTE_MS = 60_000;
/** Fast enough that a quarter of an hour of runs is over in seconds. */
const SPEED = 200;

async function incidentOf(scenario: string): Promise<{ simulator: RunningSimulator; incident: OpenIncident }> {
  const simulator = await account({ scenario, speed: SPEED });
  const { project, environment, catalogType, region } = simulator.world.names;
  const deployment = {
    ...deploymentByNamingRule(project, environment, catalogType, region),
    dagster: dagsterOnEcs(project, environment),
  };
  return { simulator, incident: await opened(simulator, stateFolder(), { deployment }) };
}

interface Case {
  variant: string;
  action: string;
  /** What its undo has to bring back. */
  state(simulator: RunningSimulator): unknown;
}

const dagsterRole = ({ world }: RunningSimulator) => world.iam.roles.get(`${world.names.prefix}-dagster-task`)!;

const CASES: Case[] = [
  {
    variant: "bucket-policy",
    action: "remove-bucket-deny",
    state: ({ world }) => JSON.parse(world.storage.lakehouse.policy ?? "{}"),
  },
  {
    variant: "identity-policy",
    action: "grant-role-access",
    state: (simulator) => [...dagsterRole(simulator).inline.values()].map(({ json }) => json),
  },
  {
    variant: "encryption-header",
    action: "roll-back-deployment",
    state: ({ world }) => world.dagster.onEcs.daemon.deployments[0]?.definition.arn,
  },
  {
    variant: "lake-formation",
    action: "grant-lake-formation",
    state: ({ world }) =>
      world.lakeFormation.grants.map(({ principal, resource, permissions }) => ({
        principal,
        resource,
        permissions: [...permissions].sort(),
      })),
  },
  {
    variant: "vpc-endpoint",
    action: "open-endpoint-policy",
    state: ({ world }) => world.network.endpoints.get(NETWORK_IDS.s3Endpoint)?.policy,
  },
  {
    variant: "kms-key-disabled",
    action: "enable-kms-key",
    state: ({ world }) => world.ownKey?.state,
  },
];

describe("what the diagnosis of S3 403 offers first resolves the scenario, and its undo brings back what was there", () => {
  it.each(CASES)("$variant: $action", { timeout: 120_000 }, async ({ variant, action, state }) => {
    const scenario = `s3-access-denied:${variant}`;
    const { simulator, incident } = await incidentOf(scenario);
    await until(() => simulator.world.now() >= simulator.epochMs + 2 * MINUTE_MS);
    const { verdicts } = await incident.diagnosis.run("s3-403");
    expect(verdicts.map(({ id }) => id)).toEqual([scenarioById(scenario).diagnosis.verdict]);
    const [fix] = verdicts[0]!.fixes;
    if (fix?.kind !== "action") throw new Error("no action is offered first");
    expect(fix.actionId).toBe(action);

    const before = state(simulator);
    const prepared = await incident.prepare(fix.actionId, fix.parameters);
    expect(prepared.refusedReason).toBeUndefined();
    const run = await incident.execute(prepared, { yes: true, typedName: prepared.plan.resourceName });
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    expect(state(simulator)).not.toEqual(before);
    await until(() => {
      simulator.world.now();
      return scenarioById(scenario).resolved.holds(simulator.world);
    }, 60_000);

    const again = await incident.diagnosis.run("s3-403");
    expect(again.verdicts.map(({ id }) => id)).toEqual(["nothing-wrong"]);
    const undo = await incident.prepareUndo(run.runId);
    // It takes access away again: that is said, and confirmed by name.
    expect(undo.plan.tier).toBe("name");
    expect(undo.plan.effects.join()).not.toMatch(/^Takes back what/);
    const undone = await incident.execute(undo, { yes: true, typedName: undo.plan.resourceName });
    expect(undone.status, JSON.stringify(undone.failure ?? undone.outcomes)).toBe("done");
    expect(state(simulator)).toEqual(before);
  });
});
