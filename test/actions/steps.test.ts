import { describe, expect, it } from "vitest";
import type { CallStep, JobStep, WaitStep } from "../../src/actions/contract.ts";
import type { Job } from "../../src/actions/jobs.ts";
import { SecretVault } from "../../src/actions/secrets.ts";
import { runStep, type StepContext } from "../../src/actions/steps.ts";
import type { AwsLayer } from "../../src/aws/contract.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Failure, type FailureDetail } from "../../src/base/failure.ts";
import { PauseGate } from "../../src/evidence/export/pause.ts";
import { noEvidence } from "./support.ts";

const PRINCIPAL = "arn:aws:sts::111122223333:assumed-role/responder/kim";

/** Answers of the client layer, one after the other; a Failure is thrown. */
function context(answers: (object | Failure)[], clock = new ManualClock(0), jobs: [string, Job][] = []): StepContext {
  const aws = {
    identity: async () => ({ accountId: "111122223333", arn: PRINCIPAL, userId: "x" }),
    async callByName() {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Failure) throw answer;
      return { output: answer, requestId: "request", durationMs: 1, attempts: 1 };
    },
  };
  return {
    aws: aws as unknown as AwsLayer,
    recorder: undefined as never,
    clock,
    jobs: new Map(jobs),
    human: () => Promise.reject(new Error("not used")),
    evidence: noEvidence,
    pause: new PauseGate(),
    secrets: new SecretVault(),
    showSecret: () => Promise.reject(new Error("not used")),
    ask: () => Promise.reject(new Error("not used")),
    acceptedPrincipal: () => PRINCIPAL,
    checkpoint: async () => undefined,
    signal: new AbortController().signal,
    progress: () => undefined,
  };
}

const failure = (kind: FailureDetail["kind"], more: Partial<FailureDetail> = {}) =>
  new Failure({ kind, what: "ecs:UpdateService", why: "it broke", next: "look", ...more });

const reading = { service: "ecs", operation: "DescribeServices", input: {}, pick: { desired: "desired" } };
const call: CallStep = {
  kind: "call",
  id: "scale",
  title: "Scale to 0",
  transport: "aws",
  service: "ecs",
  operation: "UpdateService",
  input: {},
  resource: "service nessie",
  state: { reading, before: { desired: 2 }, after: { desired: 0 } },
};

describe("a call", () => {
  it("is not sent when the state is there already, and refused when it is another than the plan's", async () => {
    expect(await runStep(call, context([{ desired: 0 }]))).toMatchObject({ status: "already", requestIds: [] });
    await expect(runStep(call, context([{ desired: 3 }]))).rejects.toMatchObject({ kind: "refused" });
  });

  it("that the server answered with an error of its own is done when the change is there", async () => {
    const broken = failure("unreachable", { requestId: "request-500" });
    expect(await runStep(call, context([{ desired: 2 }, broken, { desired: 0 }]))).toMatchObject({ status: "done" });
    await expect(runStep(call, context([{ desired: 2 }, broken, { desired: 2 }]))).rejects.toBe(broken);
  });

  it("without an answer, whose state cannot be read back either, is in doubt", async () => {
    const lost = failure("unreachable");
    expect(await runStep(call, context([{ desired: 2 }, lost, lost]))).toMatchObject({ status: "in-doubt" });
    const { state: _none, ...blind } = call;
    expect(await runStep(blind, context([lost]))).toMatchObject({ status: "in-doubt" });
  });

  it("of another principal than the accepted one is not sent", async () => {
    const other = { ...context([{ desired: 2 }]), acceptedPrincipal: () => `${PRINCIPAL}-before` };
    await expect(runStep(call, other)).rejects.toMatchObject({ kind: "refused" });
  });
});

/** Lets everything that is ready run, then moves the clock on; until `work` has settled. */
async function driven<T>(clock: ManualClock, stepMs: number, work: Promise<T>): Promise<T> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  work.then(settle, settle);
  for (let turn = 0; turn < 1000 && !settled; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(stepMs);
  }
  return work;
}

describe("a wait", () => {
  const wait: WaitStep = {
    kind: "wait",
    id: "verify",
    title: "Nothing runs",
    reading,
    until: [{ label: "desired", op: "equals", value: 0 }],
    deadlineMs: 60_000,
  };

  it("ends when the promise holds, over reads that fail in between", async () => {
    const clock = new ManualClock(0);
    const answers = [{ desired: 2 }, failure("throttled"), { desired: 0 }];
    const outcome = await driven(clock, 1000, runStep(wait, context(answers, clock)));
    expect(outcome).toMatchObject({ status: "done", after: { desired: 0 } });
  });

  it("gives up at its deadline and says what it saw last", async () => {
    const clock = new ManualClock(0);
    const outcome = await driven(clock, 1000, runStep(wait, context([{ desired: 2 }], clock)));
    expect(outcome.failure?.why).toBe("not reached within 60 s: wanted desired = 0; last seen desired 2");
    expect(outcome.endedAtMs).toBeGreaterThanOrEqual(60_000);
    expect(outcome.endedAtMs).toBeLessThan(70_000);
  });

  it("does not print a whole policy of which nothing is expected", async () => {
    const clock = new ManualClock(0);
    const long = { ...wait, reading: { ...reading, pick: { ...reading.pick, text: "text" } } };
    const outcome = await driven(clock, 1000, runStep(long, context([{ desired: 2, text: "{".repeat(500) }], clock)));
    expect(outcome.failure?.why).toBe("not reached within 60 s: wanted desired = 0; last seen desired 2");
  });
});

describe("a job", () => {
  const job: JobStep = {
    kind: "job",
    id: "evidence",
    title: "Collect",
    job: "slow",
    input: {},
    operations: [],
    boxMs: 15_000,
    essential: false,
  };
  const endless: Job = (_input, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  it("that is not essential ends with its time box, and the plan goes on", async () => {
    const clock = new ManualClock(0);
    const outcome = await driven(clock, 500, runStep(job, context([{}], clock, [["slow", endless]])));
    expect(outcome).toMatchObject({ status: "partial", failure: { why: "time box of 15 s is over" } });
    expect(clock.monotonic()).toBeLessThan(17_000);
  });

  it("that is essential fails the step", async () => {
    const clock = new ManualClock(0);
    const essential = { ...job, essential: true };
    const work = runStep(essential, context([{}], clock, [["slow", endless]]));
    await expect(driven(clock, 500, work)).rejects.toMatchObject({ detail: { why: "time box of 15 s is over" } });
  });
});
