import { describe, expect, it } from "vitest";
import { scenarioById } from "../../../src/sim/scenarios/index.ts";
import { linesOf } from "../../../src/sim/world/docker/log-lines.ts";
import type { World } from "../../../src/sim/world/world.ts";
import { testSimulator } from "../../support/simulator.ts";

const MINUTE_MS = 60_000;
const DAEMON = "dagster-daemon";

const daemonOf = ({ dagster }: World) =>
  dagster.inCompose.compose.containersOf(dagster.inCompose.project, [DAEMON])[0]!;
const stateOf = (world: World) => {
  const { state, exitCode, oomKilled, restartCount } = daemonOf(world);
  return { state, exitCode, oomKilled, restartCount };
};
const linesSince = (world: World, sinceMs: number) => [...linesOf(daemonOf(world), sinceMs, world.now())];

describe("the simulated docker host", () => {
  it("has Dagster at work, and none of it on ECS", async () => {
    const { world } = await testSimulator({ dagster: "compose" });
    expect(stateOf(world)).toEqual({ state: "running", exitCode: 0, oomKilled: false, restartCount: 0 });
    world.advanceBy(30 * MINUTE_MS);
    expect(world.dagster.runs.ended.length).toBeGreaterThan(2);
    expect(world.dagster.runs.ended.every(({ error }) => error === undefined)).toBe(true);
    expect(world.ecs.clusters.has("lakehouse-prod-dagster")).toBe(false);
    const lines = linesSince(world, world.now() - 10 * MINUTE_MS);
    expect(lines.some(({ message }) => message.includes("RUN_SUCCESS"))).toBe(true);
    expect(lines.every(({ atMs }, index) => index === 0 || atMs >= lines[index - 1]!.atMs)).toBe(true);
  });

  it("kills at the memory limit and restarts by the policy, with longer pauses for quick deaths", async () => {
    const { world } = await testSimulator({ scenario: "dagster-oom", dagster: "compose" });
    expect(stateOf(world)).toMatchObject({ state: "running", restartCount: 1 });
    while (daemonOf(world).state === "running") world.advanceBy(10);
    expect(stateOf(world)).toEqual({ state: "restarting", exitCode: 137, oomKilled: true, restartCount: 1 });
    world.advanceBy(200);
    expect(stateOf(world)).toEqual({ state: "running", exitCode: 0, oomKilled: false, restartCount: 2 });
    const broken = await testSimulator({ scenario: "dagster-app-error", dagster: "compose" });
    broken.world.advanceBy(3 * MINUTE_MS);
    const words = linesSince(broken.world, broken.world.now() - 3 * MINUTE_MS).map(({ message }) => message);
    expect(words.filter((message) => message.startsWith("ModuleNotFoundError")).length).toBeGreaterThan(1);
  });

  it("waits longer after each quick death, at most a minute", async () => {
    const { world } = await testSimulator({ dagster: "compose" });
    const { dagster } = world;
    const { behaviourOf } = dagster;
    dagster.behaviourOf = (process, random) => ({
      ...behaviourOf(process, random),
      exit: { afterMs: 1000, exitCode: 1 },
    });
    const { compose, project } = dagster.inCompose;
    compose.stop(project, [DAEMON]);
    world.advanceBy(15_000);
    compose.start(project, [DAEMON]);
    world.advanceBy(10 * MINUTE_MS);
    // Pauses of 0.1, 0.2, 0.4 ... 51.2 s take two minutes with their lives; after that each takes a minute.
    expect(daemonOf(world).restartCount).toBeGreaterThan(14);
    expect(daemonOf(world).restartCount).toBeLessThan(22);
  });

  it("a stopped container stays stopped, whatever its policy, and ends by TERM", async () => {
    const { world } = await testSimulator({ scenario: "dagster-oom", dagster: "compose" });
    const { compose, project } = world.dagster.inCompose;
    expect(compose.stop(project, [DAEMON])).toHaveLength(1);
    expect(daemonOf(world).state).toBe("running");
    world.advanceBy(15_000);
    expect(stateOf(world)).toMatchObject({ state: "exited", oomKilled: false });
    expect([137, 143]).toContain(daemonOf(world).exitCode);
    world.advanceBy(30 * MINUTE_MS);
    expect(daemonOf(world).state).toBe("exited");
    expect(scenarioById("dagster-oom").contained.holds(world)).toBe(true);
    compose.start(project, [DAEMON]);
    expect(stateOf(world)).toMatchObject({ state: "running", exitCode: 0 });
    expect(scenarioById("dagster-oom").contained.holds(world)).toBe(false);
  });

  it("a paused container neither works, speaks nor dies, and goes on where it stood", async () => {
    const { world } = await testSimulator({ scenario: "dagster-oom", dagster: "compose" });
    const { host } = world.dagster.inCompose;
    const before = daemonOf(world);
    const dueMs = before.exitDueMs;
    expect(host.pause(before)).toBe(true);
    expect(host.pause(before)).toBe(false);
    const pausedMs = world.now();
    const runs = world.dagster.runs.ended.length;
    world.advanceBy(20 * MINUTE_MS);
    expect(stateOf(world)).toMatchObject({ state: "paused", restartCount: 1 });
    expect(world.dagster.runs.ended).toHaveLength(runs);
    expect(linesSince(world, pausedMs)).toEqual([]);
    expect(scenarioById("dagster-oom").contained.holds(world)).toBe(true);
    host.unpause(before);
    expect(before.exitDueMs).toBe(dueMs + 20 * MINUTE_MS);
    while (before.state === "running") world.advanceBy(100);
    expect(world.now() - (dueMs + 20 * MINUTE_MS)).toBeLessThan(200);
    expect(linesSince(world, pausedMs + 20 * MINUTE_MS).length).toBeGreaterThan(0);
  });

  it("what is removed is gone with its log; a file with more memory resolves the incident", async () => {
    const { world } = await testSimulator({ scenario: "dagster-oom", dagster: "compose" });
    const { compose, project, composeFile } = world.dagster.inCompose;
    const { parseComposeFile } = await import("../../../src/sim/world/docker/compose-file.ts");
    const old = daemonOf(world);
    const origin = old.origin;
    // The daemon depends on the webserver: taking that down takes the daemon along.
    const leaving = compose.takeDown(project, ["dagster-webserver"]);
    expect(leaving.map(({ service }) => service.name).sort()).toEqual([DAEMON, "dagster-webserver"]);
    world.advanceBy(15_000);
    compose.remove(leaving);
    expect(compose.containersOf(project)).toEqual([]);
    expect(scenarioById("dagster-oom").contained.holds(world)).toBe(true);
    const larger = parseComposeFile(composeFile.replaceAll("mem_limit: 2048m", "mem_limit: 4g"));
    expect(compose.up(project, larger, origin, [])).toEqual([]);
    expect(daemonOf(world).id).not.toBe(old.id);
    expect(linesSince(world, 0).every(({ atMs }) => atMs >= daemonOf(world).createdAtMs)).toBe(true);
    world.advanceBy(20 * MINUTE_MS);
    expect(scenarioById("dagster-oom").resolved.holds(world)).toBe(true);
    // The same file again changes nothing, another one replaces what runs.
    expect(compose.up(project, larger, origin, [])).toEqual([]);
    const stopping = compose.up(project, parseComposeFile(composeFile), origin, [DAEMON]);
    expect(stopping.map(({ service }) => service.name)).toEqual([DAEMON]);
  });

  it("gives the same events for the same seed, at any steps", async () => {
    const hashes = [];
    for (const stepMs of [7_000, 61_000]) {
      const { world } = await testSimulator({ scenario: "dagster-oom", dagster: "compose" });
      while (world.clock.now() < world.epochMs + 20 * MINUTE_MS) world.advanceBy(stepMs);
      hashes.push(world.journal.hash(20 * MINUTE_MS));
    }
    expect(hashes[0]).toBe(hashes[1]);
  });
});
