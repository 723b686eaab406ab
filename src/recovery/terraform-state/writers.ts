import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { sanitizeLine } from "../../base/text.ts";
import { callOptions, type StateAccess, type StatePlace } from "./place.ts";
import type { StateVersion } from "./versions.ts";

/** Where CloudTrail delivers data events. */
export interface AuditPlace {
  bucket: string;
  accountId: string;
  region: string;
}

/** CloudTrail delivers log files within about five minutes of the event, without a promise (CloudTrail user guide); three times that is looked at. */
const DELIVERED_WITHIN_MS = 15 * 60_000;
/** Log files that are read for one version at most, and bytes of one of them: a busy lakehouse writes many. */
const MOST_FILES = 30;
const MOST_BYTES = 20 * 1024 * 1024;
const WRITES = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject", "DeleteObjects"]);
const unzip = promisify<Uint8Array, Buffer>(gunzip);

interface DataEvent {
  eventName?: string;
  errorCode?: string;
  userIdentity?: { arn?: string; invokedBy?: string };
  requestParameters?: { bucketName?: string; key?: string } | null;
  responseElements?: Record<string, unknown> | null;
}

/** Who wrote a version: an ARN without its account, or why it is not known. */
export type Writer = { by: string } | { unknown: string };

/**
 * Who wrote the version, from the data events of the audit bucket, told by the version id that the event names. A trail without data
 * events of the state's bucket, which is the rule, knows nothing. Never rejects: what cannot be read makes it unknown.
 */
export async function writerOf(
  place: StatePlace,
  version: StateVersion,
  audit: AuditPlace | undefined,
  access: StateAccess,
): Promise<Writer> {
  if (!audit) return { unknown: "no audit bucket is known" };
  try {
    const keys = await logFiles(audit, version.atMs, access);
    for (const key of keys) {
      const found = (await eventsOf(audit.bucket, key, access)).find((event) => wrote(event, place, version));
      if (found) return { by: whoseName(found) };
    }
    return { unknown: "the trail has no event of it" };
  } catch {
    access.signal?.throwIfAborted();
    // Why is of no use in a table of versions: the source is an aid, and the version is listed all the same.
    return { unknown: "the audit bucket could not be read" };
  }
}

/** Keys of the log files that may hold an event of this time. A file is named by the minute of its delivery. */
async function logFiles(
  { bucket, accountId, region }: AuditPlace,
  atMs: number,
  access: StateAccess,
): Promise<string[]> {
  const keys: string[] = [];
  const untilMs = atMs + DELIVERED_WITHIN_MS;
  for (const dayMs of new Set([startOfDay(atMs), startOfDay(untilMs)])) {
    const day = new Date(dayMs).toISOString().slice(0, 10).replaceAll("-", "/");
    const prefix = `AWSLogs/${accountId}/CloudTrail/${region}/${day}/`;
    const from = dayMs === startOfDay(atMs) ? `${prefix}${accountId}_CloudTrail_${region}_${minute(atMs)}` : prefix;
    const input = { Bucket: bucket, Prefix: prefix, StartAfter: from, MaxKeys: MOST_FILES };
    const { output } = await access.aws.call("s3", "ListObjectsV2", input, callOptions(access));
    for (const { Key: key = "", Size: bytes = 0 } of output.Contents ?? []) {
      const name = key.slice(prefix.length);
      const isDue = name < `${accountId}_CloudTrail_${region}_${minute(untilMs + 60_000)}`;
      if (isDue && bytes <= MOST_BYTES && keys.length < MOST_FILES) keys.push(key);
    }
  }
  return keys;
}

async function eventsOf(bucket: string, key: string, access: StateAccess): Promise<DataEvent[]> {
  const { output } = await access.aws.call("s3", "GetObject", { Bucket: bucket, Key: key }, callOptions(access));
  if (!(output.Body instanceof Readable)) return [];
  const { Records = [] } = JSON.parse((await unzip(await buffer(output.Body))).toString("utf8")) as {
    Records?: DataEvent[];
  };
  return Records;
}

function wrote(event: DataEvent, place: StatePlace, version: StateVersion): boolean {
  const { eventName = "", errorCode, requestParameters, responseElements } = event;
  return (
    errorCode === undefined &&
    WRITES.has(eventName) &&
    requestParameters?.bucketName === place.bucket &&
    requestParameters.key === place.key &&
    responseElements?.["x-amz-version-id"] === version.versionId
  );
}

/** `role/session` or `user/name` of the event's principal. */
function whoseName({ userIdentity }: DataEvent): string {
  const name = userIdentity?.arn?.split(":").slice(5).join(":") || userIdentity?.invokedBy || "unknown";
  return sanitizeLine(name.replace(/^assumed-role\//, "")).slice(0, 100);
}

const startOfDay = (atMs: number): number => Math.floor(atMs / 86_400_000) * 86_400_000;
const minute = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 16).replace(/[-:]/g, "")}Z`;
