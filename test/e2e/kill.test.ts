import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { openIncident } from "../../src/incident/open.ts";
import { verifyChain } from "../../src/record/chain.ts";
import type { RecordEntry } from "../../src/record/entries.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import type { Fault } from "../../src/sim/faults.ts";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import {
  environment,
  LAUNCHER,
  SIMULATED_CREDENTIALS,
  simulatedConnection,
  TerminalProgram,
} from "../support/terminal-program.ts";
import { IS_THOROUGH } from "../support/thorough.ts";

const CREDENTIALS = { accessKeyId: "simulated", secretAccessKey: "simulated" };
const folders: string[] = [];
const simulators: RunningSimulator[] = [];
const programs: TerminalProgram[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mayday-kill-"));
  folders.push(folder);
  return folder;
}

async function simulated(): Promise<RunningSimulator> {
  const simulator = await startSimulator({ scenario: "quiet", speed: 60, rateLimits: false });
  simulators.push(simulator);
  return simulator;
}

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill("SIGKILL");
    await program.exited;
  }
  for (const simulator of simulators.splice(0)) await simulator.close();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Runs `mayday run contain-nessie` and kills it with SIGKILL when the fault hits. Resolves when the process is gone. */
async function runAndKill(
  simulator: RunningSimulator,
  stateDirectory: string,
  fault: Omit<Fault, "onHit">,
  skip: number,
): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [
      LAUNCHER,
      "run",
      "contain-nessie",
      "--confirm",
      "nessie",
      "--incident",
      "new",
      ...simulatedConnection(simulator.endpoint, stateDirectory),
    ],
    { env: environment(SIMULATED_CREDENTIALS), stdio: "ignore" },
  );
  let killed = false;
  let left = skip;
  const remove = simulator.faults.add({
    ...fault,
    onHit: () => {
      if (left-- > 0) return;
      killed = true;
      child.kill("SIGKILL");
    },
  });
  await new Promise((resolve) => child.once("exit", resolve));
  remove();
  return killed;
}

async function resume(simulator: RunningSimulator, stateDirectory: string) {
  const [summary] = await listIncidents(stateDirectory);
  if (!summary) return undefined;
  const clock = systemClock();
  const aws = await createAwsLayer({
    clock,
    region: "us-east-1",
    endpoint: simulator.endpoint,
    credentials: CREDENTIALS,
    loopbackOnly: true,
  });
  const incident = await openIncident({
    aws,
    clock,
    deployment: deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1"),
    stateDirectory,
    incidentId: summary.id,
    title: summary.title,
    severity: "P1",
    onCall: "test",
    simulated: true,
    toolVersion: "test",
    reason: "resume",
    watch: false,
  });
  await incident.ready;
  return incident;
}

async function liveState(simulator: RunningSimulator): Promise<{ desired: number; suspended: boolean }> {
  const aws = await createAwsLayer({
    clock: systemClock(),
    region: "us-east-1",
    endpoint: simulator.endpoint,
    credentials: CREDENTIALS,
  });
  const cluster = "lakehouse-prod-nessie";
  const { output } = await aws.call("ecs", "DescribeServices", { cluster, services: ["nessie"] }, { purpose: "poll" });
  const scaling = await aws.call(
    "application-autoscaling",
    "DescribeScalableTargets",
    { ServiceNamespace: "ecs", ResourceIds: [`service/${cluster}/nessie`] },
    { purpose: "poll" },
  );
  aws.close();
  return {
    desired: output.services?.[0]?.desiredCount ?? -1,
    suspended: scaling.output.ScalableTargets?.[0]?.SuspendedState?.DynamicScalingOutSuspended ?? false,
  };
}

/** Every call that left is in the record first: whatever the live state shows as changed has its intent. */
function checkIntents(entries: readonly RecordEntry[], live: { desired: number; suspended: boolean }): void {
  const intents = new Set(entries.flatMap((entry) => (entry.kind === "step.intent" ? [entry.payload.stepId] : [])));
  if (live.suspended) expect(intents).toContain("suspend-autoscaling");
  if (live.desired === 0) expect(intents).toContain("scale-to-zero");
}

/** Kills that have to hit, at least: of 54 points, or of 18. */
const LEAST = IS_THOROUGH ? 50 : 14;

describe("SIGKILL in the middle of a containment", () => {
  it(`at ${LEAST} and more points: the record is whole, steps in flight are judged rightly, and undo finds the way back`, async () => {
    const verdicts = new Map<string, number>();
    let kills = 0;
    const points: { fault: Omit<Fault, "onHit">; skip: number }[] = [];
    // At the n-th call of the run, whatever it is; then right between each mutation and its answer, carried out or not.
    for (let skip = 0; skip < 30; skip += IS_THOROUGH ? 1 : 3)
      points.push({ fault: { kind: "latency", latencyMs: 0 }, skip });
    for (let repeat = 0; repeat < (IS_THOROUGH ? 6 : 2); repeat++) {
      for (const operation of ["UpdateService", "RegisterScalableTarget"]) {
        for (const kind of ["drop-before", "drop-after"] as const) points.push({ fault: { kind, operation }, skip: 0 });
      }
    }
    const killAndResume = async (simulator: RunningSimulator, fault: Omit<Fault, "onHit">, skip: number) => {
      const stateDirectory = newFolder();
      if (await runAndKill(simulator, stateDirectory, fault, skip)) kills++;
      const incident = await resume(simulator, stateDirectory);
      if (!incident) return;
      const entries = await readRecord(incident.folder);
      expect(verifyChain(entries)).toMatchObject({ ok: true });
      const live = await liveState(simulator);
      checkIntents(entries, live);
      for (const entry of entries) {
        if (entry.kind !== "step.reconciled") continue;
        const { stepId, verdict } = entry.payload;
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        if (stepId === "scale-to-zero") expect(verdict).toBe(live.desired === 0 ? "happened" : "did-not-happen");
        if (stepId === "suspend-autoscaling") expect(verdict).toBe(live.suspended ? "happened" : "did-not-happen");
      }
      for (const held of incident.store.getState().heldOpen) {
        const undo = await incident.prepareUndo(held.runId);
        const result = await incident.execute(undo, { yes: true });
        expect(result.status, JSON.stringify(result.failure)).toBe("done");
      }
      await incident.release();
      expect(await liveState(simulator)).toEqual({ desired: 2, suspended: false });
    };
    // Two accounts side by side, so that the waits of one overlap with the other's.
    const lane = async () => {
      const simulator = await simulated();
      for (let point = points.shift(); point; point = points.shift())
        await killAndResume(simulator, point.fault, point.skip);
    };
    await Promise.all([lane(), lane()]);
    expect(kills).toBeGreaterThanOrEqual(LEAST);
    expect(verdicts.get("happened")).toBeGreaterThan(0);
    expect(verdicts.get("did-not-happen")).toBeGreaterThan(0);
  }, 240_000);

  it("the cockpit says on resume what it found, and the killed session has a draft post-mortem", async () => {
    const simulator = await simulated();
    const stateDirectory = newFolder();
    const args = ["--region", "us-east-1", "--endpoint", simulator.endpoint, "--state-directory", stateDirectory];
    const env = SIMULATED_CREDENTIALS;
    const first = new TerminalProgram(["start", "--project", "lakehouse", "--env", "prod", ...args], { env });
    programs.push(first);
    await first.waitFor(/nessie +2\/2/);
    await first.waitFor(/111122223333/);
    first.press("a");
    await first.waitFor(/Contain Nessie/);
    first.press("\r");
    await first.waitFor(/Type the name nessie/);
    simulator.faults.add({
      kind: "drop-after",
      operation: "UpdateService",
      times: 1,
      onHit: () => first.kill("SIGKILL"),
    });
    first.press("nessie\r");
    await first.exited;

    const second = new TerminalProgram(["resume", ...args], { env });
    programs.push(second);
    await second.waitFor(/in flight when the last session died[\s\S]*it happened/);
    const [summary] = await listIncidents(stateDirectory);
    expect(summary?.status).toBe("open");
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(join(summary?.folder ?? "", "postmortem.md"), "utf8")).toMatch(/DRAFT/);
  }, 60_000);
});
