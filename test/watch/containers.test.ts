import { describe, expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { ContainerView } from "../../src/state/views.ts";
import { dockerCommand } from "../support/simulated-docker.ts";
import { type TestSimulator, testSimulator } from "../support/simulator.ts";
import { goodValue, watching } from "./watching.ts";

const DAEMON = "dagster-daemon";
const DEPLOYMENT = {
  ...deploymentByNamingRule("lakehouse", "prod", "glue", "us-east-1"),
  compose: { project: "lakehouse-prod", services: [DAEMON, "dagster-webserver"] },
};

const watched = (simulator: TestSimulator) =>
  watching(simulator, { deployment: DEPLOYMENT, dockerCommand: dockerCommand(simulator.endpoint) });

const daemonIn = (containers: readonly ContainerView[]) => containers.find(({ service }) => service === DAEMON);

describe("the containers of docker compose", () => {
  it("are shown daemon first, with the end that docker itself has forgotten", async () => {
    const simulator = await testSimulator({ scenario: "dagster-oom", dagster: "compose", catalogType: "glue" });
    const { store, watchers } = await watched(simulator);
    await watchers.ready;
    const containers = goodValue(store.getState(), "containers");
    expect(containers.map(({ name }) => name)).toEqual([
      "lakehouse-prod-dagster-daemon-1",
      "lakehouse-prod-dagster-webserver-1",
    ]);
    expect(daemonIn(containers)).toMatchObject({
      state: "running",
      health: "healthy",
      restartCount: 1,
      restartPolicy: "unless-stopped",
      memoryLimitBytes: 2 * 1024 ** 3,
      // It was killed before anybody looked: State says exit code 0 by now, the daemon's events still know.
      lastExit: { exitCode: 137, oomKilled: true },
    });
    expect(store.getState().services).toMatchObject({ status: "absent" });
  });

  it("follow what happens: killed, started again, stopped, removed", async () => {
    const simulator = await testSimulator({ scenario: "dagster-oom", dagster: "compose" });
    const { world } = simulator;
    const { until } = await watched(simulator);
    const daemon = (passes: (container: ContainerView) => boolean) =>
      until(
        ({ containers }) =>
          containers.status === "ok" && containers.value.some((one) => one.service === DAEMON && passes(one)),
      );
    await daemon(({ state }) => state === "running");
    world.advanceBy(2 * 60_000);
    const killed = await daemon(({ restartCount }) => restartCount === 2);
    expect(daemonIn(goodValue(killed, "containers"))?.lastExit).toMatchObject({ exitCode: 137, oomKilled: true });
    const { compose, project } = world.dagster.inCompose;
    compose.stop(project, [DAEMON]);
    world.advanceBy(15_000);
    const stopped = await daemon(({ state }) => state === "exited");
    expect(daemonIn(goodValue(stopped, "containers"))?.lastExit).toMatchObject({ oomKilled: false });
    compose.remove(compose.containersOf(project, [DAEMON]));
    const removed = await until(({ containers }) => containers.status === "ok" && containers.partial !== undefined);
    expect(removed.containers).toMatchObject({
      partial: [{ kind: "not-found", what: "compose service dagster-daemon of project lakehouse-prod" }],
    });
    expect(daemonIn(goodValue(removed, "containers"))).toBeUndefined();
  });

  it("degrade alone: no docker, no permission, no daemon; the last good value stays", async () => {
    const simulator = await testSimulator({ dagster: "compose" });
    const { until, watchers, store } = await watched(simulator);
    await watchers.ready;
    const deny = simulator.faults.add({ service: "docker", kind: "deny" });
    const denied = await until(({ containers }) => containers.status === "denied");
    expect(denied.containers).toMatchObject({ failure: { why: expect.stringMatching(/may not use docker's socket/) } });
    expect(denied.containers.status === "denied" && denied.containers.value).toHaveLength(2);
    deny();
    const drop = simulator.faults.add({ service: "docker", kind: "drop-before" });
    const dropped = await until(({ containers }) => containers.status === "failed");
    expect(dropped.containers).toMatchObject({ failure: { kind: "unreachable" } });
    drop();
    watchers.refresh();
    await until(({ containers }) => containers.status === "ok");
    expect(store.getState().alarms.status).toBe("ok");

    const without = await watching(await testSimulator(), {
      deployment: DEPLOYMENT,
      dockerCommand: ["/nonexistent/docker"],
    });
    await without.watchers.ready;
    expect(without.store.getState().containers).toMatchObject({ status: "failed", failure: { kind: "not-found" } });
    expect(without.store.getState().alarms.status).toBe("ok");
  });

  it("are absent where Dagster runs elsewhere, and docker is not asked", async () => {
    const { store, watchers } = await watching(await testSimulator());
    await watchers.ready;
    expect(store.getState().containers).toMatchObject({ status: "absent" });
  });
});
