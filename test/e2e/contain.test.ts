import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { startSimulator } from "../../src/sim/index.ts";
import { runProgram } from "../support/run-program.ts";
import { environment, LAUNCHER, simulatedConnection, TerminalProgram } from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const session = terminalSession("contain");

const CLUSTER = "lakehouse-prod-nessie";
const poll = { purpose: "poll" } as const;

function demo(extra: string[] = []): TerminalProgram {
  const program = new TerminalProgram(
    ["demo", "nessie-oom", "--speed", "20", "--state-directory", session.folder, ...extra],
    {
      columns: 200,
    },
  );
  session.programs.push(program);
  return program;
}

/** A client of the simulated account that the program shows in its header, as another process would have it. */
async function anotherClient(program: TerminalProgram): Promise<AwsLayer> {
  await program.waitFor(/SIMULATED 127\.0\.0\.1:\d+/);
  const endpoint = `http://${/127\.0\.0\.1:\d+/.exec(program.screen())?.[0]}`;
  return client(endpoint);
}

async function client(endpoint: string): Promise<AwsLayer> {
  const credentials = { accessKeyId: "another", secretAccessKey: "simulated" };
  const aws = await createAwsLayer({ clock: systemClock(), region: "us-east-1", endpoint, credentials });
  aws.pinAccount((await aws.identity(poll)).accountId);
  return aws;
}

async function liveState(aws: AwsLayer) {
  const service = (await aws.call("ecs", "DescribeServices", { cluster: CLUSTER, services: ["nessie"] }, poll)).output
    .services?.[0];
  const scaling = await aws.call(
    "application-autoscaling",
    "DescribeScalableTargets",
    { ServiceNamespace: "ecs", ResourceIds: [`service/${CLUSTER}/nessie`] },
    poll,
  );
  const target = scaling.output.ScalableTargets?.[0];
  return {
    desired: service?.desiredCount,
    running: service?.runningCount,
    min: target?.MinCapacity,
    max: target?.MaxCapacity,
    suspended: target?.SuspendedState,
  };
}

/** Request ids of the events that the simulated CloudTrail has delivered for an operation. */
async function trailRequestIds(aws: AwsLayer, eventName: string): Promise<string[]> {
  const { output } = await aws.call(
    "cloudtrail",
    "LookupEvents",
    { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: eventName }] },
    poll,
  );
  return (output.Events ?? []).map(
    (event) => (JSON.parse(event.CloudTrailEvent ?? "{}") as { requestID: string }).requestID,
  );
}

/** Opens the plan of the containment. */
async function openPlan(program: TerminalProgram): Promise<void> {
  await program.waitFor(/nessie +\d\/\d/);
  await program.waitFor(/111122223333/);
  program.press("a");
  await program.waitFor(/› Contain Nessie/);
  program.press("\r");
  await program.waitFor(/Type the name nessie/);
}

describe("containment from the keyboard", () => {
  it("contains Nessie, guards it and undoes it from the keyboard", async () => {
    const program = demo();
    const aws = await anotherClient(program);
    const before = await liveState(aws);
    await openPlan(program);
    program.press("nessie");
    program.press("\r");
    await program.waitFor(/held open[^\n]*nessie \d->0/i, 60_000);
    await program.waitFor(/nessie +0\/0/, 60_000);
    await program.waitFor(/done and verified/, 60_000);
    expect(await liveState(aws)).toMatchObject({
      desired: 0,
      running: 0,
      min: 0,
      suspended: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: true, ScheduledScalingSuspended: true },
    });

    // Somebody scales it back: the badge must shout, until it is set again. The undo stays the first one's.
    await aws.call(
      "ecs",
      "UpdateService",
      { cluster: CLUSTER, service: "nessie", desiredCount: 1 },
      { purpose: "action" },
    );
    await program.waitFor(/CONTAINMENT BROKEN \(z\)/, 30_000);
    const closeRun = async () => {
      // Esc and a letter in one read would be Alt and the letter.
      program.press("\u001b");
      // Its own title: the timeline keeps saying how the run ended.
      await program.waitFor((shown) => !/─ Action ─/.test(shown.screen()));
    };
    await closeRun();
    program.press("z");
    await program.waitFor(/r sets it again/);
    program.press("r");
    await program.waitFor(/Type the name nessie/);
    program.press("nessie");
    program.press("\r");
    await program.waitFor(/already +Suspend autoscaling/, 60_000);
    await program.waitFor(/done and verified/, 60_000);
    await program.waitFor((shown) => !/CONTAINMENT BROKEN/.test(shown.screen()), 60_000);
    expect(await liveState(aws)).toMatchObject({ desired: 0 });

    await closeRun();
    program.press("z");
    await program.waitFor(/what was done and is not undone/i);
    program.press("\r");
    await program.waitFor(/Undo: read the plan/i);
    program.press("\r");
    program.press("y");
    await program.waitFor((shown) => !/held open/i.test(shown.screen()), 120_000);
    const after = await liveState(aws);
    expect({ ...after, running: undefined }).toEqual({ ...before, running: undefined });

    const [summary] = await listIncidents(session.folder);
    const outcomes = (await readRecord(summary?.folder ?? "")).flatMap((entry) =>
      entry.kind === "step.outcome" ? [entry.payload] : [],
    );
    const ids = (stepId: string) =>
      outcomes.filter((outcome) => outcome.stepId === stepId).flatMap((outcome) => outcome.requestIds);
    const updates = [...ids("scale-to-zero"), ...ids("restore-desired")];
    const registrations = [...ids("suspend-autoscaling"), ...ids("restore-autoscaling")];
    expect(updates).toHaveLength(3);
    expect(registrations).toHaveLength(2);
    // CloudTrail delivers late: it is asked until it names our calls by the same request ids.
    await expect
      .poll(() => trailRequestIds(aws, "UpdateService"), { timeout: 30_000 })
      .toEqual(expect.arrayContaining(updates));
    await expect
      .poll(() => trailRequestIds(aws, "RegisterScalableTarget"), { timeout: 30_000 })
      .toEqual(expect.arrayContaining(registrations));
  }, 240_000);

  it("Enter and Esc never confirm, and a wrong name is refused", async () => {
    const program = demo();
    const aws = await anotherClient(program);
    await openPlan(program);
    program.press("\r\r\r");
    program.press("nesie\r");
    await program.waitFor(/"?nesie"? is not|does not match/i);
    program.press("\u001b");
    await program.waitFor((shown) => !/Type the name nessie/.test(shown.screen()));
    expect(await liveState(aws)).toMatchObject({ desired: 2, min: 2 });
    expect(await trailRequestIds(aws, "UpdateService")).toEqual([]);
  }, 60_000);

  it("read-only mode refuses", async () => {
    const program = demo(["--read-only"]);
    await program.waitFor(/READ-ONLY/);
    await program.waitFor(/nessie +\d\/\d/);
    program.press("a");
    await program.waitFor(/read-only mode is on/);
  }, 60_000);

  it("leaves a post-mortem that mayday postmortem writes again byte for byte", async () => {
    const program = demo();
    await program.waitFor(/nessie +\d\/\d/);
    program.press("n");
    await program.waitFor(/What you saw, decided or did/);
    program.press("Called the platform lead\r");
    await program.waitFor(/NOTE +Called the platform lead/);
    program.press("q");
    await program.waitFor(/keep it open/i);
    program.press("\u001b[B\u001b[B\r");
    expect((await program.exited).exitCode).toBe(0);
    const [summary] = await listIncidents(session.folder);
    const path = join(summary?.folder ?? "", "postmortem.md");
    const first = readFileSync(path);
    const again = spawnSync(
      process.execPath,
      [LAUNCHER, "postmortem", summary?.id ?? "", "--state-directory", session.folder],
      { encoding: "utf8", env: environment({}) },
    );
    expect(again.status).toBe(0);
    expect(readFileSync(path).equals(first)).toBe(true);
    const text = first.toString();
    for (const heading of [
      "## Incident: Nessie unreachable",
      "**Date**:",
      "**Duration**:",
      "**Severity**: P1",
      "**On-call**:",
      "### Timeline",
      "### Root Cause",
      "### Impact",
      "### Resolution",
      "### Action Items",
    ])
      expect(text).toContain(heading);
    expect(text).toMatch(/- \d\d:\d\d — .*Called the platform lead/);
  }, 60_000);

  it("mayday run does the same without a screen", async () => {
    const simulator = await startSimulator({ scenario: "nessie-oom", speed: 20 });
    try {
      const aws = await client(simulator.endpoint);
      const connection = simulatedConnection(simulator.endpoint, session.folder);
      const run = (...args: string[]) => runProgram(["run", ...args, ...connection]);
      const plan = await run("contain-nessie", "--plan", "--json", "--incident", "new");
      expect(plan.status, plan.output).toBe(0);
      expect(JSON.parse(plan.output).plan.steps.map((step: { id: string }) => step.id)).toEqual([
        "evidence",
        "suspend-autoscaling",
        "scale-to-zero",
      ]);
      expect((await run("contain-nessie", "--yes", "--incident", "latest")).status).toBe(3);
      expect((await run("contain-nessie", "--confirm", "wrong", "--incident", "latest")).status).toBe(3);
      expect(await liveState(aws)).toMatchObject({ min: 2 });
      const contained = await run("contain-nessie", "--confirm", "nessie", "--json", "--incident", "latest");
      expect(contained.status, contained.output).toBe(0);
      const { incident, runId } = JSON.parse(contained.output);
      expect(await liveState(aws)).toMatchObject({ desired: 0, running: 0, min: 0 });
      const undone = await run("--undo", runId, "--incident", incident, "--yes");
      expect(undone.status, undone.output).toBe(0);
      expect(await liveState(aws)).toMatchObject({
        desired: 2,
        min: 2,
        max: 6,
        suspended: { DynamicScalingOutSuspended: false },
      });
    } finally {
      await simulator.close();
    }
  }, 120_000);
});
