import type { Deployment } from "../config/deployment.ts";
import { operations as breakGlassOperations } from "../findings/facts/break-glass.ts";

/** A harmless read: it shows that the caller may do it, and that what it names is there. */
export interface Probe {
  /** service:Operation */
  operation: string;
  input: object;
  /** What of the configuration it looks for. */
  names?: { setting: string; value: string };
  /** Whether the answer shows what was looked for, where that is not said by an error. */
  shows?(output: Record<string, unknown>): boolean;
}

/** Something long enough to be valid and that nobody has: reads by id answer that it is not there. */
const NO_TASK = "0".repeat(32);
const HOUR_MS = 3_600_000;

const listOf = (output: Record<string, unknown>, member: string): unknown[] =>
  Array.isArray(output[member]) ? output[member] : [];
const has = (member: string) => (output: Record<string, unknown>) => listOf(output, member).length > 0;

/** The reads that the cockpit makes of this deployment, a small one of each. @param nowMs domain time, ms since the epoch. */
export function probesOf(deployment: Deployment, nowMs: number): Probe[] {
  return [
    ...serviceProbes(deployment),
    ...balancerProbes(deployment),
    ...logProbes(deployment, nowMs),
    ...bucketProbes(deployment),
    ...stateProbes(deployment),
    ...tableProbes(deployment),
    { operation: "cloudwatch:DescribeAlarmHistory", input: { MaxRecords: 1 } },
    { operation: "cloudtrail:LookupEvents", input: { MaxResults: 1 } },
    { operation: "ec2:DescribeSecurityGroups", input: { MaxResults: 5 } },
    { operation: "ec2:DescribeNetworkInterfaces", input: { MaxResults: 5 } },
    { operation: "iam:ListAccountAliases", input: {} },
  ];
}

function serviceProbes({ nessie, dagster }: Deployment): Probe[] {
  const services = [
    ...(nessie ? [{ setting: "nessie.service", cluster: nessie.cluster, service: nessie.service }] : []),
    ...(dagster?.services ?? []).map((service) => ({
      setting: "dagster.services",
      cluster: dagster?.cluster ?? "",
      service,
    })),
  ];
  const [first] = services;
  if (!first) return [];
  const scaling = { ServiceNamespace: "ecs" };
  const ResourceId = `service/${first.cluster}/${first.service}`;
  return [
    ...services.map(
      ({ setting, cluster, service }): Probe => ({
        operation: "ecs:DescribeServices",
        input: { cluster, services: [service] },
        names: { setting, value: `${cluster}/${service}` },
        shows: (output) => listOf(output, "services").some((one) => (one as { status?: string }).status !== "INACTIVE"),
      }),
    ),
    { operation: "ecs:ListTasks", input: { cluster: first.cluster, serviceName: first.service, maxResults: 1 } },
    { operation: "ecs:DescribeTasks", input: { cluster: first.cluster, tasks: [NO_TASK] } },
    {
      operation: "application-autoscaling:DescribeScalableTargets",
      input: { ...scaling, ResourceIds: services.map(({ cluster, service }) => `service/${cluster}/${service}`) },
    },
    { operation: "application-autoscaling:DescribeScalingPolicies", input: { ...scaling, ResourceId } },
    {
      operation: "application-autoscaling:DescribeScalingActivities",
      input: { ...scaling, ResourceId, MaxResults: 1 },
    },
    { operation: "application-autoscaling:DescribeScheduledActions", input: { ...scaling, ResourceId } },
  ];
}

function balancerProbes({ nessie }: Deployment): Probe[] {
  if (!nessie) return [];
  return [
    {
      operation: "elbv2:DescribeTargetGroups",
      input: { Names: [nessie.targetGroup] },
      names: { setting: "nessie.targetGroup", value: nessie.targetGroup },
      shows: has("TargetGroups"),
    },
  ];
}

function logProbes({ nessie, dagster, logGroups }: Deployment, nowMs: number): Probe[] {
  const groups = [
    ...(nessie ? [{ setting: "nessie.logGroup", value: nessie.logGroup }] : []),
    ...(dagster?.logGroups ?? []).map((value) => ({ setting: "dagster.logGroups", value })),
    ...logGroups.map((value) => ({ setting: "logGroups", value })),
  ];
  return groups.map((names) => ({
    operation: "logs:FilterLogEvents",
    input: { logGroupName: names.value, limit: 1, startTime: nowMs - HOUR_MS, endTime: nowMs },
    names,
  }));
}

/** What of a bucket's configuration may not be there: the code by which S3 says so is no missing name. */
const BUCKET_READS = [
  "GetBucketPolicy",
  "GetBucketLifecycleConfiguration",
  "GetBucketVersioning",
  "GetPublicAccessBlock",
  "GetBucketReplication",
  "GetBucketEncryption",
  "GetBucketTagging",
];

function bucketProbes({ buckets }: Deployment): Probe[] {
  const named = [
    { setting: "buckets.lakehouse", value: buckets.lakehouse },
    ...(buckets.audit === undefined ? [] : [{ setting: "buckets.audit", value: buckets.audit }]),
  ];
  return [
    ...named.map((names): Probe => ({ operation: "s3:HeadBucket", input: { Bucket: names.value }, names })),
    ...BUCKET_READS.map((name): Probe => ({ operation: `s3:${name}`, input: { Bucket: buckets.lakehouse } })),
    ...(buckets.audit === undefined
      ? []
      : [{ operation: "s3:ListObjectsV2", input: { Bucket: buckets.audit, Prefix: "AWSLogs/", MaxKeys: 1 } }]),
  ];
}

function stateProbes({ terraform }: Deployment): Probe[] {
  if (!terraform) return [];
  const { stateBucket: Bucket, stateKey: Key, lockTable } = terraform;
  return [
    {
      operation: "s3:HeadObject",
      input: { Bucket, Key },
      names: { setting: "terraform.stateKey", value: `s3://${Bucket}/${Key}` },
    },
    { operation: "s3:ListObjectVersions", input: { Bucket, Prefix: Key, MaxKeys: 1 } },
    ...(lockTable
      ? [
          {
            operation: "dynamodb:GetItem",
            input: { TableName: lockTable, Key: { LockID: { S: `${Bucket}/${Key}` } } },
            names: { setting: "terraform.lockTable", value: lockTable },
          },
        ]
      : []),
  ];
}

function tableProbes({ nessie, breakGlass }: Deployment): Probe[] {
  const user = breakGlass?.user?.split("/").at(-1);
  return [
    ...(nessie?.tables ?? [])
      .slice(0, 1)
      .map((TableName): Probe => ({ operation: "dynamodb:DescribeTable", input: { TableName } })),
    ...(user
      ? breakGlassOperations.map(
          (operation): Probe => ({
            operation,
            input: { UserName: user },
            ...(operation === "iam:GetUser" ? { names: { setting: "breakGlass.user", value: user } } : {}),
          }),
        )
      : []),
  ];
}
