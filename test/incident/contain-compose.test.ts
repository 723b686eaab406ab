import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { COMPOSE_SECRET } from "../../src/sim/world/dagster/in-compose.ts";
import {
  COMPOSE,
  composeAccount,
  containersOf,
  DAEMON,
  NAME,
  openedOn,
  PROJECT,
  statesOf,
  WEBSERVER,
} from "./docker-support.ts";
import { account, entriesOf, opened, stateFolder, until, YES } from "./support.ts";

const ACCOUNT = { ...NAME, typedAccount: "111122223333" };

/** Every file of the incident's folder that is no evidence, as one text. */
function recordText(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/evidence"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

function evidenceIn(folder: string): string[] {
  return readdirSync(join(folder, "evidence/containers")).sort();
}

describe("containing Dagster in docker compose", () => {
  it("stops the daemon, then the webserver, and the undo starts the same containers again", async () => {
    const { simulator } = await composeAccount({ scenario: "dagster-oom" });
    const incident = await openedOn(simulator);
    const before = containersOf(simulator);
    const prepared = await incident.prepare("contain-dagster", {});
    expect(prepared.plan).toMatchObject({ tier: "name", resourceName: PROJECT });
    expect(prepared.plan.steps.map(({ id }) => id)).toEqual(["evidence", `stop-${DAEMON}`, `stop-${WEBSERVER}`]);
    expect(prepared.lines[`stop-${DAEMON}`]).toBe("docker compose -p lakehouse-prod stop dagster-daemon");
    expect(prepared.lines[`start-${WEBSERVER}`]).toBe("docker compose -p lakehouse-prod start dagster-webserver");
    expect(incident.checkConfirmation(prepared.plan, YES)).toBeDefined();
    const contained = await incident.execute(prepared, NAME);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    expect(statesOf(simulator)).toEqual(["exited", "exited"]);
    expect(contained.outcomes[1]).toMatchObject({
      status: "done",
      before: { up: 1, paused: 0, stopped: 0 },
      after: { up: 0, paused: 0, stopped: 1 },
    });
    expect(incident.store.getState().heldOpen).toMatchObject([{ badge: "dagster stopped" }]);
    const order = (await entriesOf(incident, "step.intent")).map(({ payload }) => payload.line).filter(Boolean);
    expect(order).toEqual([
      "docker compose -p lakehouse-prod stop dagster-daemon",
      "docker compose -p lakehouse-prod stop dagster-webserver",
    ]);
    const undone = await incident.execute(await incident.prepareUndo(contained.runId), YES);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(containersOf(simulator)).toEqual(before);
    expect(incident.store.getState().heldOpen).toEqual([]);
  }, 60_000);

  it("collects state and last lines first; secrets stay in private files of the bundle", async () => {
    const { simulator } = await composeAccount({ scenario: "dagster-oom" });
    const incident = await openedOn(simulator);
    const contained = await incident.execute(await incident.prepare("contain-dagster", {}), NAME);
    expect(contained.outcomes[0]).toMatchObject({ stepId: "evidence", status: "done" });
    const files = evidenceIn(incident.folder);
    for (const kind of [
      /-lakehouse-prod-containers\.json$/,
      /-events\.json$/,
      /daemon-1-inspection\.json$/,
      /webserver-1-inspection\.json$/,
      /daemon-1-.*-stderr\.jsonl\.gz$/,
    ])
      expect(
        files.some((file) => kind.test(file)),
        String(kind),
      ).toBe(true);
    const folder = join(incident.folder, "evidence/containers");
    expect(files.every((file) => (statSync(join(folder, file)).mode & 0o077) === 0)).toBe(true);
    const inspection = files.find((file) => /daemon-1-inspection/.test(file)) ?? "";
    expect(readFileSync(join(folder, inspection), "utf8")).toContain(COMPOSE_SECRET);
    const stored = (await entriesOf(incident, "evidence.stored")).map(({ payload }) => payload);
    expect(stored.find(({ path }) => path.endsWith(inspection))).toMatchObject({
      source: "inspection of lakehouse-prod-dagster-daemon-1",
      details: { sourceArn: "docker://lakehouse-prod/lakehouse-prod-dagster-daemon-1", api: "docker:Inspect" },
    });
    await incident.close("suspended");
    const text = recordText(incident.folder) + readFileSync(join(incident.folder, "evidence/timeline.jsonl"), "utf8");
    expect(text).toContain("dagster-daemon");
    expect(text).not.toContain(COMPOSE_SECRET);
    expect(JSON.stringify(incident.store.getState())).not.toContain(COMPOSE_SECRET);
  }, 60_000);

  it("pauses: nothing is lost, and the undo lets the same processes go on", async () => {
    const { simulator } = await composeAccount();
    const incident = await openedOn(simulator);
    const { compose } = simulator.world.dagster.inCompose;
    const processes = () => compose.containersOf(PROJECT).map(({ process }) => process);
    const before = processes();
    const prepared = await incident.prepare("contain-dagster", { how: "pause" });
    expect(prepared.plan.steps.map(({ id }) => id)).toEqual(["evidence", `pause-${DAEMON}`, `pause-${WEBSERVER}`]);
    expect(prepared.plan.steps[0]).not.toHaveProperty("evidence");
    const contained = await incident.execute(prepared, NAME);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    expect(statesOf(simulator)).toEqual(["paused", "paused"]);
    const undone = await incident.execute(await incident.prepareUndo(contained.runId), YES);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(statesOf(simulator)).toEqual(["running", "running"]);
    expect(processes()).toEqual(before);
  }, 60_000);

  it("removes last of all: name and account, all logs first, and new containers from the compose file as the undo", async () => {
    const { simulator } = await composeAccount();
    const incident = await openedOn(simulator);
    const before = containersOf(simulator);
    const prepared = await incident.prepare("contain-dagster", { how: "down" });
    expect(prepared.refusedReason).toBeUndefined();
    const { plan } = prepared;
    expect(plan.tier).toBe("name-and-account");
    expect(plan.effects.join()).toMatch(/REMOVED with their logs/);
    expect(plan.caveats.join()).toMatch(/other ids and empty logs/);
    expect(incident.checkConfirmation(plan, NAME)).toMatch(/account/);
    const contained = await incident.execute(prepared, ACCOUNT);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    expect(containersOf(simulator)).toEqual({});
    // The last ten minutes and everything before.
    const logs = evidenceIn(incident.folder).filter((file) => /daemon-1.*stderr\.jsonl\.gz$/.test(file));
    expect(logs.length).toBe(2);
    const undone = await incident.execute(await incident.prepareUndo(contained.runId), YES);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    const after = containersOf(simulator);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(Object.values(after).map(({ state }) => state)).toEqual(["running", "running"]);
    expect(Object.values(after).map(({ id }) => id)).not.toEqual(Object.values(before).map(({ id }) => id));
  }, 60_000);

  it("does not remove what it could not make again, or what others depend on", async () => {
    const { simulator, composeFolder } = await composeAccount();
    const incident = await openedOn(simulator);
    const { compose, host, composeFile } = simulator.world.dagster.inCompose;
    const [daemon] = compose.containersOf(PROJECT, [DAEMON]);
    if (!daemon) throw new Error("no daemon");
    const proxy = { ...daemon.service, name: "proxy", dependsOn: [WEBSERVER] };
    host.start(host.create(PROJECT, proxy, daemon.origin, 1));
    const dependent = await incident.prepare("contain-dagster", { how: "down" });
    expect(dependent.refusedReason).toMatch(/lakehouse-prod-proxy-1 would be removed as well/);
    host.remove(compose.containersOf(PROJECT, ["proxy"])[0]!);
    writeFileSync(join(composeFolder, "docker-compose.yaml"), composeFile.replaceAll("2026.45.1", "2026.46.0"));
    const changed = await incident.prepare("contain-dagster", { how: "down" });
    expect(changed.refusedReason).toBeUndefined();
    expect(changed.checks.find(({ label }) => label === "the way back")).toMatchObject({
      status: "warn",
      detail: expect.stringMatching(/is not what dagster-daemon, dagster-webserver was made from/),
    });
    rmSync(join(composeFolder, "docker-compose.yaml"));
    const missing = await incident.prepare("contain-dagster", { how: "down" });
    expect(missing.refusedReason).toMatch(/cannot be used from here .*use stop or pause/);
    expect((await incident.prepare("contain-dagster", { how: "stop" })).refusedReason).toBeUndefined();
  }, 60_000);

  it("of several containers brings back what there was: those that ran, those that were paused, none that was stopped", async () => {
    const { simulator } = await composeAccount();
    const { compose, host } = simulator.world.dagster.inCompose;
    const [daemon] = compose.containersOf(PROJECT, [DAEMON]);
    if (!daemon) throw new Error("no daemon");
    const [second, third] = [2, 3].map((number) => host.create(PROJECT, daemon.service, daemon.origin, number));
    host.start(second!);
    host.pause(second!);
    const incident = await openedOn(simulator);
    const before = containersOf(simulator);
    expect(before[third!.name]?.state).toBe("created");
    const prepared = await incident.prepare("contain-dagster", {});
    expect(prepared.lines[`start-${DAEMON}`]).toBe(`docker start ${daemon.name} ${second!.name}`);
    const contained = await incident.execute(prepared, NAME);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    expect(statesOf(simulator)).toEqual(["exited", "exited", "created", "exited"]);
    const undone = await incident.execute(await incident.prepareUndo(contained.runId), YES);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(containersOf(simulator)).toEqual(before);
  }, 60_000);

  it("is watched: somebody starts a container again, and docker's events say when", async () => {
    const { simulator } = await composeAccount();
    const incident = await openedOn(simulator, { watch: true });
    const contained = await incident.execute(await incident.prepare("contain-dagster", {}), NAME);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    const held = () => incident.store.getState().heldOpen[0];
    await until(() => held()?.guard === "holding");
    const { compose } = simulator.world.dagster.inCompose;
    compose.start(PROJECT, [DAEMON]);
    await until(() => held()?.guard === "broken");
    expect(held()?.message).toMatch(
      /Dagster was started again while it should be contained \(dagster-daemon up = 0 wanted, found 1\)/,
    );
    await until(() => held()?.by !== undefined);
    expect(held()?.by).toMatch(
      /somebody on the docker host \(start of lakehouse-prod-dagster-daemon-1 at \d\d:\d\d:\d\d; docker does not say who\)/,
    );
    // Set again, it holds, and the first undo starts both.
    const again = await incident.prepareAgain(contained.runId);
    expect(again.plan.steps.map(({ id }) => id)).toEqual(["evidence", `stop-${DAEMON}`]);
    expect((await incident.execute(again, NAME)).status).toBe("done");
    await until(() => held()?.guard === "holding");
    expect(incident.store.getState().heldOpen.map(({ runId }) => runId)).toEqual([contained.runId]);
    const undo = await incident.prepareUndo(contained.runId);
    expect(undo.checks.map(({ detail }) => detail)).toEqual(["still as we left it", "still as we left it"]);
  }, 60_000);

  it("read-only mode and a changed world refuse, and a service that is down already is left alone", async () => {
    const { simulator } = await composeAccount();
    const incident = await openedOn(simulator);
    const { compose } = simulator.world.dagster.inCompose;
    incident.setReadOnly(true);
    expect((await incident.prepare("contain-dagster", {})).refusedReason).toMatch(/read-only/);
    incident.setReadOnly(false);
    const stale = await incident.prepare("contain-dagster", {});
    compose.pause(PROJECT, [WEBSERVER]);
    const run = await incident.execute(stale, NAME);
    expect(run.status).toBe("partial");
    expect(run.failure?.why).toMatch(/dagster-webserver of project lakehouse-prod is no longer as the plan found it/);
    const undone = await incident.execute(await incident.prepareUndo(run.runId), YES);
    expect(undone.status).toBe("done");
    compose.unpause(PROJECT, [WEBSERVER]);
    compose.stop(PROJECT, [WEBSERVER]);
    await until(() => statesOf(simulator).includes("exited"));
    const { plan } = await incident.prepare("contain-dagster", {});
    expect(plan.steps.map(({ id }) => id)).toEqual(["evidence", `stop-${DAEMON}`]);
  }, 60_000);

  it("says what there is when the project or its services are not there, and asks for how only in docker compose", async () => {
    const { simulator } = await composeAccount();
    const deployment = (compose: Partial<typeof COMPOSE>) => ({ ...COMPOSE, ...compose });
    const other = await openedOn(simulator);
    expect(
      other
        .actions()
        .find(({ id }) => id === "contain-dagster")
        ?.fields.map(({ name }) => name),
    ).toContain("how");
    const of = async (compose: Partial<typeof COMPOSE>) => {
      const named = deploymentByNamingRule("lakehouse", "prod", "nessie", simulator.region);
      return openedOn(simulator, { deployment: { ...named, compose: deployment(compose) } });
    };
    await expect((await of({ project: "nobody" })).prepare("contain-dagster", {})).rejects.toMatchObject({
      detail: { kind: "not-found", next: expect.stringMatching(/The projects there: lakehouse-prod/) },
    });
    await expect((await of({ services: ["worker"] })).prepare("contain-dagster", {})).rejects.toMatchObject({
      detail: { next: expect.stringMatching(/The project has the services dagster-daemon, dagster-webserver/) },
    });
    const onEcs = await account();
    const incident = await opened(onEcs, stateFolder());
    expect(
      incident
        .actions()
        .find(({ id }) => id === "contain-dagster")
        ?.fields.map(({ name }) => name),
    ).not.toContain("how");
    await expect(incident.prepare("contain-dagster", { how: "pause" })).rejects.toMatchObject({
      detail: { why: expect.stringMatching(/for docker compose/) },
    });
  }, 60_000);

  it.each([
    ["no docker", ["/nonexistent/docker"], "not-found", /no docker command/],
    ["no daemon", undefined, "unreachable", /docker daemon does not answer/],
    ["no permission", undefined, "denied", /may not use docker's socket/],
  ])("fails with what to do: %s", async (name, command, kind, why) => {
    const { simulator } = await composeAccount();
    if (name === "no daemon") simulator.faults.add({ service: "docker", kind: "drop-before" });
    if (name === "no permission") simulator.faults.add({ service: "docker", kind: "deny" });
    const incident = await openedOn(simulator, command ? { command } : {});
    await expect(incident.prepare("contain-dagster", {})).rejects.toMatchObject({
      detail: { kind, why: expect.stringMatching(why), next: expect.stringMatching(/\w/) },
    });
  });
});
