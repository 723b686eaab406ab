import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { principalName } from "./trail.ts";

/** One call on objects, from CloudTrail's files in the audit bucket. Texts are sanitised. */
export interface DataEvent {
  atMs: number;
  /** GetObject, PutObject, DeleteObjects ... */
  name: string;
  /** The caller's own ARN; a role's session has that of STS. */
  arn: string;
  /** The role of a session, with its path. */
  roleArn?: string;
  /** `role/session` or a user's name. */
  by: string;
  accessKeyId: string;
  sourceAddress: string;
  userAgent: string;
  bucket: string;
  /** Undefined for calls on many objects: DeleteObjects does not say its keys (S3 user guide, CloudTrail events). */
  key?: string;
  /** Of an upload: the value of x-amz-server-side-encryption, undefined without that header. */
  encryption?: string;
  vpcEndpointId?: string;
  errorCode?: string;
  errorMessage?: string;
}

export interface DataEvents {
  /** Oldest first. */
  events: DataEvent[];
  fromMs: number;
  /** When the newest file was delivered; undefined: there was none. */
  deliveredMs: number | undefined;
  /** False: there were more files than were read, the newest were. */
  whole: boolean;
}

const DAY_MS = 86_400_000;
/** Files are delivered about every five minutes with what happened until then (CloudTrail user guide). */
const LATE_MS = 10 * 60_000;
/** Files and compressed bytes that are read at most, the newest first: six hours of a quiet trail, some minutes of a busy one. */
const MOST_FILES = 80;
const MOST_BYTES = 48 * 1024 * 1024;
const unzip = promisify<Uint8Array, Buffer>(gunzip);

/** Calls on the lakehouse's objects in the window, as far as they were delivered: about the last five minutes are missing. */
export const dataEvents: FactSource<DataEvents> = {
  id: "data-events",
  title: "CloudTrail's data events in the audit bucket",
  operations: ["s3:ListObjectsV2", "s3:GetObject"],
  async fetch(reader) {
    const { audit } = reader.deployment.buckets;
    if (audit === undefined) return reader.absent("no audit bucket is known: nobody keeps data events");
    const { fromMs } = reader.window;
    const files = (await listFiles(reader, audit)).sort((a, b) => (a.key < b.key ? 1 : -1));
    let bytes = 0;
    const chosen = files.filter(({ size }, index) => {
      bytes += size;
      return index < MOST_FILES && (index === 0 || bytes <= MOST_BYTES);
    });
    const parts = await Promise.all(chosen.map(({ key }) => readFile(reader, audit, key)));
    const events = parts.flat().filter(({ atMs }) => atMs >= fromMs);
    return {
      events: events.sort((a, b) => a.atMs - b.atMs),
      fromMs,
      deliveredMs: files[0]?.atMs,
      whole: chosen.length === files.length,
    };
  },
};

interface LogFile {
  key: string;
  size: number;
  atMs: number;
}

async function listFiles(reader: FactReader, bucket: string): Promise<LogFile[]> {
  const { accountId, window, where } = reader;
  const found: LogFile[] = [];
  for (let day = Math.floor(window.fromMs / DAY_MS); day * DAY_MS <= window.toMs; day++) {
    const folder = new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "/");
    const prefix = `AWSLogs/${accountId}/CloudTrail/${where.region}/${folder}/`;
    // Names are ordered by their time: ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_unique.json.gz.
    const minute = new Date(window.fromMs).toISOString().slice(0, 16).replaceAll(/[-:]/g, "");
    const StartAfter = `${prefix}${accountId}_CloudTrail_${where.region}_${minute}`;
    let ContinuationToken: string | undefined;
    do {
      const input = { Bucket: bucket, Prefix: prefix, ...(ContinuationToken ? { ContinuationToken } : { StartAfter }) };
      const output = await reader.call("s3", "ListObjectsV2", input).catch((error: unknown) => {
        if (error instanceof Failure && error.detail.code === "NoSuchBucket")
          return reader.absent(`there is no audit bucket ${bucket}: nobody keeps data events`);
        throw error;
      });
      for (const { Key = "", Size = 0 } of output.Contents ?? []) {
        const atMs = timeOf(Key);
        if (atMs !== undefined && atMs <= window.toMs + LATE_MS) found.push({ key: Key, size: Size, atMs });
      }
      ContinuationToken = output.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }
  return found;
}

function timeOf(key: string): number | undefined {
  const [, year, month, day, hour, minute] = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/]*\.json\.gz$/.exec(key) ?? [];
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
}

async function readFile(reader: FactReader, bucket: string, key: string): Promise<DataEvent[]> {
  const { Body } = await reader.call("s3", "GetObject", { Bucket: bucket, Key: key });
  const bytes = await Body?.transformToByteArray();
  return bytes ? dataEventsOf((await unzip(bytes)).toString("utf8"), key) : [];
}

interface RawRecord {
  eventTime?: string;
  eventName?: string;
  userIdentity?: { arn?: string; accessKeyId?: string; sessionContext?: { sessionIssuer?: { arn?: string } } };
  sourceIPAddress?: string;
  userAgent?: string;
  errorCode?: string;
  errorMessage?: string;
  requestParameters?: Record<string, unknown> | null;
  vpcEndpointId?: string;
  managementEvent?: boolean;
}

/** The events of one log file's text. @throws Failure (invalid) for a text that is none. */
export function dataEventsOf(text: string, file: string): DataEvent[] {
  let records: RawRecord[] | undefined;
  try {
    records = (JSON.parse(text) as { Records?: RawRecord[] }).Records;
  } catch (error) {
    throw new Failure({
      kind: "invalid",
      what: sanitizeLine(file),
      why: `it is no log file of CloudTrail (${sanitizeLine((error as Error).message)})`,
      next: "Look at the file: somebody may have written to the audit bucket.",
    });
  }
  return (records ?? []).filter(({ managementEvent }) => managementEvent !== true).map(eventOf);
}

function eventOf(raw: RawRecord): DataEvent {
  const parameters = raw.requestParameters ?? {};
  const optional = <K extends string>(name: K, value: unknown) =>
    (typeof value === "string" && value !== "" ? { [name]: sanitizeLine(value) } : {}) as Partial<Record<K, string>>;
  const arn = sanitizeLine(raw.userIdentity?.arn ?? "");
  return {
    atMs: Date.parse(raw.eventTime ?? "") || 0,
    name: sanitizeLine(raw.eventName ?? ""),
    arn,
    ...optional("roleArn", raw.userIdentity?.sessionContext?.sessionIssuer?.arn),
    by: principalName(arn),
    accessKeyId: sanitizeLine(raw.userIdentity?.accessKeyId ?? ""),
    sourceAddress: sanitizeLine(raw.sourceIPAddress ?? ""),
    userAgent: sanitizeLine((raw.userAgent ?? "").replace(/^\[(.*)\]$/, "$1")),
    bucket: sanitizeLine(String(parameters.bucketName ?? "")),
    ...optional("key", parameters.key),
    ...optional("encryption", parameters["x-amz-server-side-encryption"]),
    ...optional("vpcEndpointId", raw.vpcEndpointId),
    ...optional("errorCode", raw.errorCode),
    ...optional("errorMessage", raw.errorMessage),
  };
}
