import type { ActionSummary, PreparedAction } from "../../src/incident/contract.ts";
import type { IncomingLine } from "../../src/state/log-ring.ts";
import type { LogLevel } from "../../src/state/views.ts";
import { NOW_MS } from "./fixture-data.ts";

/** Log lines of a service that runs out of memory, the newest last. */
export function fixtureLogLines(count = 200): IncomingLine[] {
  const texts: [LogLevel, string][] = [
    ["info", "INFO  [org.projectnessie.services] (executor-thread-4) GET /api/v2/trees/main/entries 200 in 43ms"],
    ["info", "INFO  [io.quarkus.http.access-log] (vert.x-eventloop-2) 10.0.3.15 GET /q/health/ready 200"],
    ["warn", "WARN  [org.projectnessie.versioned] (executor-thread-9) GC pause 2417ms, heap 3.6G of 3.8G used"],
    [
      "error",
      "ERROR [io.vertx.core] (vert.x-eventloop-1) Unhandled exception java.lang.OutOfMemoryError: Java heap space at org.projectnessie.versioned.persist.Commit.loadAll(Commit.java:311)",
    ],
    ["debug", "DEBUG [dynamodb] BatchGetItem objs2 consumed 24.5 RCU"],
  ];
  return Array.from({ length: count }, (_, index) => {
    const [level, text] = texts[(index * 7) % texts.length] ?? ["none", ""];
    return {
      eventId: `event-${index}`,
      atMs: NOW_MS - (count - index) * 250,
      logGroup: "/ecs/lakehouse-prod-nessie",
      stream: "nessie/nessie/7d02f5aa",
      level,
      text: `${text} #${index}`,
    };
  });
}

/** The palette's actions, one of them not possible now. */
export function fixtureActions(): ActionSummary[] {
  const action = (id: string, title: string, change: Partial<ActionSummary> = {}): ActionSummary => ({
    id,
    title,
    description: `${title}.`,
    runbook: "Incident Response > Containment",
    tier: "none",
    fields: [],
    ...change,
  });
  const text = (name: string, label: string, required = true) => ({
    name,
    label,
    description: "In your own words",
    required,
  });
  return [
    action("contain-nessie", "Contain Nessie: scale its service to 0", {
      tier: "name",
      description: "Suspends autoscaling and stops all tasks, after saving volatile evidence.",
    }),
    action("contain-s3", "Contain the lakehouse bucket", {
      tier: "name-and-account",
      disabledReason: "read-only mode is on",
    }),
    action("acknowledge", "Acknowledge the incident"),
    action("note", "Add a note to the timeline", { fields: [text("text", "Note")] }),
    action("severity", "Set the severity", {
      fields: [
        {
          name: "severity",
          label: "Severity",
          description: "P1 outage, P2 degraded, P3 minor",
          required: true,
          choices: ["P1", "P2", "P3"],
        },
        text("reason", "Reason", false),
      ],
    }),
    action("title", "Set the incident's title", { fields: [text("title", "Title")] }),
    action("mark-resolved", "Mark the incident as resolved", { fields: [text("resolution", "Resolution")] }),
  ];
}

/** A plan of two calls and a wait, confirmed by the service's name; actions without effect on AWS get tier `none`. */
export function containPlan(actionId: string, parameters: Record<string, string>): PreparedAction {
  const harmless = ["note", "severity", "title", "acknowledge", "mark-resolved"].includes(actionId);
  const service = "lakehouse-prod-nessie";
  const reading = {
    service: "ecs",
    operation: "DescribeServices",
    input: { cluster: service, services: [service] },
    pick: { desired: "services.0.desiredCount" },
  };
  return {
    runId: "run-1",
    facts: { "running tasks": "2", autoscaling: "1-4, not suspended", "requests in the last 5 minutes": "1 204" },
    checks: [
      { label: "Identity", status: "pass", detail: "arn:aws:sts::111122223333:assumed-role/responder/on-call" },
      { label: "Deployment in flight", status: "warn", detail: "a rollout is in progress; it will be stopped by this" },
    ],
    lines: {
      suspend: `aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id service/${service}/${service} --scalable-dimension ecs:service:DesiredCount --min-capacity 0`,
      scale: `aws ecs update-service --cluster ${service} --service ${service} --desired-count 0`,
    },
    plan: {
      actionId,
      title: harmless ? `Record ${actionId}` : `Contain nessie: scale ${service} to 0`,
      parameters,
      tier: harmless ? "none" : "name",
      resourceName: service,
      effects: harmless
        ? []
        : [
            "Every query and every write through the catalog fails until this is undone.",
            "The health alarm goes blind: it has no targets to look at.",
          ],
      caveats: harmless
        ? []
        : ["ECS has no conditional write: somebody may change the count between our last read and the call."],
      steps: [
        {
          kind: "call",
          id: "suspend",
          title: "Suspend autoscaling and set min 0",
          transport: "aws",
          service: "application-auto-scaling",
          operation: "RegisterScalableTarget",
          input: {},
          resource: `scalable target of ${service}`,
          state: { reading, before: { min: 1, suspended: false }, after: { min: 0, suspended: true } },
        },
        {
          kind: "call",
          id: "scale",
          title: "Set the desired count to 0",
          transport: "aws",
          service: "ecs",
          operation: "UpdateService",
          input: {},
          resource: `service ${service}`,
          state: { reading, before: { desired: 2 }, after: { desired: 0 } },
          undo: [],
        },
        { kind: "wait", id: "wait", title: "All tasks have stopped", reading, until: [], deadlineMs: 300_000 },
      ],
      verify: {
        kind: "wait",
        id: "verify",
        title: "running and pending are 0",
        reading,
        until: [],
        deadlineMs: 300_000,
      },
      guard: harmless ? null : { badge: "nessie 2->0", watches: [], brokenMessage: "nessie was scaled back up" },
    },
  };
}
