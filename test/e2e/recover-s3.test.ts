import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { startSimulator } from "../../src/sim/index.ts";
import type { Scenario } from "../../src/sim/scenario.ts";
import { accidentalDeleteOf } from "../../src/sim/scenarios/accidental-delete.ts";
import type { ObjectVersion } from "../../src/sim/world/s3/object-version.ts";
import { runProgram } from "../support/run-program.ts";
import {
  environment,
  LAUNCHER,
  SIMULATED_CREDENTIALS,
  simulatedConnection,
  TerminalProgram,
} from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const MINUTE_MS = 60_000;
const session = terminalSession("recover-s3");

async function simulated(objects: number, versions: number) {
  const scenario: Scenario = accidentalDeleteOf({ objects, versions });
  const simulator = await startSimulator({ scenario, rateLimits: false });
  session.simulators.push(simulator);
  simulator.world.dagster.runs.scheduled = false;
  const at = (minutes: number) => new Date(simulator.epochMs - minutes * MINUTE_MS).toISOString();
  const isResolved = () => scenario.resolved.holds(simulator.world);
  const { lakehouse } = simulator.world.storage;
  const bucket = () => new Map([...lakehouse.objects.from()].map(([key, versions]) => [key, [...versions]]));
  return { simulator, at, isResolved, bucket };
}

const isMarker = ({ deleteMarker }: ObjectVersion) => deleteMarker;

it("mayday run lists the damage, undeletes by its time to the scenario's own resolved, and undoes it", async () => {
  const { simulator, at, isResolved, bucket } = await simulated(600, 2_400);
  const connection = simulatedConnection(simulator.endpoint, session.folder);
  const run = (...args: string[]) => runProgram(["run", ...args, ...connection]);
  const survey = await run("list-s3-damage", "--incident", "new", "--json");
  expect(survey.status, survey.output).toBe(0);
  expect(survey.output).toMatch(/deleted since: \d+ objects/);
  const before = bucket();
  const plan = await run("recover-s3-deleted", "--parameter", `since=${at(33)}`, "--plan", "--incident", "latest");
  expect(plan.status, plan.output).toBe(0);
  expect(plan.output).toContain("aws s3api delete-objects");
  expect(bucket()).toEqual(before);
  const since = ["--parameter", `since=${at(33)}`, "--incident", "latest"];
  expect((await run("recover-s3-deleted", ...since)).status).toBe(3);
  const restored = await run("recover-s3-deleted", ...since, "--yes", "--json");
  expect(restored.status, restored.output).toBe(0);
  expect(isResolved()).toBe(true);
  const { incident, runId } = JSON.parse(restored.output);
  const undone = await run("--undo", runId, "--incident", incident, "--confirm", "lakehouse-prod-lakehouse");
  expect(undone.status, undone.output).toBe(0);
  expect(isResolved()).toBe(false);
  const deleted = (versions: Map<string, ObjectVersion[]>) =>
    [...versions].filter(([, [latest]]) => latest?.deleteMarker).map(([key]) => key);
  expect(deleted(bucket())).toEqual(deleted(before));
  // Nothing that holds data is missing.
  for (const [key, versions] of before)
    for (const version of versions) if (!isMarker(version)) expect(bucket().get(key)).toContain(version);
}, 120_000);

it("from the keyboard on a small screen: the time that is missing is told, the plan is read, progress and result are shown", async () => {
  const { simulator, isResolved } = await simulated(600, 2_400);
  const program = new TerminalProgram(["start", ...simulatedConnection(simulator.endpoint, session.folder)], {
    columns: 80,
    rows: 24,
    env: SIMULATED_CREDENTIALS,
  });
  session.programs.push(program);
  await program.waitFor(/111122223333/);
  program.press("a");
  await program.waitFor(/Contain S3: deny/);
  program.press("undelete");
  await program.waitFor(/^.*recover-s3-deleted /m);
  program.press("\r");
  await program.waitFor(/› Bucket/);
  for (const field of [/› Prefix/, /› Pattern/, /› Since/, /› Until/, /› Brief/]) {
    program.press("\r");
    await program.waitFor(field);
  }
  program.press("\r");
  await program.waitFor(/objects were deleted from/);
  const since = /since=(\S+)/.exec(program.screen().replace(/\s*│\n\s*│\s*/g, " "))?.[1] ?? "";
  expect(since).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+Z$/);
  // The form is still there, with what was typed.
  program.press("\u001b");
  await program.waitFor(/› Brief/);
  for (const field of [/› Until/, /› Since/]) {
    program.press("\u001b[Z");
    await program.waitFor(field);
  }
  program.press(since);
  await program.waitFor(new RegExp(since));
  for (const field of [/› Until/, /› Brief/]) {
    program.press("\r");
    await program.waitFor(field);
  }
  program.press("\r");
  await program.waitFor(/Read the plan/);
  await program.waitFor(/versioning: Enabled/);
  program.press("\r");
  expect(isResolved()).toBe(false);
  program.press("y");
  await program.waitFor(/objects back, /, 60_000);
  await program.waitFor(/done {2}\d\d:\d\d/, 60_000);
  await program.waitFor(/restored and verified/);
  expect(isResolved()).toBe(true);
  program.press("\u001b");
  await program.waitFor(/held open: 1 to undo/);
}, 120_000);

it("killed with SIGKILL in the middle and run again: all and only the deleted objects are back, nothing else changed", async () => {
  const { simulator, at, isResolved, bucket } = await simulated(2_500, 7_500);
  const connection = simulatedConnection(simulator.endpoint, session.folder);
  const parameters = ["--parameter", `since=${at(33)}`, "--parameter", `until=${at(29)}`];
  const args = (incident: string) => ["run", "recover-s3-deleted", ...parameters, "--yes", "--incident", incident];
  const before = bucket();
  const child = spawn(process.execPath, [LAUNCHER, ...args("new"), ...connection], {
    env: environment(SIMULATED_CREDENTIALS),
    stdio: "ignore",
  });
  let deletions = 0;
  simulator.faults.add({
    kind: "latency",
    latencyMs: 0,
    service: "s3",
    operation: "DeleteObjects",
    onHit: () => {
      deletions += 1;
      if (deletions === 2) child.kill("SIGKILL");
    },
  });
  await new Promise((resolve) => child.once("exit", resolve));
  const back = () => [...bucket()].filter(([key, [latest]]) => before.get(key)?.[0] !== latest).length;
  const half = back();
  expect(half).toBeGreaterThanOrEqual(1_000);
  expect(half).toBeLessThan(2_500);
  const again = await runProgram([...args("latest"), "--json", ...connection]);
  expect(again.status, again.output).toBe(0);
  expect(isResolved()).toBe(true);
  const after = bucket();
  for (const [key, versions] of before) {
    const now = after.get(key) ?? [];
    if (now.length === versions.length) expect(now).toEqual(versions);
    else {
      expect(versions.slice(-now.length)).toEqual(now);
      expect(versions.slice(0, -now.length).every(isMarker)).toBe(true);
    }
  }
  // The undo of the second run takes back its own part, and leaves that of the one that was killed.
  const { incident, runId } = JSON.parse(again.output);
  const named = ["--confirm", "lakehouse-prod-lakehouse"];
  const restored = () =>
    [...bucket()].filter(([key, [latest]]) => before.get(key)?.[0]?.deleteMarker && !latest?.deleteMarker).length;
  const both = restored();
  const undone = await runProgram(["run", "--undo", runId, "--incident", incident, ...named, "--json", ...connection]);
  expect(undone.status, undone.output).toBe(0);
  const [{ output }] = JSON.parse(undone.output).outcomes;
  // What was on its way when the first run was killed counts as its part, too.
  expect(output.undone).toBeLessThanOrEqual(both - half);
  expect(restored()).toBe(both - output.undone);

  // The run that was killed was judged by its checkpoints when the incident was opened again, and its part can be taken back too.
  const [summary] = await listIncidents(session.folder);
  const entries = await readRecord(summary?.folder ?? "");
  const [judged] = entries.flatMap((entry) => (entry.kind === "step.reconciled" ? [entry.payload] : []));
  expect(judged).toMatchObject({ stepId: "restore", verdict: "in-part" });
  const told = /^([\d ]+) of [\d ]+ objects were back at the last checkpoint/.exec(judged?.detail ?? "")?.[1];
  expect(Number(told?.replaceAll(" ", "")), judged?.detail).toBeLessThanOrEqual(half);
  expect(
    entries.some((entry) => entry.kind === "step.checkpoint" && entry.payload.runId === judged?.runId),
    "its checkpoints are in the record",
  ).toBe(true);
  const first = ["run", "--undo", judged?.runId ?? "", "--incident", incident, ...named, "--json", ...connection];
  const firstUndone = await runProgram(first);
  expect(firstUndone.status, firstUndone.output).toBe(0);
  expect(restored()).toBe(0);
}, 180_000);
