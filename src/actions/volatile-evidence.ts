import type { AwsCaller } from "../aws/contract.ts";
import { formatUtc } from "../base/duration.ts";
import { failureDetail } from "../base/failure.ts";
import { type Json, type JsonObject, toJson } from "../base/json.ts";
import type { Job, JobContext, JobResult } from "./jobs.ts";

/**
 * The last ten minutes of logs in windows, newest first, in domain ms before now: FilterLogEvents answers oldest first, and the
 * lines right before a failure must not be the ones that the time box cuts off.
 */
const LOG_WINDOWS_MS: readonly { from: number; to: number }[] = [
  { from: 60_000, to: 0 },
  { from: 180_000, to: 60_000 },
  { from: 600_000, to: 180_000 },
];

/**
 * Collects what stopping an ECS service destroys, in parallel: tasks (running and stopped, with exit codes and network
 * interfaces), the service with its events, the task definition, target health, scaling activities and the last ten minutes of
 * logs. Each part is a file of its own; what could not be read is named with its reason.
 */
export const volatileEvidence: Job = async (input, context) => {
  const cluster = String(input.cluster);
  const service = String(input.service);
  const parts: Part[] = [
    {
      name: "service",
      read: (caller) => caller("ecs", "DescribeServices", { cluster, services: [service], include: ["TAGS"] }),
    },
    { name: "tasks", read: (caller) => readTasks(caller, cluster, service) },
    {
      name: "task-definition",
      read: (caller) => caller("ecs", "DescribeTaskDefinition", { taskDefinition: String(input.taskDefinition) }),
    },
    {
      name: "scaling-activities",
      read: (caller) =>
        caller("application-autoscaling", "DescribeScalingActivities", {
          ServiceNamespace: "ecs",
          ResourceId: String(input.resourceId),
        }),
    },
  ];
  if (typeof input.targetGroupArn === "string") {
    const TargetGroupArn = input.targetGroupArn;
    parts.push({
      name: "target-health",
      read: (caller) => caller("elbv2", "DescribeTargetHealth", { TargetGroupArn }),
    });
  }
  if (typeof input.logGroup === "string") {
    const logGroup = input.logGroup;
    parts.push({ name: "last-log-lines", read: (caller) => readLogs(caller, logGroup, context) });
  }
  return collect(parts, service, context);
};

export type Caller = (service: string, operation: string, input: JsonObject) => Promise<Json>;

export interface Part {
  name: string;
  read(caller: Caller): Promise<Json | PartialRead>;
}

/** What there was when reading had to stop. */
class PartialRead {
  readonly value: Json;
  readonly reason: string;

  constructor(value: Json, reason: string) {
    this.value = value;
    this.reason = reason;
  }
}

/** Reads the parts in parallel, each into a file of its own; what could not be read is named with its reason. */
export async function collect(parts: Part[], service: string, context: JobContext): Promise<JobResult> {
  const missing: string[] = [];
  const allRequestIds: string[] = [];
  const files: string[] = [];
  await Promise.all(
    parts.map(async (part) => {
      const requestIds: string[] = [];
      try {
        const read = await part.read(recordingCaller(context.aws, context.signal, requestIds));
        const { value, reason } = read instanceof PartialRead ? read : { value: read, reason: "" };
        const at = formatUtc(context.clock.now()).replace(/[-:.]/g, "");
        const file = `${at}-${service}-${part.name}.json`;
        await context.storeEvidence(file, `${JSON.stringify(value, null, 2)}\n`, {
          source: `${part.name} of ${service}`,
          requestIds,
          ...(reason ? { status: "partial" as const, reason } : {}),
        });
        if (reason) missing.push(`${part.name}: ${reason}`);
        files.push(file);
        context.progress(`${files.length} of ${parts.length} collected`);
      } catch (error) {
        missing.push(
          `${part.name}: ${failureDetail(context.signal.aborted ? context.signal.reason : error, part.name).why}`,
        );
      } finally {
        allRequestIds.push(...requestIds);
      }
    }),
  );
  return { complete: missing.length === 0, missing, requestIds: allRequestIds, output: { files: files.sort() } };
}

function recordingCaller(aws: AwsCaller, signal: AbortSignal, requestIds: string[]): Caller {
  return async (service, operation, input) => {
    const { output, requestId } = await aws.callByName(service, operation, input, { purpose: "action", signal });
    requestIds.push(requestId);
    return toJson(output);
  };
}

async function readTasks(caller: Caller, cluster: string, serviceName: string): Promise<Json> {
  const arns: Json[] = [];
  for (const desiredStatus of ["RUNNING", "STOPPED"]) {
    const listed = (await caller("ecs", "ListTasks", { cluster, serviceName, desiredStatus })) as JsonObject;
    arns.push(...((listed.taskArns as Json[] | undefined) ?? []));
  }
  if (arns.length === 0) return { tasks: [] };
  return caller("ecs", "DescribeTasks", { cluster, tasks: arns.slice(0, 100) });
}

/** The last ten minutes of a log group by window; what was read when the box ends is kept. An empty page is normal: only a missing token ends a window. */
async function readLogs(caller: Caller, logGroupName: string, context: JobContext): Promise<Json | PartialRead> {
  const endTime = context.clock.now();
  const events: Json[] = [];
  const value = { logGroupName, startTime: endTime - (LOG_WINDOWS_MS.at(-1)?.from ?? 0), endTime, events };
  try {
    for (const { from, to } of LOG_WINDOWS_MS) {
      let nextToken: string | undefined;
      do {
        const page = (await caller("logs", "FilterLogEvents", {
          logGroupName,
          startTime: endTime - from,
          endTime: endTime - to - (to > 0 ? 1 : 0),
          ...(nextToken ? { nextToken } : {}),
        })) as JsonObject;
        events.push(...((page.events as Json[] | undefined) ?? []));
        nextToken = typeof page.nextToken === "string" ? page.nextToken : undefined;
      } while (nextToken !== undefined);
    }
  } catch (error) {
    if (events.length === 0) throw error;
    return new PartialRead(
      value,
      failureDetail(context.signal.aborted ? context.signal.reason : error, "last log lines").why,
    );
  }
  return value;
}
