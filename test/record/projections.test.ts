import { describe, expect, it } from "vitest";
import type { RecordDraft } from "../../src/record/entries.ts";
import { incidentView } from "../../src/record/incident-view.ts";
import { inFlight, openIntents, runHistory, undoLedger } from "../../src/record/runs.ts";
import { timelineLine } from "../../src/record/timeline.ts";
import { EntriesBuilder, opened } from "./entries-builder.ts";
import { intent, note, observation } from "./support.ts";

const AT = "2026-11-23T03:06:00Z";
const outcome = (stepId: string): RecordDraft => ({
  kind: "step.outcome",
  payload: {
    runId: "run-1",
    stepId,
    title: "Scale to 0",
    status: "done",
    requestIds: ["r"],
    startedAtMs: 0,
    endedAtMs: 1,
  },
});
const finished = (runId: string, undo: object | null, undoes?: string): RecordDraft => ({
  kind: "action.finished",
  payload: {
    runId,
    actionId: "contain-nessie",
    title: `Run ${runId}`,
    status: "done",
    undo: undo && { ...undo },
    ...(undoes ? { undoes } : {}),
    badge: "nessie 2->0",
  },
});
const lineOf = (draft: RecordDraft) => timelineLine(new EntriesBuilder().add(AT, draft).entries[0]!);

describe("incidentView", () => {
  it("follows title, severity, times and closing; resuming opens it again, a headless run does not", () => {
    const builder = new EntriesBuilder()
      .add(AT, opened())
      .add(AT, { kind: "incident.identity", payload: { accountId: "111122223333", callerArn: "arn:x" } })
      .add(AT, { kind: "incident.title", payload: { title: "OOM", previous: "Nessie unreachable" } })
      .add(AT, { kind: "incident.severity", payload: { severity: "P2", previous: "P1", reason: "contained" } })
      .add(AT, { kind: "incident.detected", payload: { detectedAtMs: 2000, by: "second alarm" } })
      .add(AT, { kind: "incident.detected", payload: { detectedAtMs: 1000, by: "first alarm" } })
      .add(AT, { kind: "incident.acknowledged", payload: { by: "kim", atMs: 5000 } })
      .add(AT, { kind: "incident.acknowledged", payload: { by: "sam", atMs: 6000 } })
      .add(AT, { kind: "incident.closed", payload: { mode: "suspended", heldOpen: [] } });
    const view = incidentView(builder.entries);
    expect(view).toMatchObject({
      title: "OOM",
      severity: "P2",
      accountId: "111122223333",
      detected: { atMs: 1000, by: "first alarm" },
      acknowledged: { by: "kim", atMs: 5000 },
      closed: { mode: "suspended" },
    });
    expect(view.severityHistory.map((step) => step.severity)).toEqual(["P1", "P2"]);
    builder.add(AT, { kind: "session.started", payload: { host: "h", tty: "", pid: 1, reason: "run" } });
    expect(incidentView(builder.entries).closed).toBeDefined();
    builder.add(AT, { kind: "session.started", payload: { host: "h", tty: "", pid: 1, reason: "resume" } });
    expect(incidentView(builder.entries).closed).toBeUndefined();
  });
});

describe("inFlight", () => {
  it("is an intent without outcome or reconciliation", () => {
    const builder = new EntriesBuilder()
      .add(AT, intent("a"))
      .add(AT, intent("b"))
      .add(AT, intent("c"))
      .add(AT, outcome("a"));
    builder.add(AT, {
      kind: "step.reconciled",
      payload: { runId: "run-1", stepId: "b", title: "b", verdict: "happened", detail: "" },
    });
    expect(inFlight(builder.entries)).toMatchObject([
      { stepId: "c", resource: "service nessie", writerId: "writer-1", seq: 3 },
    ]);
  });

  it("counts for others only on the same resource and of a live writer", () => {
    const { entries } = new EntriesBuilder().add(AT, intent("a"));
    expect(openIntents(entries, "service nessie", (writerId) => writerId === "writer-1")).toHaveLength(1);
    expect(openIntents(entries, "service nessie", () => false)).toEqual([]);
    expect(openIntents(entries, "service dagster", () => true)).toEqual([]);
  });
});

describe("undoLedger", () => {
  it("holds what can be undone until a later run undid it", () => {
    const builder = new EntriesBuilder()
      .add(AT, finished("a", { steps: [] }))
      .add(AT, finished("b", null))
      .add(AT, finished("c", { steps: [] }));
    expect(undoLedger(builder.entries).map((run) => run.runId)).toEqual(["a", "c"]);
    builder.add(AT, finished("d", null, "a"));
    expect(undoLedger(builder.entries)).toMatchObject([{ runId: "c", badge: "nessie 2->0", sinceMs: Date.parse(AT) }]);
  });
});

describe("runHistory", () => {
  it("gathers plan, confirmation, steps and end of each run", () => {
    const { entries } = new EntriesBuilder()
      .add(AT, {
        kind: "action.planned",
        payload: {
          runId: "run-1",
          actionId: "contain-nessie",
          plan: { title: "Contain" },
          facts: { a: "b" },
          checks: [],
        },
      })
      .add(AT, {
        kind: "action.confirmed",
        payload: { runId: "run-1", actionId: "contain-nessie", title: "Contain", by: "kim", how: "typed nessie" },
      })
      .add(AT, intent("a"))
      .add(AT, outcome("a"))
      .add(AT, finished("run-1", null));
    expect(runHistory(entries)).toMatchObject([
      {
        runId: "run-1",
        title: "Contain",
        confirmed: { by: "kim" },
        steps: [{ stepId: "a", line: "aws ecs update-service", outcome: { status: "done" } }],
        finished: { status: "done" },
      },
    ]);
  });
});

describe("timelineLine", () => {
  it("says what happened with its numbers", () => {
    const stopped = lineOf({
      kind: "observation.task-stopped",
      payload: {
        service: "nessie",
        task: "abc",
        stoppedAtMs: 5000,
        exitCode: 137,
        stopCode: "EssentialContainerExited",
        reason: "Essential container in task exited",
        containerReason: "OutOfMemoryError: Container killed due to memory usage",
      },
    });
    expect(stopped).toMatchObject({
      atMs: 5000,
      tone: "bad",
      label: "OBSERVED",
      text: "nessie: task abc stopped, exit code 137: OutOfMemoryError: Container killed due to memory usage",
    });
    expect(
      lineOf({
        kind: "observation.target",
        payload: {
          targetGroup: "tg",
          target: "10.0.10.14",
          from: "healthy",
          to: "unhealthy",
          reason: "Target.Timeout",
          description: "",
        },
      }),
    ).toMatchObject({ tone: "bad", text: "target 10.0.10.14: healthy -> unhealthy (Target.Timeout)" });
  });

  it("leaves out slices of state, plans and intents", () => {
    expect(lineOf({ kind: "state.snapshot", payload: { slices: {} } })).toBeUndefined();
    expect(lineOf({ kind: "state.difference", payload: { slices: {} } })).toBeUndefined();
    expect(lineOf(intent("a"))).toBeUndefined();
    expect(lineOf(outcome("a"))).toBeUndefined();
  });

  it("takes control sequences out of what others wrote", () => {
    expect(lineOf(note("a\u001b]52;c;AAAA\u0007b\nc"))?.text).toBe("ab c");
  });
});

describe("a long record", () => {
  it("is projected by looking at each entry a few times", () => {
    const [first] = new EntriesBuilder().add(AT, observation(1)).entries;
    const count = 10_000;
    for (const project of [incidentView, undoLedger, inFlight, runHistory]) {
      let looks = 0;
      const entries = new Proxy(
        Array.from({ length: count }, (_, index) => ({ ...first!, seq: index + 1 })),
        {
          get(target, key, receiver) {
            looks += 1;
            return Reflect.get(target, key, receiver);
          },
        },
      );
      project(entries);
      expect(looks).toBeGreaterThanOrEqual(count);
      expect(looks).toBeLessThan(count * 10);
    }
  });
});
