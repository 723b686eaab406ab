import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import {
  composeAccount,
  containersOf,
  DAEMON,
  NAME,
  openedOn,
  PROJECT,
  statesOf,
  WEBSERVER,
} from "./docker-support.ts";
import { account, opened, stateFolder, until } from "./support.ts";

const daemonOf = ({ world }: RunningSimulator) => world.dagster.inCompose.compose.containersOf(PROJECT, [DAEMON])[0]!;

describe("redeploying Dagster in docker compose", () => {
  it("pulls, makes the containers anew and waits until they are healthy; the undo brings the former images back", async () => {
    const { simulator } = await composeAccount({ speed: 120 });
    const incident = await openedOn(simulator);
    const before = containersOf(simulator);
    const { imageId, service } = daemonOf(simulator);
    const pushed = `sha256:${"ab".repeat(32)}`;
    simulator.world.dagster.inCompose.host.images.registry.set(service.image, pushed);
    const prepared = await incident.prepare("redeploy-dagster", {});
    expect(prepared.refusedReason).toBeUndefined();
    expect(prepared.plan.steps.map(({ id }) => id)).toEqual([
      "evidence",
      "pull",
      ...[DAEMON, WEBSERVER].flatMap((name) => [`up-${name}`, `well-${name}`]),
    ]);
    expect(prepared.lines.pull).toMatch(
      /^docker compose -p lakehouse-prod .* pull --quiet --ignore-buildable dagster-daemon dagster-webserver$/,
    );
    expect(prepared.lines[`up-${DAEMON}`]).toMatch(
      / up --detach --force-recreate --pull never --no-deps --scale dagster-daemon=1 dagster-daemon$/,
    );
    const result = await incident.execute(prepared, NAME);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(statesOf(simulator)).toEqual(["running", "running"]);
    for (const [name, { id }] of Object.entries(containersOf(simulator))) expect(id).not.toBe(before[name]?.id);
    expect(daemonOf(simulator).imageId).toBe(pushed);

    const undone = await incident.execute(await incident.prepareUndo(result.runId), NAME);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(daemonOf(simulator).imageId).toBe(imageId);
    expect(incident.store.getState().heldOpen).toEqual([]);
  }, 120_000);

  it("a broken release: a person checks out the former one, and it is deployed to the scenario's own end", async () => {
    const scenario = "dagster-app-error";
    const { simulator, composeFolder } = await composeAccount({ scenario, speed: 300 });
    const file = join(composeFolder, "docker-compose.yaml");
    const broken = simulator.world.dagster.inCompose.composeFile;
    writeFileSync(file, broken);
    const asked: string[] = [];
    const human = async (instruction: string) => {
      asked.push(instruction);
      writeFileSync(file, broken.replace(/:2026\.46\.0/, ":2026.45.2"));
      return "kim";
    };
    const incident = await openedOn(simulator, { human });
    const prepared = await incident.prepare("redeploy-dagster", { service: DAEMON, reference: "release-2026.45.2" });
    expect(prepared.refusedReason).toBeUndefined();
    const result = await incident.execute(prepared, NAME);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(asked).toEqual([expect.stringMatching(/git checkout release-2026\.45\.2/)]);
    expect(asked[0]).toContain(composeFolder);
    await until(() => {
      simulator.world.now();
      return scenarioById(scenario).resolved.holds(simulator.world);
    }, 60_000);
  }, 120_000);

  it("says no to what is held down, to a reference that is none, and to ECS's parameter", async () => {
    const { simulator } = await composeAccount();
    const incident = await openedOn(simulator);
    await expect(incident.prepare("redeploy-dagster", { revision: "previous" })).rejects.toThrow(/revision is for ECS/);
    await expect(incident.prepare("redeploy-dagster", { reference: "--force" })).rejects.toThrow(
      /commit, tag or branch/,
    );
    await expect(incident.prepare("redeploy-dagster", { service: "nessie" })).rejects.toThrow(
      /none of Dagster's services/,
    );
    await incident.execute(await incident.prepare("contain-dagster", {}), NAME);
    expect((await incident.prepare("redeploy-dagster", {})).refusedReason).toMatch(/undo that first \(z\)/);
    const onEcs = await opened(await account(), stateFolder());
    await expect(onEcs.prepare("redeploy-dagster", { reference: "main" })).rejects.toThrow(
      /reference is for docker compose/,
    );
  }, 60_000);
});
