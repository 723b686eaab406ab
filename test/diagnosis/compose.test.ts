import { describe, expect, test } from "vitest";
import { composeChecks } from "../../src/diagnosis/dagster/compose-checks.ts";
import { type ContainerDeath, deathsOf } from "../../src/diagnosis/dagster/compose-facts.ts";
import type { ContainerEvent, InspectedContainer } from "../../src/transports/docker/contract.ts";
import { dockerTransport } from "../../src/transports/docker/transport.ts";
import { withTransports } from "../../src/transports/route.ts";
import { dockerCommand } from "../support/simulated-docker.ts";
import type { TestSimulator } from "../support/simulator.ts";
import { ago, known, NOW_MS, said, scope, unknown } from "./facts.ts";
import { accountAt, contextOf, diagnose, worldClock } from "./support.ts";

const COMPOSE = { project: "lakehouse-prod", services: ["dagster-daemon", "dagster-webserver"] };

/** A context of an account whose Dagster runs in docker compose. */
async function composeContext(simulator: TestSimulator, command = dockerCommand(simulator.endpoint)) {
  const context = await contextOf(simulator);
  const docker = dockerTransport({ clock: worldClock(simulator), environment: process.env, command });
  const layer = withTransports(context.aws as never, [docker], worldClock(simulator));
  const { dagster: _onEcs, ...deployment } = context.deployment;
  return { ...context, aws: layer, deployment: { ...deployment, compose: COMPOSE } };
}

describe("Dagster in docker compose", () => {
  test.each([
    ["dagster-oom", 1, "dagster-memory-limit"],
    ["dagster-oom", 4, "dagster-memory-limit"],
    ["dagster-app-error", 1, "dagster-application-error"],
    ["dagster-app-error", 4, "dagster-application-error"],
    ["quiet", 1, "nothing-wrong"],
  ] as const)("%s, seed %i: %s", { timeout: 30_000 }, async (scenario, seed, verdict) => {
    const simulator = await accountAt(3, { scenario, seed, dagster: "compose" });
    const result = await diagnose(await composeContext(simulator), "dagster-oom");
    expect(result.verdicts.map(({ id, certainty }) => `${id} ${certainty}`)).toEqual([`${verdict} proven`]);
    expect(JSON.stringify(result)).not.toContain("simulated-postgres-password");
  });

  test("names the run, the limit, and the patch to copy with how to bring it up", { timeout: 30_000 }, async () => {
    const simulator = await accountAt(3, { scenario: "dagster-oom", dagster: "compose" });
    const [verdict] = (await diagnose(await composeContext(simulator), "dagster-oom")).verdicts;
    const text = verdict!.for.map((finding) => finding.text).join("\n");
    expect(text).toMatch(
      /dagster-daemon was killed for memory \d times? .*event oom, exit 137\), limit 2 GB; last at 03:0\d/,
    );
    expect(text).toMatch(/the run event_stream_backfill .*pandas\.read_parquet/);
    expect(verdict?.for[0]?.lines?.join("\n")).toMatch(/^docker compose -p lakehouse-prod ps/m);
    const patch = verdict?.fixes.find(({ title }) => title.startsWith("Compose patch"));
    expect(patch).toMatchObject({ kind: "text", title: "Compose patch: 4 GB for dagster-daemon" });
    const lines = patch?.kind === "text" ? patch.text.split("\n") : [];
    expect(lines).toContain("    mem_limit: 4096m");
    expect(lines.at(-1)).toBe("docker compose -p lakehouse-prod up --detach --no-deps dagster-daemon");
    expect(verdict?.fixes.map((fix) => (fix.kind === "text" ? fix.text : "")).join("")).toContain("iter_batches");
  });

  test("without docker every check of it is unknown, and says why", { timeout: 30_000 }, async () => {
    const simulator = await accountAt(1, { scenario: "dagster-oom", dagster: "compose" });
    const result = await diagnose(await composeContext(simulator, ["docker-that-is-not-there"]), "dagster-oom");
    expect(result).toMatchObject({ conclusion: "inconclusive", verdicts: [] });
    expect(result.unknown.join("\n")).toMatch(/there is no docker command on this host's PATH/);
  });
});

describe("deaths among docker's events", () => {
  const event = (Action: string, seconds: number, change: Partial<ContainerEvent> = {}): ContainerEvent => ({
    Action,
    ContainerId: "c1",
    Name: "n",
    Service: "dagster-daemon",
    ExitCode: Action === "die" ? 137 : null,
    atMs: NOW_MS - seconds * 1000,
    ...change,
  });
  test.each([
    ["the kernel's kill", [event("oom", 61), event("die", 60)], [true]],
    ["an end of its own", [event("die", 60, { ExitCode: 1 })], [false]],
    ["a stop that somebody asked for", [event("kill", 70), event("die", 60)], []],
    ["an end of another service", [event("die", 60, { Service: "postgres" })], []],
    ["an oom of another container", [event("oom", 61, { ContainerId: "c2" }), event("die", 60)], [false]],
    ["two, the newest first", [event("die", 90, { ExitCode: 1 }), event("oom", 31), event("die", 30)], [true, false]],
  ])("%s", (_name, events, expected) => {
    expect(deathsOf(events, ["dagster-daemon"]).map(({ outOfMemory }) => outOfMemory)).toEqual(expected);
  });
});

describe("checks of compose", () => {
  const container = (change: Partial<InspectedContainer> = {}): InspectedContainer => ({
    Id: "c1",
    Name: "lakehouse-prod-dagster-daemon-1",
    Project: "lakehouse-prod",
    Service: "dagster-daemon",
    OneOff: false,
    DependsOn: [],
    Image: "dagster:1",
    ImageId: "",
    Created: "2026-11-01T00:00:00Z",
    State: { Status: "running", ExitCode: 0, OOMKilled: false, Error: "", StartedAt: "", FinishedAt: "", Health: "" },
    RestartCount: 3,
    RestartPolicy: "unless-stopped",
    MemoryLimit: 2 * 1024 ** 3,
    LogDriver: "json-file",
    ConfigFiles: ["/srv/dagster/docker-compose.yaml"],
    WorkingDirectory: "/srv/dagster",
    EnvironmentFiles: [],
    ConfigHash: "",
    ...change,
  });
  const death = (change: Partial<ContainerDeath> = {}): ContainerDeath => ({
    container: "c1",
    service: "dagster-daemon",
    atMs: ago(3),
    exitCode: 137,
    outOfMemory: true,
    ...change,
  });
  const judge = (
    id: string,
    containers: InspectedContainer[],
    deaths: ContainerDeath[],
    more: Parameters<typeof scope>[0] = {},
  ) =>
    composeChecks
      .find((check) => check.id === id)!
      .judge(
        { containers, deaths } as never,
        scope({
          deployment: { ...scope().deployment, compose: { project: "lakehouse-prod", services: ["dagster-daemon"] } },
          ...more,
        }),
        { ends: unknown, deaths: known(deaths) } as never,
      );

  test.each([
    ["killed for memory", [container()], [death()], ["dagster-memory-limit proves"]],
    ["137 without oom is SIGKILL and no more", [container()], [death({ outOfMemory: false })], []],
    [
      "a container that was made anew since",
      [container({ Id: "c2" })],
      [death()],
      ["dagster-memory-limit information"],
    ],
    ["no death", [container()], [], []],
  ])("memory: %s", (_name, containers, deaths, expected) => {
    expect(said(judge("compose-killed-for-memory", containers, deaths))).toEqual(expected);
  });

  test("a container without a limit says that the host ran out", () => {
    expect(judge("compose-killed-for-memory", [container({ MemoryLimit: 0 })], [death()])[0]?.text).toMatch(
      /no limit of its own: the host ran out/,
    );
  });

  test.each([
    [
      "exit 1 twice",
      [death({ exitCode: 1, outOfMemory: false }), death({ exitCode: 1, outOfMemory: false, atMs: ago(5) })],
      ["dagster-application-error proves", "dagster-application-error information"],
    ],
    [
      "exit 1 once, with no word",
      [death({ exitCode: 1, outOfMemory: false })],
      ["dagster-application-error supports", "dagster-application-error information"],
    ],
    ["killed", [death()], []],
    ["of a container that is gone", [death({ container: "old", exitCode: 1, outOfMemory: false })], []],
  ])("an error: %s", (_name, deaths, expected) => {
    expect(said(judge("compose-application-error", [container()], deaths))).toEqual(expected);
  });

  const stopped = container({ State: { ...container().State, Status: "exited", ExitCode: 143 } });
  const held = [
    {
      runId: "r",
      actionId: "contain-dagster",
      title: "Contain Dagster",
      badge: "dagster stopped",
      sinceMs: 0,
      resources: ["compose service dagster-daemon of project lakehouse-prod"],
    },
  ];

  test.each([
    ["one that runs", [container()], [], {}, undefined],
    ["one that was stopped", [stopped], [], {}, false],
    ["one that ended by itself", [stopped], [death()], {}, undefined],
    ["one that this incident stopped", [stopped], [], { held }, true],
    ["none at all", [], [], {}, false],
  ])("what runs: %s", (_name, containers, deaths, more, ours) => {
    const findings = judge("compose-stopped", containers, deaths, more);
    expect(said(findings)).toEqual(ours === undefined ? [] : ["dagster-stopped proves"]);
    if (ours !== undefined) expect(findings[0]?.details).toMatchObject({ ours });
  });
});
