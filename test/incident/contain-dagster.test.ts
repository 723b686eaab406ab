import { describe, expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { account, entriesOf, layerOf, opened, POLL, stateFolder, until, YES } from "./support.ts";

const CLUSTER = "lakehouse-prod-dagster";
const SERVICES = ["dagster-webserver", "dagster-daemon"];
const dagster = {
  cluster: CLUSTER,
  services: SERVICES,
  logGroups: SERVICES.map((service) => `/ecs/lakehouse-prod-${service}`),
};
const NAME = { typedName: CLUSTER };

const openedWith = (simulator: RunningSimulator, catalogType: "nessie" | "glue" = "nessie", watch = false) =>
  opened(simulator, stateFolder(), {
    watch,
    deployment: { ...deploymentByNamingRule("lakehouse", "prod", catalogType, simulator.region), dagster },
  });

async function counts(simulator: RunningSimulator) {
  const aws = await layerOf(simulator);
  const { output } = await aws.call("ecs", "DescribeServices", { cluster: CLUSTER, services: SERVICES }, POLL);
  return Object.fromEntries(
    (output.services ?? []).map(({ serviceName, desiredCount, runningCount }) => [
      serviceName ?? "",
      [desiredCount, runningCount],
    ]),
  );
}

describe("containing Dagster", () => {
  it("stops the daemon first, waits until it is gone, then the webserver; the undo restores both", async () => {
    const simulator = await account();
    const incident = await openedWith(simulator);
    const before = await counts(simulator);
    expect(before).toEqual({ "dagster-daemon": [1, 1], "dagster-webserver": [1, 1] });
    const prepared = await incident.prepare("contain-dagster", {});
    expect(prepared.plan.steps.map((step) => step.id)).toEqual([
      "evidence",
      "scale-to-zero-dagster-daemon",
      "stopped-dagster-daemon",
      "scale-to-zero-dagster-webserver",
    ]);
    // One box of time for both: evidence never delays containment by more than 15 s.
    expect(prepared.plan.steps[0]).toMatchObject({ kind: "job", boxMs: 15_000, essential: false });
    expect(incident.checkConfirmation(prepared.plan, { yes: true })).toBeDefined();
    const contained = await incident.execute(prepared, NAME);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    expect(await counts(simulator)).toEqual({ "dagster-daemon": [0, 0], "dagster-webserver": [0, 0] });
    const stored = await entriesOf(incident, "evidence.stored");
    for (const service of SERVICES)
      expect(stored.some(({ payload }) => payload.path.includes(`${service}-last-log-lines`))).toBe(true);
    expect(incident.store.getState().heldOpen).toMatchObject([{ badge: "dagster 1+1->0" }]);
    const undone = await incident.execute(await incident.prepareUndo(contained.runId), YES);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    const restored = await counts(simulator);
    for (const service of SERVICES) expect(restored[service]?.[0]).toBe(1);
    expect(incident.store.getState().heldOpen).toEqual([]);
  }, 60_000);

  it("works in a Glue lakehouse, and warns when somebody starts the daemon again", async () => {
    const simulator = await account({ catalogType: "glue" });
    const incident = await openedWith(simulator, "glue", true);
    const contained = await incident.execute(await incident.prepare("contain-dagster", {}), NAME);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    const guard = () => incident.store.getState().heldOpen[0]?.guard;
    await until(() => guard() === "holding");
    const { ecs } = simulator.world;
    const daemon = ecs.clusters.get(CLUSTER)?.services.get("dagster-daemon");
    ecs.updateService(daemon!, { desiredCount: 1 });
    await until(() => guard() === "broken");
    expect(incident.store.getState().heldOpen[0]?.message).toMatch(/Dagster is being scaled back up/);
    // Set again, it holds, and the undo is still the first one's.
    ecs.updateService(daemon!, { desiredCount: 3 });
    const again = await incident.prepareAgain(contained.runId);
    expect(again.plan.steps.flatMap((step) => step.undo ?? [])).toEqual([]);
    expect((await incident.execute(again, NAME)).status).toBe("done");
    await until(() => guard() === "holding");
    expect(incident.store.getState().heldOpen.map(({ runId }) => runId)).toEqual([contained.runId]);
    const undo = await incident.prepareUndo(contained.runId);
    expect(undo.plan.steps).toContainEqual(expect.objectContaining({ id: "restore-desired-dagster-daemon" }));
    expect(undo.checks.map(({ status }) => status)).toEqual(["pass", "pass"]);
  }, 60_000);

  it("without any Dagster it says what to set, and what to do by hand on the host of docker compose", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    await expect(incident.prepare("contain-dagster", {})).rejects.toMatchObject({
      detail: { why: expect.stringMatching(/names no Dagster/), next: expect.stringMatching(/compose -p/) },
    });
  });
});
