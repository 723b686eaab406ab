import { expect, it } from "vitest";
import type { EvidenceSource, JobContext } from "../../src/actions/jobs.ts";
import { SecretVault } from "../../src/actions/secrets.ts";
import { serviceEvidence } from "../../src/actions/volatile-evidence.ts";
import type { AwsCaller } from "../../src/aws/contract.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { PauseGate } from "../../src/evidence/export/pause.ts";
import { account, CLUSTER, clockOf, layerOf } from "../incident/support.ts";
import { noEvidence } from "./support.ts";

const INPUT = {
  cluster: CLUSTER,
  service: "nessie",
  resourceId: `service/${CLUSTER}/nessie`,
  taskDefinition: "lakehouse-prod-nessie",
  targetGroupArn: null,
  logGroup: `/ecs/${CLUSTER}`,
};

interface Stored extends EvidenceSource {
  content: { events?: unknown[] };
}

function context(aws: AwsCaller, clock: JobContext["clock"], signal: AbortSignal) {
  const stored = new Map<string, Stored>();
  const job: JobContext = {
    ...noEvidence,
    pause: new PauseGate(),
    secrets: new SecretVault(),
    showSecret: () => Promise.reject(new Error("not used")),
    ask: () => Promise.reject(new Error("not used")),
    aws,
    clock,
    signal,
    storeEvidence: async (name, content, about) => {
      stored.set(name.replace(/^[^-]+-nessie-|\.json$/g, ""), { ...about, content: JSON.parse(content) });
    },
    progress: () => undefined,
    checkCaller: async () => undefined,
    checkpoint: async () => undefined,
  };
  return { job, stored };
}

it("collects every part with its request ids", async () => {
  const simulator = await account({ scenario: "nessie-oom" });
  const { job, stored } = context(await layerOf(simulator), clockOf(simulator), new AbortController().signal);
  const result = await serviceEvidence(INPUT, job);
  expect(result).toMatchObject({ complete: true, missing: [] });
  expect([...stored.keys()].sort()).toEqual([
    "last-log-lines",
    "scaling-activities",
    "service",
    "task-definition",
    "tasks",
  ]);
  for (const part of stored.values()) expect(part.requestIds.length).toBeGreaterThan(0);
  expect(stored.get("last-log-lines")?.content.events?.length).toBeGreaterThan(0);
});

it("the newest log lines are read first, empty pages cost nothing, and what the box cuts off is kept and called partial", async () => {
  const box = new AbortController();
  const clock = new ManualClock(Date.UTC(2026, 10, 23, 3, 0, 0));
  const windows: number[] = [];
  let pages = 0;
  // Pages as the API gives them: seven empty ones with a token, then one with a line; the box ends in the second window.
  const caller = {
    async callByName(_service: string, operation: string, input: { startTime?: number }) {
      const answer = (output: object) => ({ output, requestId: `request-${++pages}`, durationMs: 1, attempts: 1 });
      if (operation !== "FilterLogEvents") return answer({});
      const startTime = input.startTime ?? 0;
      if (windows.at(-1) !== startTime) windows.push(startTime);
      if (windows.length > 1) {
        box.abort(new Error("time box of 15 s is over"));
        throw new Error("aborted");
      }
      const seen = ++this.inWindow;
      return answer(seen <= 7 ? { events: [], nextToken: `t${seen}` } : { events: [{ message: "the last line" }] });
    },
    inWindow: 0,
    call: () => Promise.reject(new Error("not used")),
  };
  const { job, stored } = context(caller as unknown as AwsCaller, clock, box.signal);
  const result = await serviceEvidence(INPUT, job);
  expect(windows[0]).toBe(clock.now() - 60_000);
  expect(stored.get("last-log-lines")).toMatchObject({
    status: "partial",
    reason: "time box of 15 s is over",
    content: { events: [{ message: "the last line" }] },
  });
  expect(result).toMatchObject({ complete: false, missing: ["last-log-lines: time box of 15 s is over"] });
});
