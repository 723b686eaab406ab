import { Failure } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { type Caller, collect, type Part, PartialRead } from "./collecting.ts";
import type { Job, JobContext, JobResult } from "./jobs.ts";
import { itemsOf, readEveryPage, readTasks } from "./paged-reads.ts";
import { serviceEvidence } from "./volatile-evidence.ts";

/** What the live state is read from: names of the deployment, as plain JSON. */
export interface LiveStateInput extends JsonObject {
  services: { cluster: string; service: string; targetGroup: string | null }[];
  buckets: string[];
  alarmPrefixes: string[];
  fromMs: number;
}

/** Every operation that `liveState` uses. */
export const liveStateOperations = [
  "ecs:DescribeServices",
  "ecs:DescribeTaskDefinition",
  "ecs:DescribeTasks",
  "ecs:ListTasks",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSecurityGroups",
  "elbv2:DescribeTargetHealth",
  "application-autoscaling:DescribeScalingActivities",
  "cloudwatch:DescribeAlarms",
  "cloudwatch:DescribeAlarmHistory",
  "s3:GetBucketPolicy",
  "s3:GetBucketLifecycleConfiguration",
];

/**
 * What shows how things are now, in the order in which it goes away: tasks with their stopped reasons, network interfaces and targets;
 * every task of the clusters (a run of Dagster may be a task of no service); then events and scaling; then alarms with their history;
 * then policies, lifecycle rules and security groups.
 */
export const liveState: Job = async (input, context) => {
  const { services, buckets, alarmPrefixes, fromMs } = input as LiveStateInput;
  const results: JobResult[] = [];
  const found = await Promise.all(services.map((service) => ofService(service, context)));
  results.push(...found.map(({ result }) => result));
  const clusters = [...new Set(services.map(({ cluster }) => cluster))];
  const everyTask = clusters.map(
    (cluster): Part => ({ name: `${cluster}-tasks`, read: (caller) => readTasks(caller, cluster) }),
  );
  results.push(await collect(everyTask, "ecs", context));
  const groups = [...new Set(found.flatMap(({ securityGroups }) => securityGroups))];
  const alarms: Part[] = alarmPrefixes.flatMap((prefix): Part[] => [
    { name: `alarms-${prefix}`, read: (caller) => alarmsOf(caller, prefix) },
    { name: `alarm-history-${prefix}`, read: (caller) => alarmHistory(caller, prefix, fromMs, context.clock.now()) },
  ]);
  results.push(await collect(alarms, "cloudwatch", context));
  const slow: Part[] = buckets.flatMap((Bucket): Part[] => [
    { name: `${Bucket}-policy`, read: orNone((caller) => caller("s3", "GetBucketPolicy", { Bucket })) },
    {
      name: `${Bucket}-lifecycle`,
      read: orNone((caller) => caller("s3", "GetBucketLifecycleConfiguration", { Bucket })),
    },
  ]);
  if (groups.length > 0)
    slow.push({
      name: "security-groups",
      read: (caller) => caller("ec2", "DescribeSecurityGroups", { GroupIds: groups }),
    });
  results.push(await collect(slow, "configuration", context));
  const missing = results.flatMap((result) => result.missing);
  return {
    complete: missing.length === 0,
    missing,
    requestIds: results.flatMap((result) => result.requestIds),
    output: { files: results.flatMap((result) => ((result.output as JsonObject).files as Json[] | undefined) ?? []) },
  };
};

/** That there is no policy or no rule is a finding, and not a gap. */
function orNone(read: (caller: Caller) => Promise<Json>): Part["read"] {
  return (caller) =>
    read(caller).catch((error: unknown) => {
      if (!(error instanceof Failure) || !NONE.has(error.detail.code ?? "")) throw error;
      return { none: error.detail.why };
    });
}

const NONE = new Set(["NoSuchBucketPolicy", "NoSuchLifecycleConfiguration"]);

async function ofService(
  { cluster, service, targetGroup }: LiveStateInput["services"][number],
  context: JobContext,
): Promise<{ result: JobResult; securityGroups: string[] }> {
  const options = { purpose: "evidence" as const, signal: context.signal };
  const what = `${service} in ${cluster}`;
  try {
    const described = await context.aws.call("ecs", "DescribeServices", { cluster, services: [service] }, options);
    const found = described.output.services?.[0];
    if (!found) return { result: nothing(`${what}: there is no such service`), securityGroups: [] };
    const targetGroupArn = found.loadBalancers?.find(({ targetGroupArn: arn }) =>
      targetGroup === null ? arn : arn?.includes(`/${targetGroup}/`),
    )?.targetGroupArn;
    const volatile = serviceEvidence(
      {
        cluster,
        service,
        taskDefinition: found.taskDefinition ?? "",
        resourceId: `service/${cluster}/${service}`,
        targetGroupArn: targetGroupArn ?? null,
      },
      context,
    );
    const interfaces = collect(
      [{ name: "network-interfaces", read: (caller) => interfacesOf(caller, cluster, service) }],
      service,
      context,
    );
    const [first, second] = await Promise.all([volatile, interfaces]);
    const files = [first, second].flatMap(({ output }) => (output as JsonObject).files as Json[]);
    return {
      result: {
        complete: first.complete && second.complete,
        missing: [...first.missing, ...second.missing].map((problem) => `${what}: ${problem}`),
        requestIds: [...first.requestIds, ...second.requestIds],
        output: { files },
      },
      securityGroups: found.networkConfiguration?.awsvpcConfiguration?.securityGroups ?? [],
    };
  } catch (error) {
    const why = context.signal.aborted ? context.signal.reason : error;
    return { result: nothing(`${what}: ${why instanceof Error ? why.message : String(why)}`), securityGroups: [] };
  }
}

const nothing = (problem: string): JobResult => ({
  complete: false,
  missing: [problem],
  requestIds: [],
  output: { files: [] },
});

/** The network interfaces of the running tasks. By filter: one that went away meanwhile must not fail the others. */
async function interfacesOf(caller: Caller, cluster: string, serviceName: string): Promise<Json | PartialRead> {
  const read = await readTasks(caller, cluster, serviceName);
  const { tasks } = (read instanceof PartialRead ? read.value : read) as unknown as { tasks: Task[] };
  const details = tasks.flatMap(({ attachments = [] }) => attachments.flatMap(({ details: all = [] }) => all));
  const ids = details.flatMap(({ name, value }) => (name === "networkInterfaceId" && value ? [value] : []));
  const found: Json[] = [];
  for (let at = 0; at < ids.length; at += FILTER_VALUES) {
    const Filters = [{ Name: "network-interface-id", Values: ids.slice(at, at + FILTER_VALUES) }];
    const list = { service: "ec2", operation: "DescribeNetworkInterfaces", members: ["NetworkInterfaces"] };
    const page = await readEveryPage(caller, { ...list, input: { Filters }, token: "NextToken" });
    if (page instanceof PartialRead) return page;
    found.push(...itemsOf(page as JsonObject, "NetworkInterfaces"));
  }
  const value = { NetworkInterfaces: found };
  return read instanceof PartialRead ? new PartialRead(value, read.cause) : value;
}

/** Values that a filter of EC2 takes (Amazon EC2 API reference). */
const FILTER_VALUES = 200;

interface Task {
  attachments?: { details?: { name?: string; value?: string }[] }[];
}

function alarmsOf(caller: Caller, AlarmNamePrefix: string): Promise<Json | PartialRead> {
  const members = ["MetricAlarms", "CompositeAlarms"];
  // Without the types the API answers with metric alarms only.
  const input = { AlarmNamePrefix, AlarmTypes: ["MetricAlarm", "CompositeAlarm"] };
  return readEveryPage(caller, {
    service: "cloudwatch",
    operation: "DescribeAlarms",
    input,
    members,
    token: "NextToken",
  });
}

/** The history is asked for by alarm: the API knows no prefix. What could be read of it is kept when the rest cannot. */
async function alarmHistory(caller: Caller, prefix: string, fromMs: number, toMs: number): Promise<Json | PartialRead> {
  const read = await alarmsOf(caller, prefix);
  let cause = read instanceof PartialRead ? read.cause : undefined;
  const alarms = (read instanceof PartialRead ? read.value : read) as Record<string, { AlarmName?: string }[]>;
  const history: JsonObject = {};
  for (const { AlarmName = "" } of Object.values(alarms).flat()) {
    const window = { StartDate: new Date(fromMs), EndDate: new Date(toMs) } as unknown as JsonObject;
    const list = { service: "cloudwatch", operation: "DescribeAlarmHistory", members: ["AlarmHistoryItems"] };
    try {
      const items = await readEveryPage(caller, { ...list, input: { AlarmName, ...window }, token: "NextToken" });
      history[AlarmName] = items instanceof PartialRead ? items.value : items;
      if (items instanceof PartialRead) cause ??= items.cause;
    } catch (error) {
      cause ??= error;
    }
  }
  if (cause !== undefined && Object.keys(history).length === 0) throw cause;
  return cause === undefined ? history : new PartialRead(history, cause);
}
