import type { RecordDraft, RecordEntry } from "../../src/record/entries.ts";
import { EntriesBuilder, opened } from "../record/entries-builder.ts";

const SERVICE = "lakehouse-prod-nessie";
const RESOURCE = "service lakehouse-prod-nessie in cluster lakehouse-prod-nessie";
const SCALING = "scalable target service/lakehouse-prod-nessie/lakehouse-prod-nessie";

const stopped = (task: string, at: string): RecordDraft => ({
  kind: "observation.task-stopped",
  payload: {
    service: SERVICE,
    task,
    stoppedAtMs: Date.parse(at),
    exitCode: 137,
    stopCode: "EssentialContainerExited",
    reason: "Essential container in task exited",
    containerReason: "OutOfMemoryError: Container killed due to memory usage",
  },
});

const target = (id: string, from: string | null, to: string, reason = ""): RecordDraft => ({
  kind: "observation.target",
  payload: {
    targetGroup: "lakehouse-prod-nessie-tg",
    target: id,
    from,
    to,
    reason,
    description: reason ? "Request timed out" : "",
  },
});

const call = (runId: string, stepId: string, title: string, resource: string, line: string): RecordDraft => ({
  kind: "step.intent",
  payload: { runId, stepId, title, step: { id: stepId, kind: "call" }, line, resource },
});

const done = (
  runId: string,
  stepId: string,
  title: string,
  at: string,
  before: Record<string, number>,
  after: Record<string, number>,
): RecordDraft => ({
  kind: "step.outcome",
  payload: {
    runId,
    stepId,
    title,
    status: "done",
    requestIds: [`req-${stepId}`],
    startedAtMs: Date.parse(at),
    endedAtMs: Date.parse(at) + 800,
    before,
    after,
  },
});

const TITLE = "Contain nessie: scale lakehouse-prod-nessie/lakehouse-prod-nessie to 0";

/**
 * An incident over midnight: Nessie is killed for its memory again and again, is contained, and resolved with the autoscaling range
 * not restored; then what a cockpit notes when it leaves.
 */
export function containedIncident(): RecordEntry[] {
  const builder = new EntriesBuilder();
  const add = (time: string, draft: RecordDraft) =>
    builder.add(time < "12:00" ? `2026-11-24T${time}Z` : `2026-11-23T${time}Z`, draft);
  add("23:46:00", opened());
  add("23:46:00", { kind: "session.started", payload: { host: "bastion", tty: "pts/0", pid: 4242, reason: "start" } });
  add("23:46:01", {
    kind: "incident.identity",
    payload: {
      accountId: "111122223333",
      callerArn: "arn:aws:sts::111122223333:assumed-role/responder/kim",
      accountAlias: "lakehouse",
    },
  });
  add("23:46:02", {
    kind: "state.snapshot",
    payload: {
      slices: {
        metrics: {
          status: "ok",
          value: [
            {
              label: "ALB 5xx",
              points: [
                { atMs: Date.parse("2026-11-23T23:44:00Z"), value: 31 },
                { atMs: Date.parse("2026-11-23T23:45:00Z"), value: 44 },
              ],
            },
          ],
        },
      },
    },
  });
  add("23:46:02", {
    kind: "incident.detected",
    payload: { detectedAtMs: Date.parse("2026-11-23T23:44:30Z"), by: "alarm lakehouse-prod-nessie-unhealthy-hosts" },
  });
  add("23:46:02", {
    kind: "observation.alarm",
    payload: {
      alarm: "lakehouse-prod-nessie-unhealthy-hosts",
      from: "OK",
      to: "ALARM",
      atMs: Date.parse("2026-11-23T23:44:30Z"),
      reason: "Threshold Crossed: 1 datapoint [2.0] was greater than the threshold (0.0)",
    },
  });
  for (const [time, id] of [
    ["23:43:10", "a1"],
    ["23:45:02", "b2"],
    ["23:47:15", "c3"],
    ["23:49:40", "d4"],
  ] as const)
    add(time < "23:46:02" ? "23:46:02" : time, stopped(id, `2026-11-23T${time}Z`));
  add("23:46:03", target("10.0.10.14", null, "unhealthy", "Target.Timeout"));
  add("23:46:03", target("10.0.11.27", null, "unhealthy", "Target.Timeout"));
  add("23:46:04", {
    kind: "observation.service",
    payload: {
      service: SERVICE,
      change: "running 2 -> 1",
      before: { desired: 2, running: 2 },
      after: { desired: 2, running: 1 },
    },
  });
  add("23:47:16", {
    kind: "observation.service",
    payload: {
      service: SERVICE,
      change: "running 1 -> 0",
      before: { desired: 2, running: 1 },
      after: { desired: 2, running: 0 },
    },
  });
  add("23:47:20", {
    kind: "observation.service-event",
    payload: {
      service: SERVICE,
      eventAtMs: Date.parse("2026-11-23T23:47:20Z"),
      message: "(service lakehouse-prod-nessie) has started 1 tasks: (task 0123456789abcdef0123456789abcdef).",
    },
  });
  add("23:49:45", {
    kind: "observation.service-event",
    payload: {
      service: SERVICE,
      eventAtMs: Date.parse("2026-11-23T23:49:45Z"),
      message: "(service lakehouse-prod-nessie) has started 1 tasks: (task fedcba9876543210fedcba9876543210).",
    },
  });
  add("23:48:00", {
    kind: "observation.logs",
    payload: {
      logGroup: "/ecs/lakehouse-prod-nessie",
      change: "memory pressure in nessie/c3",
      sample: "GC overhead: heap at 97%",
    },
  });
  add("23:50:00", {
    kind: "incident.acknowledged",
    payload: { by: "Kim Doe", atMs: Date.parse("2026-11-23T23:50:00Z") },
  });
  add("23:51:00", { kind: "incident.note", payload: { text: "Ada says a new compaction job started at 23:30" } });
  add("23:52:00", {
    kind: "observation.source",
    payload: { source: "metrics", status: "denied", detail: "missing cloudwatch:GetMetricData" },
  });
  add("23:53:00", {
    kind: "action.planned",
    payload: { runId: "run-1", actionId: "contain-nessie", plan: { title: TITLE }, facts: {}, checks: [] },
  });
  add("23:53:20", {
    kind: "action.confirmed",
    payload: {
      runId: "run-1",
      actionId: "contain-nessie",
      title: TITLE,
      by: "Kim Doe",
      how: "typed lakehouse-prod-nessie",
    },
  });
  add("23:53:21", {
    kind: "evidence.stored",
    payload: {
      path: "evidence/tasks.json",
      sha256: "ab".repeat(32),
      bytes: 5120,
      status: "partial",
      reason: "the box of 15 s ended",
      source: "ecs DescribeTasks",
      requestIds: ["req-e"],
    },
  });
  add(
    "23:53:22",
    call(
      "run-1",
      "suspend",
      "Suspend autoscaling",
      SCALING,
      "aws application-autoscaling register-scalable-target --min-capacity 0",
    ),
  );
  add(
    "23:53:23",
    done("run-1", "suspend", "Suspend autoscaling", "2026-11-23T23:53:22Z", { min: 1, max: 4 }, { min: 0, max: 4 }),
  );
  add(
    "23:53:24",
    call("run-1", "scale", "Set desired count to 0", RESOURCE, "aws ecs update-service --desired-count 0"),
  );
  add(
    "23:53:25",
    done("run-1", "scale", "Set desired count to 0", "2026-11-23T23:53:24Z", { desired: 2 }, { desired: 0 }),
  );
  add("23:54:40", {
    kind: "action.finished",
    payload: {
      runId: "run-1",
      actionId: "contain-nessie",
      title: TITLE,
      status: "done",
      verified: true,
      undo: { steps: [] },
      badge: "nessie 2->0",
    },
  });
  add("23:55:00", {
    kind: "incident.contained",
    payload: { by: "Kim Doe", atMs: Date.parse("2026-11-23T23:55:00Z"), how: "Nessie scaled to 0" },
  });
  add("23:55:10", { kind: "incident.severity", payload: { severity: "P2", previous: "P1", reason: "contained" } });
  add("00:21:00", {
    kind: "guard.broken",
    payload: {
      runId: "run-1",
      badge: "nessie 2->0",
      message: "nessie was scaled back up",
      found: { desired: 1 },
      by: "terraform",
    },
  });
  add("00:30:00", { kind: "observation.source", payload: { source: "metrics", status: "ok", detail: "" } });
  add("00:31:00", {
    kind: "action.confirmed",
    payload: { runId: "run-2", actionId: "undo", title: "Undo: contain nessie", by: "Kim Doe", how: "typed" },
  });
  add(
    "00:31:01",
    call("run-2", "unscale", "Set desired count to 2", RESOURCE, "aws ecs update-service --desired-count 2"),
  );
  add(
    "00:31:02",
    done("run-2", "unscale", "Set desired count to 2", "2026-11-24T00:31:01Z", { desired: 0 }, { desired: 2 }),
  );
  add(
    "00:31:03",
    call(
      "run-2",
      "restore",
      "Restore autoscaling",
      SCALING,
      "aws application-autoscaling register-scalable-target --min-capacity 1",
    ),
  );
  add("00:31:04", {
    kind: "step.outcome",
    payload: {
      runId: "run-2",
      stepId: "restore",
      title: "Restore autoscaling",
      status: "failed",
      requestIds: ["req-x"],
      startedAtMs: 0,
      endedAtMs: 1,
      failure: {
        kind: "denied",
        what: "application-autoscaling:RegisterScalableTarget",
        why: "The caller may not do this.",
        next: "Ask for application-autoscaling:RegisterScalableTarget.",
        code: "AccessDeniedException",
      },
    },
  });
  add("00:31:05", {
    kind: "action.finished",
    payload: { runId: "run-2", actionId: "undo", title: "Undo: contain nessie", status: "partial", undo: null },
  });
  add("00:40:00", target("10.0.10.14", "unhealthy", "healthy"));
  add("00:40:01", target("10.0.11.27", "unhealthy", "healthy"));
  add("00:45:00", {
    kind: "incident.resolved",
    payload: {
      by: "Kim Doe",
      atMs: Date.parse("2026-11-24T00:45:00Z"),
      resolution: "Compaction job stopped; Nessie at 2 tasks",
    },
  });
  add("00:46:00", { kind: "incident.closed", payload: { mode: "resolved", heldOpen: [TITLE] } });
  return builder.entries;
}

/** What the cockpit notes once the document is written: it must not change the document. */
export function afterLeaving(entries: readonly RecordEntry[]): RecordEntry[] {
  const builder = new EntriesBuilder();
  builder.entries.push(...entries);
  builder.add("2026-11-24T00:46:01Z", {
    kind: "postmortem.written",
    payload: { path: "postmortem.md", sha256: "0".repeat(64), draft: false, throughSeq: entries.length },
  });
  builder.add("2026-11-24T00:46:02Z", { kind: "session.ended", payload: { reason: "exit", detail: "resolved" } });
  return builder.entries;
}
