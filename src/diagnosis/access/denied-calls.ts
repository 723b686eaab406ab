import { partitionOf, s3Arn } from "../../aws/partition.ts";
import type { Failure } from "../../base/failure.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { type DataEvent, dataEvents } from "../sources/data-events.ts";
import { jobLogs } from "../sources/job-logs.ts";
import type { LogEvent } from "../sources/logs.ts";
import { principalName } from "../sources/trail.ts";
import { type DenialText, denialText, keyActionOf } from "./denial-text.ts";

/** Refused calls of one caller with one action, put together. Times in domain ms. */
export interface DeniedCall {
  /** The caller's own ARN (a session's that of STS); empty where the refusal does not say it, as Lake Formation's. */
  arn: string;
  /** The role's ARN with its path, where a data event says it. */
  roleArn?: string;
  /** `role/session` or a user's name, for a sentence. */
  by: string;
  /** `s3:PutObject` */
  action: string;
  /** ARN of the object or bucket of the newest one. */
  resource: string;
  /** AWS's own words about the newest one. */
  words?: DenialText | undefined;
  firstMs: number;
  lastMs: number;
  count: number;
  /** The newest call of this caller with this action that succeeded after the last refusal. */
  succeededMs?: number;
  /** Of uploads: the value of x-amz-server-side-encryption; null: without that header; left out: not known. */
  encryption?: string | null;
  vpcEndpointId?: string;
  /** `responder`: nobody saw it; somebody asked about it. */
  from: "log" | "data event" | "responder";
}

export interface DeniedCalls {
  calls: DeniedCall[];
  /** Where was looked, and where nobody could look: a sentence each. */
  looked: string[];
  unread: string[];
}

/** The lakehouse's calls: refusals of other services say nothing about its data. */
const SERVICES = /^(s3|glue|lakeformation|kms):/;

/** Who was refused what in the window, by the logs, by the data events, and by what the responder asked. */
export const deniedCalls: FactSource<DeniedCalls> = {
  id: "denied-calls",
  title: "refused calls in logs and data events",
  operations: [],
  async fetch(reader) {
    const [data, jobs] = await Promise.all([reader.fact(dataEvents), reader.fact(jobLogs)]);
    const logs = jobs.status === "known" ? jobs.value : [];
    const { fromMs } = reader.window;
    const lines = logs.flatMap(({ events }) => events).filter(({ atMs }) => atMs >= fromMs);
    const seen = [
      ...lines.flatMap(fromLog),
      ...(data.status === "known"
        ? data.value.events.flatMap((event) => fromDataEvent(event, reader.deployment.region))
        : []),
    ];
    const succeeded = data.status === "known" ? data.value.events.filter(({ errorCode }) => !errorCode) : [];
    const asked = fromResponder(reader);
    const calls = [...grouped(seen, succeeded), ...(asked ? [asked] : [])];
    const unread = logs.flatMap(({ failure }) => failure ?? []);
    if (calls.length === 0) {
      // That nobody was refused can only be said by who could look everywhere.
      if (unread[0]) throw unread[0];
      if (jobs.status === "unknown") await reader.need(jobLogs);
      if (data.status === "unknown") await reader.need(dataEvents);
    }
    return {
      calls,
      looked: [...logs.map(({ logGroup }) => logGroup), ...(data.status === "known" ? ["the data events"] : [])],
      unread: [
        ...unread.map(describe),
        ...[jobs, data].flatMap((fact) => (fact.status === "known" ? [] : [fact.reason])),
      ],
    };
  },
};

const describe = ({ detail: { what, missingPermission, why } }: Failure) =>
  `${what}: ${missingPermission ? `needs ${missingPermission}` : why}`;

function fromLog({ atMs, text }: LogEvent): DeniedCall[] {
  const words = denialText(text);
  if (!words?.action || !SERVICES.test(words.action)) return [];
  const { principal = "", action, resource = "" } = words;
  const one = { firstMs: atMs, lastMs: atMs, count: 1, from: "log" as const };
  return [{ arn: principal, by: principalName(principal), action, resource, words, ...one }];
}

/** The IAM action of a data event, where AWS's words do not say it. */
const ACTIONS: Record<string, string> = {
  CopyObject: "s3:PutObject",
  CreateMultipartUpload: "s3:PutObject",
  DeleteObjects: "s3:DeleteObject",
  HeadBucket: "s3:ListBucket",
  HeadObject: "s3:GetObject",
  ListObjects: "s3:ListBucket",
  ListObjectVersions: "s3:ListBucketVersions",
  UploadPart: "s3:PutObject",
};

/** The action on the object behind what KMS refuses. */
const OBJECT_ACTIONS: Record<string, string> = { "kms:Decrypt": "s3:GetObject", "kms:GenerateDataKey": "s3:PutObject" };

export const actionOf = ({ name }: Pick<DataEvent, "name">): string => ACTIONS[name] ?? `s3:${name}`;

function fromDataEvent(event: DataEvent, region: string): DeniedCall[] {
  if (event.errorCode !== "AccessDenied" && !event.errorCode?.startsWith("KMS.")) return [];
  const { arn, roleArn, by, atMs, bucket, key, encryption, vpcEndpointId } = event;
  const words = denialText(event.errorMessage ?? "");
  const action = words?.action ?? (words?.layer === "kms-key" ? keyActionOf(event.name) : actionOf(event));
  const resource = words?.resource ?? s3Arn(region, bucket, key);
  return [
    {
      arn,
      ...(roleArn ? { roleArn } : {}),
      by,
      action,
      resource,
      ...(words ? { words } : {}),
      firstMs: atMs,
      lastMs: atMs,
      count: 1,
      ...(action === "s3:PutObject" ? { encryption: encryption ?? null } : {}),
      ...(vpcEndpointId ? { vpcEndpointId } : {}),
      from: "data event",
    },
  ];
}

function fromResponder({ given, deployment, accountId, window }: FactReader): DeniedCall | undefined {
  if (!given?.principal) return undefined;
  const { principal, action = "s3:GetObject", key = "" } = given;
  const arn = principal.startsWith("arn:")
    ? principal
    : `arn:${partitionOf(deployment.region)}:iam::${accountId}:role/${principal}`;
  const bucket = s3Arn(deployment.region, deployment.buckets.lakehouse);
  const resource = /^s3:(List|GetBucket)/.test(action) ? bucket : `${bucket}/${key || "*"}`;
  const at = { firstMs: window.toMs, lastMs: window.toMs, count: 0 };
  return {
    arn,
    ...(arn.includes(":role/") ? { roleArn: arn } : {}),
    by: arn.split("/").at(-1) ?? arn,
    action,
    resource,
    ...at,
    from: "responder",
  };
}

/** The caller whatever the session: a role's task ids change with every deployment. */
export const callerName = ({ by }: Pick<DeniedCall, "by">): string => by.split("/")[0] ?? by;

/** One entry per caller and action, the newest first; a log line and its data event are one. */
function grouped(seen: readonly DeniedCall[], succeeded: readonly DataEvent[]): DeniedCall[] {
  const groups = new Map<string, DeniedCall[]>();
  for (const call of [...seen].sort((a, b) => a.lastMs - b.lastMs)) {
    const key = `${callerName(call)} ${call.action}`;
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  return [...groups.values()].map((calls) => together(calls, succeeded)).sort((a, b) => b.lastMs - a.lastMs);
}

/** @param calls of one caller with one action, oldest first. */
function together(calls: readonly DeniedCall[], succeeded: readonly DataEvent[]): DeniedCall {
  const newest = calls.at(-1)!;
  const events = calls.filter(({ from }) => from === "data event");
  // A data event says more than a log line: the role's path, the headers. Both tell of the same calls.
  const best = { ...newest, ...events.at(-1) };
  const later = succeeded.findLast(
    (event) =>
      event.atMs > newest.lastMs &&
      callerName(event) === callerName(newest) &&
      actionOf(event) === (OBJECT_ACTIONS[newest.action] ?? newest.action),
  );
  return {
    ...best,
    words: newest.words ?? best.words,
    firstMs: calls[0]!.firstMs,
    lastMs: newest.lastMs,
    count: Math.max(events.length, calls.length - events.length),
    ...(later ? { succeededMs: later.atMs } : {}),
  };
}
