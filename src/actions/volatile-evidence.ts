import type { Json, JsonObject } from "../base/json.ts";
import { type Caller, collect, type Part, PartialRead } from "./collecting.ts";
import { together } from "./job-results.ts";
import type { Job, JobContext } from "./jobs.ts";
import { itemsOf, pagesOf, readEveryPage, readTasks } from "./paged-reads.ts";

/**
 * The last ten minutes of logs in windows, newest first, in domain ms before now: FilterLogEvents answers oldest first, and the
 * lines right before a failure must not be the ones that the time box cuts off.
 */
const LOG_WINDOWS_MS: readonly { from: number; to: number }[] = [
  { from: 60_000, to: 0 },
  { from: 180_000, to: 60_000 },
  { from: 600_000, to: 180_000 },
];

/** What stopping the services of a plan destroys, all of them at once: one box of time holds for all, however many they are. */
export const volatileEvidence: Job = async (input, context) => {
  const services = input.services as JsonObject[];
  const results = await Promise.all(services.map((service) => serviceEvidence(service, context)));
  const named = results.map((result, at) => ({
    ...result,
    missing: result.missing.map((problem) => problem.replace(": ", ` of ${String(services[at]?.service)}: `)),
  }));
  return together(named);
};

/**
 * Collects what stopping an ECS service destroys, in parallel: tasks (running and stopped, with exit codes and network
 * interfaces), the service with its events, the task definition, target health, scaling activities and the last ten minutes of
 * logs. Each part is a file of its own; what could not be read is named with its reason.
 */
export const serviceEvidence: Job = async (input, context) => {
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
        readEveryPage(caller, {
          service: "application-autoscaling",
          operation: "DescribeScalingActivities",
          input: { ServiceNamespace: "ecs", ResourceId: String(input.resourceId) },
          members: ["ScalingActivities"],
          token: "NextToken",
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

/** The last ten minutes of a log group by window; what was read when the box ends is kept. An empty page is normal: only a missing token ends a window. */
async function readLogs(caller: Caller, logGroupName: string, context: JobContext): Promise<Json | PartialRead> {
  const endTime = context.clock.now();
  const events: Json[] = [];
  const value = { logGroupName, startTime: endTime - (LOG_WINDOWS_MS.at(-1)?.from ?? 0), endTime, events };
  try {
    for (const { from, to } of LOG_WINDOWS_MS) {
      const window = { startTime: endTime - from, endTime: endTime - to - (to > 0 ? 1 : 0) };
      const list = { service: "logs", operation: "FilterLogEvents", members: ["events"], token: "nextToken" as const };
      for await (const page of pagesOf(caller, { ...list, input: { logGroupName, ...window } }))
        events.push(...itemsOf(page, "events"));
    }
  } catch (error) {
    if (events.length === 0) throw error;
    return new PartialRead(value, error);
  }
  return value;
}
