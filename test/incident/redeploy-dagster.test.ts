import { describe, expect, it } from "vitest";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { account, opened, stateFolder, until } from "./support.ts";

const NAME = { typedName: "lakehouse-prod-dagster" };
const daemonOf = ({ world }: RunningSimulator) => world.dagster.onEcs.daemon;
const imageOf = (simulator: RunningSimulator) => daemonOf(simulator).deployments[0]!.definition.container.image;

function openedWithDagster(simulator: RunningSimulator) {
  const deployment = deploymentByNamingRule("lakehouse", "prod", "nessie", simulator.region);
  return opened(simulator, stateFolder(), {
    deployment: { ...deployment, dagster: dagsterOnEcs("lakehouse", "prod") },
  });
}

describe("redeploying Dagster on ECS", () => {
  it("a broken release goes back to the revision before it, to the scenario's own end, and the undo deploys it again", async () => {
    const scenario = "dagster-app-error";
    const simulator = await account({ scenario, speed: 300 });
    const incident = await openedWithDagster(simulator);
    const broken = imageOf(simulator);
    const prepared = await incident.prepare("redeploy-dagster", { service: "dagster-daemon", revision: "previous" });
    expect(prepared.refusedReason).toBeUndefined();
    expect(prepared.facts["dagster-daemon"]).toMatch(/dagster-daemon:2 \(\S+:2026\.46\.0\) -> \S+dagster-daemon:1 \(/);
    const result = await incident.execute(prepared, NAME);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(imageOf(simulator)).not.toBe(broken);
    await until(() => {
      simulator.world.now();
      return scenarioById(scenario).resolved.holds(simulator.world);
    }, 60_000);
    const undone = await incident.execute(await incident.prepareUndo(result.runId), NAME);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(imageOf(simulator)).toBe(broken);
  }, 120_000);

  it("the present revision is started anew, and waited for until it is steady; nothing is left to undo", async () => {
    const simulator = await account({ speed: 120 });
    const incident = await openedWithDagster(simulator);
    const before = {
      tasks: daemonOf(simulator).tasks.map(({ id }) => id),
      deployment: daemonOf(simulator).deployments[0]!.id,
    };
    const prepared = await incident.prepare("redeploy-dagster", {});
    expect(prepared.plan.title).toBe("Redeploy Dagster: dagster-webserver and dagster-daemon started anew");
    const result = await incident.execute(prepared, NAME);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    const { deployments, tasks } = daemonOf(simulator);
    expect(deployments).toHaveLength(1);
    expect(deployments[0]!.id).not.toBe(before.deployment);
    expect(tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").map(({ id }) => id)).not.toEqual(before.tasks);
    expect(incident.store.getState().heldOpen).toEqual([]);
  }, 60_000);

  it("refuses a revision that is not there, one number for two services, and a service that is contained", async () => {
    const simulator = await account();
    const incident = await openedWithDagster(simulator);
    const prepare = (parameters: Record<string, string>) => incident.prepare("redeploy-dagster", parameters);
    expect((await prepare({ revision: "previous" })).refusedReason).toMatch(/there is no such revision/);
    expect((await prepare({ service: "dagster-daemon", revision: "7" })).refusedReason).toMatch(/no such revision/);
    await expect(prepare({ revision: "1" })).rejects.toThrow(/belongs to one service/);
    await expect(prepare({ service: "nessie" })).rejects.toThrow(/none of Dagster's services/);
    daemonOf(simulator).desiredCount = 0;
    expect((await prepare({})).refusedReason).toMatch(/undo that first \(z\)/);
    const without = await opened(simulator, stateFolder());
    await expect(without.prepare("redeploy-dagster", {})).rejects.toMatchObject({
      detail: { next: /docker compose pull/ },
    });
  });
});
