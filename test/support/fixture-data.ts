import type { Threshold } from "../../src/state/escalation.ts";
import type { Moment } from "../../src/state/source.ts";
import type { CockpitState } from "../../src/state/store.ts";
import type { AlarmMetric, MetricSeries, ServiceView, TaskView } from "../../src/state/views.ts";

/** Domain time of the fixture: 41 minutes into the incident. */
export const NOW_MS = Date.parse("2026-11-23T03:41:07.000Z");
const MINUTE = 60_000;
const NOW: Moment = { atMs: NOW_MS, monotonicMs: 0 };

function task(id: string, change: Partial<TaskView>): TaskView {
  return {
    id,
    arn: `arn:aws:ecs:us-east-1:111122223333:task/lakehouse-prod-nessie/${id}`,
    lastStatus: "RUNNING",
    desiredStatus: "RUNNING",
    health: "HEALTHY",
    taskDefinition: "lakehouse-prod-nessie:42",
    startedAtMs: NOW_MS - 3 * MINUTE,
    containers: [{ name: "nessie", lastStatus: "RUNNING" }],
    ...change,
  };
}

function stopped(id: string, minutesAgo: number): TaskView {
  return task(id, {
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
    stoppedAtMs: NOW_MS - minutesAgo * MINUTE,
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers: [
      {
        name: "nessie",
        lastStatus: "STOPPED",
        exitCode: 137,
        reason: "OutOfMemoryError: Container killed due to memory usage",
      },
    ],
  });
}

function service(name: string, change: Partial<ServiceView>): ServiceView {
  return {
    cluster: "lakehouse-prod-nessie",
    name,
    arn: `arn:aws:ecs:us-east-1:111122223333:service/lakehouse-prod-nessie/${name}`,
    status: "ACTIVE",
    desired: 1,
    running: 1,
    pending: 0,
    taskDefinition: `${name}:7`,
    deployments: [],
    events: [],
    scaling: null,
    tasks: [],
    ...change,
  };
}

/** A threshold so many minutes after the alarm, which was 40 minutes ago. */
function threshold(level: Threshold["level"], minutes: number, grace: number, answer?: Threshold["answer"]): Threshold {
  const dueAtMs = NOW_MS + (minutes - 40) * MINUTE;
  const why = {
    L1: "nobody acknowledged within 15 minutes",
    L2: "not resolved within 1 hour",
    L3: "not resolved within 4 hours",
  };
  const role = { L1: "on-call engineer", L2: "platform team lead", L3: "engineering director and security" };
  return {
    id: level,
    level,
    role: role[level],
    why: why[level],
    dueAtMs,
    lateAtMs: dueAtMs + grace * MINUTE,
    ...(answer ? { answer } : {}),
  };
}

function services(): ServiceView[] {
  const deployment = {
    id: "ecs-svc/1",
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    rolloutReason: "ECS deployment ecs-svc/1 in progress.",
    desired: 2,
    running: 1,
    pending: 1,
    failedTasks: 3,
    taskDefinition: "lakehouse-prod-nessie:42",
    createdAtMs: NOW_MS - 40 * MINUTE,
  };
  const event = (minutesAgo: number, message: string) => ({
    id: `event-${minutesAgo}`,
    atMs: NOW_MS - minutesAgo * MINUTE,
    message: `(service lakehouse-prod-nessie) ${message}`,
  });
  return [
    service("lakehouse-prod-nessie", {
      desired: 2,
      running: 1,
      pending: 1,
      taskDefinition: "lakehouse-prod-nessie:42",
      deployments: [deployment],
      scaling: {
        min: 1,
        max: 4,
        suspended: { dynamicScalingIn: false, dynamicScalingOut: false, scheduledScaling: false },
      },
      events: [
        event(1, "has started 1 tasks: (task 91be21c0)."),
        event(
          2,
          "(port 19120) is unhealthy in (target-group lakehouse-prod-nessie) due to (reason Request timed out).",
        ),
        event(4, "has started 1 tasks: (task 7d02f5aa)."),
      ],
      tasks: [
        task("91be21c0d3f74b0d", { lastStatus: "PENDING", health: "UNKNOWN", startedAtMs: undefined }),
        task("7d02f5aa16c94e0f", {}),
        stopped("3f2a9c41be0d4a55", 2),
        stopped("c0ffee12ab34cd56", 9),
      ],
    }),
    service("lakehouse-prod-dagster-daemon", { taskDefinition: "lakehouse-prod-dagster-daemon:18" }),
    service("lakehouse-prod-dagster-webserver", { taskDefinition: "lakehouse-prod-dagster-webserver:18" }),
  ];
}

function series(
  id: string,
  label: string,
  unit: MetricSeries["unit"],
  values: number[],
  threshold?: number,
): MetricSeries {
  return {
    id,
    label,
    unit,
    periodMs: MINUTE,
    threshold,
    points: values.map((value, index) => ({ atMs: NOW_MS - (values.length - index) * MINUTE, value })),
  };
}

const wave = (base: number, rise: number) =>
  Array.from({ length: 60 }, (_, index) => base + (rise * index * index) / 3600 + 3 * Math.sin(index));

const metric = (
  namespace: string,
  name: string,
  threshold: number,
  dimensions: Record<string, string>,
): AlarmMetric => ({
  namespace,
  name,
  statistic: "Maximum",
  dimensions,
  threshold,
  comparison: ">",
  missingData: "notBreaching",
});
const SERVICE = { ClusterName: "lakehouse-prod-nessie", ServiceName: "lakehouse-prod-nessie" };
const HOSTS = {
  TargetGroup: "targetgroup/lakehouse-prod-nessie/6d0ecf831eec9f09",
  LoadBalancer: "app/x/50dc6c495c0c9188",
};

/** A state with something in every pane. */
export function fixtureState(): CockpitState {
  const alarm = (name: string, state: string, minutesAgo: number, condition: string, metric: AlarmMetric) => ({
    name: `lakehouse-prod-nessie-${name}`,
    arn: `arn:aws:cloudwatch:us-east-1:111122223333:alarm:lakehouse-prod-nessie-${name}`,
    state,
    reason: state === "ALARM" ? "Threshold Crossed: 2 datapoints were greater than the threshold (0.0)." : "",
    sinceMs: NOW_MS - minutesAgo * MINUTE,
    condition,
    metric,
    actionsEnabled: true,
    actionCount: 1,
    notifies: ["arn:aws:sns:us-east-1:111122223333:lakehouse-prod-alerts"],
    history:
      state === "ALARM"
        ? [{ atMs: NOW_MS - minutesAgo * MINUTE, from: "OK", to: "ALARM", summary: "Alarm updated from OK to ALARM" }]
        : [],
  });
  const target = (id: string, state: string, reason?: string, description?: string) => ({
    id,
    port: 19120,
    zone: "us-east-1a",
    state,
    reason,
    description,
    sinceMs: NOW_MS - 3 * MINUTE,
  });
  const line = (
    seq: number,
    minutesAgo: number,
    tone: CockpitState["timeline"][number]["tone"],
    label: string,
    text: string,
  ) => ({ seq, atMs: NOW_MS - minutesAgo * MINUTE, tone, label, text });
  return {
    incident: {
      id: "2026-11-23-0306-k3f9",
      title: "Nessie unreachable",
      severity: "P1",
      project: "lakehouse",
      environment: "prod",
      onCall: "ada",
      simulated: true,
      declaredAtMs: NOW_MS - 41 * MINUTE - 7000,
      detectedAtMs: NOW_MS - 40 * MINUTE,
      acknowledgedAtMs: NOW_MS - 37 * MINUTE,
    },
    lakehouse: {
      catalogType: "nessie",
      nessie: {
        cluster: "lakehouse-prod-nessie",
        service: "lakehouse-prod-nessie",
        targetGroup: "lakehouse-prod-nessie",
        tables: ["lakehouse-prod-nessie"],
      },
    },
    identity: {
      region: "us-east-1",
      endpoint: "http://127.0.0.1:4566",
      accountId: "111122223333",
      accountAlias: "lakehouse",
      caller: "responder/on-call",
      readOnly: false,
    },
    containers: { status: "absent", reason: "Dagster does not run in docker compose here." },
    services: { status: "ok", value: services(), receivedAt: NOW },
    targets: {
      status: "ok",
      receivedAt: NOW,
      value: [
        {
          name: "lakehouse-prod-nessie",
          arn: "arn:aws:elasticloadbalancing:x",
          targets: [
            target("10.0.10.14", "unhealthy", "Target.Timeout", "Request timed out"),
            target("10.0.11.27", "healthy"),
            target("10.0.11.90", "draining", "Target.DeregistrationInProgress"),
          ],
        },
      ],
    },
    alarms: {
      status: "ok",
      receivedAt: NOW,
      value: [
        alarm(
          "cpu-high",
          "OK",
          600,
          "CPUUtilization > 80, 3 x 300 s",
          metric("AWS/ECS", "CPUUtilization", 80, SERVICE),
        ),
        alarm(
          "unhealthy-hosts",
          "ALARM",
          12,
          "UnHealthyHostCount > 0, 2 x 60 s",
          metric("AWS/ApplicationELB", "UnHealthyHostCount", 0, HOSTS),
        ),
        alarm(
          "dynamo-throttled",
          "INSUFFICIENT_DATA",
          3000,
          "ThrottledRequests > 0, 1 x 300 s",
          metric("AWS/DynamoDB", "ThrottledRequests", 0, { TableName: "lakehouse-prod-nessie" }),
        ),
      ],
    },
    metrics: {
      status: "ok",
      receivedAt: NOW,
      value: [
        series("cpu", "CPU nessie", "percent", wave(20, 30), 80),
        series("memory", "Memory nessie", "percent", wave(40, 55), 90),
        series("requests", "Requests", "count", wave(1200, -1100)),
        series("5xx", "5xx from targets", "count", wave(3, 140), 10),
        series("unhealthy", "Unhealthy hosts", "count", [0, 0, 0, 1, 1, 1], 0),
        series("throttles", "Throttles", "count", [0, 0, 0, 0, 0]),
      ],
    },
    logs: {
      status: "ok",
      receivedAt: NOW,
      value: [
        {
          logGroup: "/ecs/lakehouse-prod-nessie",
          ingested: 5120,
          duplicates: 12,
          late: 3,
          gaps: 0,
          linesPerMinute: 1240,
          errorShare: 0.14,
        },
      ],
    },
    logVersion: 0,
    objectives: [],
    timeline: [
      line(1, 41, "info", "OPENED", "Incident opened: Nessie unreachable (P1)"),
      line(2, 40, "bad", "ALARM", "unhealthy-hosts OK -> ALARM: 2 datapoints were greater than the threshold"),
      line(3, 37, "action", "ACTION", "Acknowledge the incident: done"),
      line(4, 9, "bad", "TASK", "lakehouse-prod-nessie task c0ffee12 stopped: 137 OOM-killed (container memory)"),
      line(5, 5, "note", "NOTE", "Nightly compaction started at 03:00, memory has climbed since"),
      line(6, 3, "bad", "TARGET", "10.0.10.14:19120 healthy -> unhealthy (Target.Timeout)"),
      line(7, 2, "bad", "TASK", "lakehouse-prod-nessie task 3f2a9c41 stopped: 137 OOM-killed (container memory)"),
      line(8, 1, "good", "SERVICE", "lakehouse-prod-nessie started task 91be21c0"),
    ],
    commands: [
      {
        id: 1,
        atMs: NOW_MS - 5000,
        line: "aws ecs describe-services --cluster lakehouse-prod-nessie --services lakehouse-prod-nessie",
        purpose: "poll",
        mutation: false,
        durationMs: 83,
        requestId: "5f1c0a52-9f0e-4c3a-8a0e-0d3d2f6f1a10",
      },
      {
        id: 2,
        atMs: NOW_MS - 3000,
        line: "aws ecs update-service --cluster lakehouse-prod-nessie --service lakehouse-prod-nessie --desired-count 0",
        purpose: "action",
        mutation: true,
        durationMs: 141,
        requestId: "5f1c0a52-9f0e-4c3a-8a0e-0d3d2f6f1a11",
      },
      {
        id: 3,
        atMs: NOW_MS - 1000,
        line: "aws cloudwatch get-metric-data",
        purpose: "poll",
        mutation: false,
        durationMs: 60,
        error: "ThrottlingException: Rate exceeded",
      },
    ],
    human: null,
    run: null,
    heldOpen: [],
    communication: {
      thresholds: [
        threshold("L1", 15, 0, { kind: "done", atMs: NOW_MS - 37 * MINUTE, by: "ada", detail: "acknowledged" }),
        threshold("L2", 60, 5),
        threshold("L3", 240, 5),
      ],
      contacts: { L2: "Sam Roe, +1 555 0100" },
      updates: { count: 1, lastAtMs: NOW_MS - 17.5 * MINUTE, dueAtMs: NOW_MS + 12.5 * MINUTE },
      stakeholdersWaiting: false,
    },
    proposals: [],
    recorder: { status: "ok", pending: 0 },
    clock: {},
    notices: [],
  };
}
