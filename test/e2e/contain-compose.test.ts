import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verifyChain } from "../../src/record/chain.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { startSimulator } from "../../src/sim/index.ts";
import { COMPOSE_SECRET } from "../../src/sim/world/dagster/in-compose.ts";
import { runProgram } from "../support/run-program.ts";
import { projectFolder } from "../support/simulated-docker.ts";
import {
  environment,
  LAUNCHER,
  SIMULATED_CREDENTIALS,
  simulatedConnection,
  TerminalProgram,
} from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const PROJECT = "lakehouse-prod";
const session = terminalSession("contain-compose");

/** A simulated account with Dagster in docker compose, and a `docker` for it in front of PATH. */
async function composed(speed = 20) {
  const composeFolder = join(session.folder, "dagster");
  const simulator = await startSimulator({
    scenario: "dagster-oom",
    dagster: "compose",
    speed,
    composeFolder,
    rateLimits: false,
  });
  session.simulators.push(simulator);
  const { compose, composeFile } = simulator.world.dagster.inCompose;
  projectFolder(composeFolder, simulator.endpoint, composeFile);
  const env = {
    ...SIMULATED_CREDENTIALS,
    PATH: `${composeFolder}:${process.env.PATH}`,
    MAYDAY_DAGSTER_COMPOSE_PROJECT: PROJECT,
  };
  const states = () => {
    simulator.world.now();
    return compose.containersOf(PROJECT).map(({ state }) => state);
  };
  return { simulator, compose, states, env, connection: simulatedConnection(simulator.endpoint, session.folder) };
}

type Composed = Awaited<ReturnType<typeof composed>>;

/** Runs an action without a terminal; `more` on top of the variables that `composed` gives. */
const run = ({ connection, env }: Composed, args: string[], more: Record<string, string> = {}) =>
  runProgram(["run", ...args, ...connection], { ...env, ...more });

it("contains Dagster in docker compose from the keyboard on a small screen, guards it and undoes it", async () => {
  const { connection, env, compose, states } = await composed();
  const program = new TerminalProgram(["start", ...connection], { columns: 80, rows: 24, env });
  session.programs.push(program);
  await program.waitFor(/111122223333/);
  await program.waitFor(/dagster-daemon +1\/1/);
  await program.waitFor(/OOM-killed/);
  program.press("a");
  await program.waitFor(/Contain Dagster/);
  program.press("Contain Dagster");
  await program.waitFor(/mayday run contain-dagster/);
  program.press("\r");
  await program.waitFor(/\[stop\] +pause +down/);
  program.press("\r");
  await program.waitFor(/Type the name lakehouse-prod to confirm/);
  await program.waitFor(/Containers,[\s\S]*their files and their logs stay/);
  program.press("\u001b[6~");
  await program.waitFor(/\$ docker compose -p lakehouse-prod stop dagster-daemon/);
  expect(Math.max(...program.lines().map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(states()).toEqual(["running", "running"]);
  program.press("\r\rlakehouse-prod\r");
  await program.waitFor(/done and verified/, 30_000);
  await program.waitFor(/held open: dagster stopped/);
  expect(states()).toEqual(["exited", "exited"]);
  program.press("\u001b");
  await program.waitFor((shown) => !/done and verified/.test(shown.screen()));
  await program.waitFor(/dagster-daemon +0\/1/);
  compose.start(PROJECT, ["dagster-daemon"]);
  await program.waitFor(/dagster stopped BROKEN/, 30_000);
  program.press("z");
  await program.waitFor(/what was done and is not undone/i);
  program.press("\r");
  // It runs again by somebody else's hand: for the daemon there is nothing to be done.
  await program.waitFor(/Undo: read the plan/i);
  await program.waitFor(/Start dagster-webserver again/);
  program.press("y");
  // While it runs Esc does not close it.
  await program.waitFor(/done and verified/, 60_000);
  await program.waitFor((shown) => !/held open/i.test(shown.screen()), 60_000);
  expect(states()).toEqual(["running", "running"]);
  program.press("\u001b");
  await program.waitFor((shown) => !/done and verified/.test(shown.screen()));
  await program.waitFor(/\? help/);
  program.press("@");
  await program.waitFor(/Commands sent/);
  program.press("m");
  await program.waitFor(/docker compose -p lakehouse-prod start dagster-we/);
}, 120_000);

describe("mayday run contain-dagster in docker compose", () => {
  it("shows its plan, needs the name, stops, and undoes; down needs the account as well", async () => {
    const place = await composed();
    const plan = await run(place, ["contain-dagster", "--plan", "--incident", "new"]);
    expect(plan.status, plan.output).toBe(0);
    expect(plan.output).toMatch(/docker compose -p lakehouse-prod stop dagster-daemon/);
    expect((await run(place, ["contain-dagster", "--yes", "--incident", "latest"])).status).toBe(3);
    expect(place.states()).toEqual(["running", "running"]);
    const contained = await run(place, ["contain-dagster", "--confirm", PROJECT, "--json", "--incident", "latest"]);
    expect(contained.status, contained.output).toBe(0);
    expect(place.states()).toEqual(["exited", "exited"]);
    const { incident, runId } = JSON.parse(contained.output);
    const undone = await run(place, ["--undo", runId, "--incident", incident, "--yes"]);
    expect(undone.status, undone.output).toBe(0);
    expect(place.states()).toEqual(["running", "running"]);
    const down = ["contain-dagster", "--parameter", "how=down", "--incident", "latest"];
    expect((await run(place, [...down, "--confirm", PROJECT])).status).toBe(3);
    const removed = await run(place, [...down, "--confirm", PROJECT, "--confirm-account", "111122223333"]);
    expect(removed.status, removed.output).toBe(0);
    expect(place.states()).toEqual([]);
    const [summary] = await listIncidents(session.folder);
    const entries = await readRecord(summary?.folder ?? "");
    expect(verifyChain(entries)).toMatchObject({ ok: true });
    // Evidence never delays it by more than its box.
    const steps = entries.flatMap((entry) => (entry.kind === "step.intent" ? [entry.payload.step] : []));
    const boxes = steps.flatMap(({ kind, essential, boxMs }) => (kind === "job" && essential === false ? [boxMs] : []));
    expect(new Set(boxes)).toEqual(new Set([15_000]));
    expect(JSON.stringify(entries) + contained.output + removed.output).not.toContain(COMPOSE_SECRET);
  }, 120_000);

  it("says what to do when docker is not there, and when its socket is not this user's", async () => {
    const place = await composed();
    const empty = join(session.folder, "empty");
    mkdirSync(empty);
    const missing = await run(place, ["contain-dagster", "--plan", "--incident", "new"], { PATH: empty });
    expect(missing.status).toBe(1);
    expect(missing.output).toMatch(/no docker command on this host's PATH[\s\S]*dagster\.dockerHost/);
    const allow = place.simulator.faults.add({ service: "docker", kind: "deny" });
    const denied = await run(place, ["contain-dagster", "--plan", "--incident", "latest"]);
    expect(denied.output).toMatch(/may not use docker's socket[\s\S]*group docker/);
    allow();
    place.simulator.faults.add({ service: "docker", kind: "drop-before" });
    const refused = await run(place, ["contain-dagster", "--plan", "--incident", "latest"]);
    expect(refused.output).toMatch(/docker daemon does not answer/);
  }, 60_000);
});

it("the demo has Dagster in docker compose without any docker, and leaves the one of this host alone", async () => {
  const trap = join(session.folder, "trap");
  mkdirSync(trap);
  writeFileSync(join(trap, "docker"), `#!/bin/sh\necho "$@" >> '${trap}/called'\nexit 1\n`, { mode: 0o755 });
  const program = new TerminalProgram(
    ["demo", "dagster-oom", "--dagster", "compose", "--state-directory", session.folder],
    {
      env: { PATH: `${trap}:${process.env.PATH}` },
    },
  );
  session.programs.push(program);
  await program.waitFor(/dagster-daemon +1\/1/);
  await program.waitFor(/137 OOM-killed/);
  program.press("a");
  await program.waitFor(/Contain Dagster/);
  program.press("Contain Dagster");
  await program.waitFor(/mayday run contain-dagster/);
  program.press("\r");
  await program.waitFor(/\[stop\]/);
  program.press("\r");
  await program.waitFor(/Type the name lakehouse-prod to confirm/);
  expect(existsSync(join(trap, "called"))).toBe(false);
  // The compose file that `up` would be given is a real one, to be looked at and changed.
  expect(readFileSync(join(session.folder, "demo/dagster/docker-compose.yaml"), "utf8")).toMatch(/mem_limit: 2048m/);
}, 60_000);

describe("SIGKILL while docker stops the daemon", () => {
  /** Kills `mayday run` when the fault hits docker's stop, and says what a resumed session makes of it. */
  async function killedAtStop(kind: "latency" | "drop-before") {
    const place = await composed(60);
    const { simulator, connection, env } = place;
    const child = spawn(
      process.execPath,
      [LAUNCHER, "run", "contain-dagster", "--confirm", PROJECT, "--incident", "new", ...connection],
      { env: environment(env), stdio: "ignore" },
    );
    simulator.faults.add({
      service: "docker",
      operation: "ComposeStop",
      kind,
      times: 1,
      ...(kind === "latency" ? { latencyMs: 200 } : {}),
      onHit: () => child.kill("SIGKILL"),
    });
    await new Promise((resolve) => child.once("exit", resolve));
    const args = ["--region", "us-east-1", "--endpoint", simulator.endpoint, "--state-directory", session.folder];
    const program = new TerminalProgram(["resume", ...args], { env });
    session.programs.push(program);
    return { ...place, program };
  }

  it("docker goes on by itself: it happened, and the undo starts it again", async () => {
    const { program, states } = await killedAtStop("latency");
    await program.waitFor(/in flight when the last session died[\s\S]*it happened/, 60_000);
    expect(states()).toEqual(["exited", "running"]);
    await program.waitFor(/held open/);
    program.press("\u001b");
    await program.waitFor((shown) => !/Read this first/.test(shown.screen()));
    program.press("z");
    await program.waitFor(/what was done and is not undone/i);
    program.press("\r");
    await program.waitFor(/Undo: read the plan/i);
    program.press("y");
    await program.waitFor((shown) => !/held open/i.test(shown.screen()), 60_000);
    expect(states()).toEqual(["running", "running"]);
  }, 120_000);

  it("docker never heard of it: nothing is judged while it may still come", async () => {
    const { program, states } = await killedAtStop("drop-before");
    await program.waitFor(/in flight when the last session died[\s\S]*not known yet whether it happened/, 60_000);
    expect(states()).toEqual(["running", "running"]);
  }, 120_000);
});
