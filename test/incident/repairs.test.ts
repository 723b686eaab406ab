import { describe, expect, it } from "vitest";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { account, opened, stateFolder, until, YES } from "./support.ts";

const MINUTE_MS = 60_000;
/** Fast enough that ten virtual minutes of good health are over in seconds. */
const SPEED = 300;

async function incidentOf(scenario: string): Promise<{ simulator: RunningSimulator; incident: OpenIncident }> {
  const simulator = await account({ scenario, speed: SPEED });
  const { project, environment, catalogType, region } = simulator.world.names;
  const named = deploymentByNamingRule(project, environment, catalogType, region);
  const deployment = {
    ...named,
    dagster: dagsterOnEcs(project, environment),
    // As the demo has it: behind the load balancer's own name there is nothing.
    ...(named.nessie && { nessie: { ...named.nessie, endpoint: `${simulator.endpoint}/nessie/api/v2` } }),
  };
  return { simulator, incident: await opened(simulator, stateFolder(), { deployment }) };
}

interface Case {
  scenario: string;
  action: string;
  parameters: Record<string, string>;
  /** What undo has to bring back. */
  state(simulator: RunningSimulator): unknown;
}

const nessie = ({ world }: RunningSimulator) => world.lakehouse.service;
const daemon = ({ world }: RunningSimulator) => world.dagster.onEcs.daemon;
const revision = (service: ReturnType<typeof nessie>) => service.deployments[0]?.definition.arn;
const rules = (simulator: RunningSimulator, group: string) =>
  simulator.world.network.groups
    .get(group)
    ?.rules.map(({ id: _id, ...rule }) => JSON.stringify(rule))
    .sort();

const CASES: Case[] = [
  {
    scenario: "nessie-oom",
    action: "raise-memory",
    parameters: { service: "nessie" },
    state: (simulator) => revision(nessie(simulator)),
  },
  {
    scenario: "nessie-heap",
    action: "raise-heap",
    parameters: {},
    state: (simulator) => revision(nessie(simulator)),
  },
  {
    scenario: "nessie-cpu-high",
    action: "raise-cpu",
    parameters: { service: "nessie" },
    state: (simulator) => revision(nessie(simulator)),
  },
  {
    scenario: "nessie-cpu-high",
    action: "raise-autoscaling",
    parameters: { service: "nessie" },
    state: ({ world }) => [...world.scaling.targets.values()].map(({ min, max }) => ({ min, max })),
  },
  {
    scenario: "dynamodb-throttling",
    action: "raise-table-maximum",
    parameters: { table: "lakehouse-prod-nessie_objs" },
    state: ({ world }) => world.dynamodb.byName.get("lakehouse-prod-nessie_objs")?.maximum,
  },
  ...(["image", "crash"] as const).map((kind) => ({
    scenario: `bad-deployment:${kind}`,
    action: "roll-back-deployment",
    parameters: { service: "nessie" },
    state: (simulator: RunningSimulator) => revision(nessie(simulator)),
  })),
  {
    scenario: "security-group-closed:targets",
    action: "reopen-security-group-rule",
    parameters: {
      group: "sg-0ec5000000000000a",
      direction: "ingress",
      protocol: "tcp",
      from: "19120",
      to: "19120",
      peer: "sg-0a1b000000000000a",
    },
    state: (simulator) => rules(simulator, "sg-0ec5000000000000a"),
  },
  {
    scenario: "security-group-closed:clients",
    action: "reopen-security-group-rule",
    parameters: {
      group: "sg-0a1b000000000000a",
      direction: "ingress",
      protocol: "tcp",
      from: "80",
      to: "80",
      peer: "10.0.0.0/8",
    },
    state: (simulator) => rules(simulator, "sg-0a1b000000000000a"),
  },
  {
    scenario: "dagster-oom",
    action: "raise-memory",
    parameters: { service: "dagster-daemon" },
    state: (simulator) => revision(daemon(simulator)),
  },
  {
    scenario: "dagster-app-error",
    action: "roll-back-deployment",
    parameters: { service: "dagster-daemon" },
    state: (simulator) => revision(daemon(simulator)),
  },
];

describe("a repair resolves its scenario, and its undo brings back what was there", () => {
  it.each(CASES)("$scenario: $action", { timeout: 120_000 }, async ({ scenario, action, parameters, state }) => {
    const { simulator, incident } = await incidentOf(scenario);
    const { resolved } = scenarioById(scenario);
    await until(() => simulator.world.now() >= simulator.epochMs + 2 * MINUTE_MS);
    const before = state(simulator);
    const prepared = await incident.prepare(action, parameters);
    expect(prepared.refusedReason).toBeUndefined();
    // In Dagster's tasks runs may be under way: whoever replaces them types the name.
    const isOfDagster = parameters.service === "dagster-daemon";
    const confirmation = isOfDagster ? { typedName: "dagster-daemon" } : YES;
    expect(/end in the middle/.test(prepared.plan.effects.join())).toBe(isOfDagster);
    const run = await incident.execute(prepared, confirmation);
    expect(run.status, JSON.stringify(run.failure)).toBe("done");
    expect(state(simulator)).not.toEqual(before);
    await until(() => {
      simulator.world.now();
      return resolved.holds(simulator.world);
    }, 60_000);
    // What is over is not claimed any more, although its traces are all still there.
    await until(async () => (await incident.diagnosis.run("everything")).conclusion === "nothing-wrong", 60_000);
    const undo = await incident.prepareUndo(run.runId);
    expect(undo.plan.effects.join()).not.toMatch(/^Takes back what/);
    const undone = await incident.execute(undo, { ...YES, typedName: undo.plan.resourceName });
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(state(simulator)).toEqual(before);
  });
});
