import type { OutputOf } from "../aws/contract.ts";
import { failureDetail } from "../base/failure.ts";
import { type JsonObject, toJson } from "../base/json.ts";
import { copyObjects, type ObjectToCopy } from "../evidence/export/copy-objects.ts";
import { collect, type Part } from "./collecting.ts";
import { exportContext, keep, nothing, together } from "./job-results.ts";
import type { Job, JobContext, JobResult } from "./jobs.ts";

export interface StateInput {
  bucket: string;
  key: string;
  /** Null: Terraform locks without DynamoDB. */
  lockTable: string | null;
  /** Domain ms, inclusive; `toMs` null: now. */
  fromMs: number;
  toMs: number | null;
  /** Versions of the window that are copied at most, the newest first. */
  mostVersions: number;
}

type Listed = OutputOf<"s3", "ListObjectVersions">;
type Version = NonNullable<Listed["Versions"]>[number];

/**
 * The Terraform state: every version that was written in the window and the one that it began with, each with its head; the list of
 * all its versions and delete markers; the lock and digest items. The contents go nowhere but into 0600 files.
 */
export const terraformState: Job = async (input, context) => {
  const { bucket: Bucket, key, lockTable, ...window } = input as unknown as StateInput;
  const results: JobResult[] = [];
  if (lockTable !== null) results.push(await collect(lockItems(lockTable, `${Bucket}/${key}`), "tfstate", context));
  const what = `s3://${Bucket}/${key}`;
  try {
    const { versions, markers } = await listVersions(Bucket, key, context);
    const { chosen, left } = choose(versions, { ...window, toMs: window.toMs ?? context.clock.now() });
    const parts: Part[] = [
      { name: "versions", read: async () => toJson({ Versions: versions, DeleteMarkers: markers }) },
      ...chosen.map(
        ({ VersionId = "null" }): Part => ({
          name: `head-${VersionId}`,
          read: (caller) => caller("s3", "HeadObject", { Bucket, Key: key, VersionId }),
        }),
      ),
    ];
    results.push(await collect(parts, "tfstate", context));
    const objects = chosen.map(({ VersionId = "null" }): ObjectToCopy => {
      const name = `tfstate/${VersionId.replace(/[^A-Za-z0-9._-]/g, "-")}.tfstate`;
      return { bucket: Bucket, key, version: VersionId, name };
    });
    results.push(await keep(await copyObjects("tfstate", objects, exportContext(context)), context));
    if (left > 0)
      results.push(
        nothing(
          `${what}: ${left} older versions of the window were not copied, because at most ${window.mostVersions} were asked for (versions)`,
        ),
      );
    if (versions.length === 0) results.push(nothing(`${what}: there is no version of it`));
  } catch (error) {
    const cause = context.signal.aborted ? context.signal.reason : error;
    results.push(nothing(`${what}: ${failureDetail(cause, key).why}`));
  }
  return together(results);
};

/** All versions and delete markers of a key, newest first, as S3 lists them. */
async function listVersions(bucket: string, key: string, { aws, signal }: JobContext) {
  const versions: Version[] = [];
  const markers: NonNullable<Listed["DeleteMarkers"]> = [];
  const page = async (from: object): Promise<Listed> => {
    const input = { Bucket: bucket, Prefix: key, ...from };
    return (await aws.call("s3", "ListObjectVersions", input, { purpose: "evidence", signal })).output;
  };
  let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (from) {
    const output = await page(from);
    versions.push(...(output.Versions ?? []).filter((version) => version.Key === key));
    markers.push(...(output.DeleteMarkers ?? []).filter((marker) => marker.Key === key));
    const { NextKeyMarker, NextVersionIdMarker } = output;
    // Keys come in order: behind the key itself only longer names follow.
    const isMore = output.IsTruncated === true && NextKeyMarker !== undefined && NextKeyMarker <= key;
    from = isMore
      ? { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {}) }
      : undefined;
  }
  return { versions, markers };
}

/** The versions of the window, newest first, up to the limit; then the one that was in force when it began. `left`: cut by the limit. */
function choose(
  versions: readonly Version[],
  { fromMs, toMs, mostVersions }: { fromMs: number; toMs: number; mostVersions: number },
): { chosen: Version[]; left: number } {
  const atMs = ({ LastModified }: Version) => LastModified?.getTime() ?? 0;
  const within = versions.filter((version) => atMs(version) >= fromMs && atMs(version) <= toMs);
  const before = versions.find((version) => atMs(version) < fromMs);
  const chosen = within.slice(0, mostVersions);
  return { chosen: [...chosen, ...(before ? [before] : [])], left: within.length - chosen.length };
}

const lockItems = (lockTable: string, id: string): Part[] => [
  { name: "lock-item", read: (caller) => caller("dynamodb", "GetItem", itemOf(lockTable, id)) },
  { name: "digest-item", read: (caller) => caller("dynamodb", "GetItem", itemOf(lockTable, `${id}-md5`)) },
];

const itemOf = (TableName: string, id: string): JsonObject => ({
  TableName,
  Key: { LockID: { S: id } },
  ConsistentRead: true,
});
