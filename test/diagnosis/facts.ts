import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import type { Finding, Scope } from "../../src/diagnosis/check.ts";
import type { Fact } from "../../src/diagnosis/fact.ts";
import type { EcsService, EcsTask, TaskDefinition } from "../../src/diagnosis/sources/ecs.ts";
import type { LogExcerpt } from "../../src/diagnosis/sources/logs.ts";
import type { Series } from "../../src/diagnosis/sources/metrics.ts";
import type { TrailEvent } from "../../src/diagnosis/sources/trail.ts";

// Facts for table tests of checks: what a healthy lakehouse has, with whatever a case changes.

export const NOW_MS = Date.UTC(2026, 10, 23, 3, 0, 0);
const MINUTE_MS = 60_000;
const ARN = "arn:aws:ecs:us-east-1:111122223333:task-definition/lakehouse-prod-nessie";

/** `minutes` before now, domain ms. */
export const ago = (minutes: number): number => NOW_MS - minutes * MINUTE_MS;

export const scope = (change: Partial<Scope> = {}): Scope => ({
  nowMs: NOW_MS,
  window: { fromMs: ago(60), toMs: NOW_MS },
  deployment: {
    ...deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1"),
    dagster: dagsterOnEcs("lakehouse", "prod"),
  },
  held: [],
  given: {},
  ...change,
});

export const known = <T>(value: T): Fact<T> => ({ status: "known", value, atMs: NOW_MS, lines: [] });
export const unknown: Fact<never> = { status: "unknown", reason: "not read", lines: [] };

export const revision = (number: number): string => `${ARN}:${number}`;

export function deployment(change: Partial<EcsService["deployments"][number]> = {}): EcsService["deployments"][number] {
  return {
    id: "ecs-svc/1",
    status: "PRIMARY",
    taskDefinition: revision(1),
    createdAtMs: ago(60 * 24 * 40),
    rolloutState: "COMPLETED",
    rolloutReason: "",
    desired: 2,
    running: 2,
    failed: 0,
    ...change,
  };
}

export function service(change: Partial<EcsService> = {}): EcsService {
  return {
    cluster: "lakehouse-prod-nessie",
    name: "nessie",
    desired: 2,
    running: 2,
    pending: 0,
    taskDefinition: revision(1),
    deployments: [deployment()],
    events: [],
    circuitBreaker: false,
    securityGroups: ["sg-tasks"],
    subnets: [],
    tags: {},
    ...change,
  };
}

export function task(change: Partial<EcsTask> = {}): EcsTask {
  return {
    id: "0123456789abcdef",
    service: "nessie",
    taskDefinition: revision(1),
    deployment: "ecs-svc/1",
    lastStatus: "RUNNING",
    desiredStatus: "RUNNING",
    health: "HEALTHY",
    startedAtMs: ago(500),
    stopCode: "",
    stoppedReason: "",
    memoryMb: 2048,
    containers: [{ name: "nessie", reason: "" }],
    ...change,
  };
}

/** A task whose container ended by itself. */
export function ended(exitCode: number, reason = "", change: Partial<EcsTask> = {}): EcsTask {
  return task({
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
    stoppedAtMs: ago(3),
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers: [{ name: "nessie", exitCode, reason }],
    ...change,
  });
}

export const OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage";

export function definition(change: Partial<TaskDefinition> = {}): TaskDefinition {
  const number = change.revision ?? 1;
  return {
    arn: revision(number),
    name: `lakehouse-prod-nessie:${number}`,
    family: "lakehouse-prod-nessie",
    revision: number,
    cpu: 1024,
    memoryMb: 2048,
    registeredBy: "",
    containers: [{ name: "nessie", image: "ghcr.io/projectnessie/nessie:0.99.0", environment: {} }],
    ...change,
  };
}

export const definitions = (...all: TaskDefinition[]): Fact<ReadonlyMap<string, TaskDefinition>> =>
  known(new Map(all.map((one) => [one.arn, one])));

export function log(lines: readonly [minutesAgo: number, text: string, task?: string][]): LogExcerpt {
  return {
    logGroup: "/ecs/lakehouse-prod-nessie",
    fromMs: ago(20),
    toMs: NOW_MS,
    whole: true,
    events: lines.map(([minutes, text, id = "0123456789abcdef"]) => ({ atMs: ago(minutes), task: id, text })),
  };
}

/** A value a minute, the last one a minute ago. */
export const series = (...values: number[]): Series =>
  values.map((value, i) => ({ atMs: ago(values.length - i), value }));

export const steady = (value: number, minutes = 60): Series => series(...Array.from({ length: minutes }, () => value));

export function event(name: string, input: unknown, change: Partial<TrailEvent> = {}): TrailEvent {
  return {
    atMs: ago(5),
    name,
    by: "platform-engineer/marco",
    arn: "arn:aws:sts::111122223333:assumed-role/platform-engineer/marco",
    sourceAddress: "10.8.0.42",
    userAgent: "aws-cli/2",
    accessKeyId: "ASIA",
    input,
    output: null,
    ...change,
  };
}

/** What the findings of a check say, as `verdict strength`; information without a verdict is left out. */
export const said = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ verdict, strength }) => (verdict === undefined ? [] : [`${verdict} ${strength}`]));
