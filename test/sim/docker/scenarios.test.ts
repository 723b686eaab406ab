import { expect, it } from "vitest";
import { listScenarios, scenarioById } from "../../../src/sim/scenarios/index.ts";
import { testSimulator } from "../../support/simulator.ts";

const MINUTE_MS = 60_000;

it.each(listScenarios().map(({ id }) => id))("%s happens with Dagster in docker compose as well", async (id) => {
  const { world } = await testSimulator({ scenario: id, dagster: "compose" });
  const { contained, resolved } = scenarioById(id);
  world.advanceBy(12 * MINUTE_MS);
  expect(world.dagster.inCompose.compose.containersOf("lakehouse-prod")).toHaveLength(2);
  if (id === "quiet") return;
  expect(contained.holds(world)).toBe(false);
  expect(resolved.holds(world)).toBe(false);
});

it.each(["dagster-oom", "dagster-app-error"])("%s is contained by stop, pause and down of the daemon", async (id) => {
  for (const how of ["stop", "pause", "down"] as const) {
    const { world } = await testSimulator({ scenario: id, dagster: "compose" });
    const { compose, host, project } = world.dagster.inCompose;
    const { contained, resolved } = scenarioById(id);
    const services = ["dagster-daemon"];
    // Between two lives a container cannot be paused.
    while (compose.containersOf(project, services)[0]?.state !== "running") world.advanceBy(500);
    expect(contained.holds(world)).toBe(false);
    if (how === "stop") compose.stop(project, services);
    if (how === "pause") compose.pause(project, services);
    const leaving = how === "down" ? compose.takeDown(project, services) : [];
    world.advanceBy(15_000);
    for (const container of leaving) host.remove(container);
    expect(contained.holds(world), how).toBe(true);
    expect(resolved.holds(world)).toBe(false);
  }
});
