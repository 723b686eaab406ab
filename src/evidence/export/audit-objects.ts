import { failureDetail } from "../../base/failure.ts";
import type { ExportContext } from "./contract.ts";
import type { ObjectToCopy } from "./copy-objects.ts";

export interface AuditWindow {
  bucket: string;
  accountId: string;
  regions: string[];
  /** Domain ms. */
  fromMs: number;
  toMs: number;
}

const DAY_MS = 86_400_000;
/** A log file is delivered some minutes after its events; a digest file covers the hour before it (CloudTrail user guide). */
const LATE_MS = { CloudTrail: 3_600_000, "CloudTrail-Digest": 2 * 3_600_000 };

/**
 * The log and digest files that CloudTrail delivered to the audit bucket for a window, by their keys
 * (`AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/...`). Folders that could not be listed are in `missing`.
 */
export async function auditObjects(
  window: AuditWindow,
  { aws, signal }: Pick<ExportContext, "aws" | "signal">,
): Promise<{ objects: ObjectToCopy[]; missing: string[]; requestIds: string[] }> {
  const { bucket, accountId, regions, fromMs, toMs } = window;
  const objects: ObjectToCopy[] = [];
  const missing: string[] = [];
  const requestIds: string[] = [];
  for (const [kind, lateMs] of Object.entries(LATE_MS)) {
    for (const region of regions) {
      for (const day of daysOf(fromMs, toMs + lateMs)) {
        const prefix = `AWSLogs/${accountId}/${kind}/${region}/${day}/`;
        try {
          let token: string | undefined;
          do {
            const { output, requestId } = await aws.call(
              "s3",
              "ListObjectsV2",
              { Bucket: bucket, Prefix: prefix, ...(token ? { ContinuationToken: token } : {}) },
              { purpose: "evidence", signal },
            );
            requestIds.push(requestId);
            for (const { Key = "" } of output.Contents ?? []) {
              const atMs = timeOf(Key);
              if (atMs === undefined || (atMs >= fromMs && atMs <= toMs + lateMs))
                objects.push({ bucket, key: Key, name: `audit/${Key.split("/").at(-1)}` });
            }
            token = output.NextContinuationToken;
          } while (token !== undefined);
        } catch (error) {
          const cause = signal.aborted ? signal.reason : error;
          missing.push(`s3://${bucket}/${prefix}: ${failureDetail(cause, prefix).why}`);
        }
      }
    }
  }
  return { objects, missing, requestIds };
}

function daysOf(fromMs: number, toMs: number): string[] {
  const days: string[] = [];
  for (let day = Math.floor(fromMs / DAY_MS); day * DAY_MS <= toMs; day++)
    days.push(new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "/"));
  return days;
}

/** The time in a log or digest file's name (`_YYYYMMDDTHHmmZ_` or with seconds); undefined for another name: that one is taken along. */
function timeOf(key: string): number | undefined {
  const found = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z/.exec(key);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second = "00"] = found;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
