import { join } from "node:path";
import { failureDetail } from "../base/failure.ts";
import { type Json, type JsonObject, toJson } from "../base/json.ts";
import { auditObjects } from "../evidence/export/audit-objects.ts";
import type { ExportContext, Exported } from "../evidence/export/contract.ts";
import { copyObjects, type ObjectToCopy } from "../evidence/export/copy-objects.ts";
import { exportLogs, type LogExportRequest } from "../evidence/export/export-logs.ts";
import { exportTrail } from "../evidence/export/export-trail.ts";
import { containerLogs, containerState } from "./compose/evidence.ts";
import type { Job, JobContext, JobResult } from "./jobs.ts";
import { liveState } from "./live-state.ts";
import { collect, type Part } from "./volatile-evidence.ts";

const exportContext = (context: JobContext, progress = context.progress): ExportContext => ({
  aws: context.aws,
  clock: context.clock,
  signal: context.signal,
  pause: context.pause,
  workFolder: context.workFolder,
  progress,
});

/** Puts what an export finished into the bundle. Its checkpoint goes only when nothing is missing. */
async function keep(exported: Exported, context: JobContext): Promise<JobResult> {
  for (const file of exported.files) await context.adoptEvidence(file);
  if (exported.missing.length === 0) await exported.discard();
  return {
    complete: exported.missing.length === 0,
    missing: exported.missing,
    requestIds: exported.files.flatMap(({ requestIds }) => requestIds.slice(-1)),
    output: { files: exported.files.map(({ name }) => name), items: exported.items },
  };
}

function together(results: readonly JobResult[], note?: string): JobResult {
  const missing = results.flatMap((result) => result.missing);
  return {
    complete: missing.length === 0,
    missing,
    requestIds: results.flatMap(({ requestIds }) => requestIds),
    output: results.map(({ output }) => output) as Json,
    ...(note ? { note } : {}),
  };
}

/** The log groups one after the other: they share one quota, and each is read as fast as it allows. */
const logGroups: Job = async (input, context) => {
  const results: JobResult[] = [];
  for (const request of input.groups as unknown as LogExportRequest[]) {
    const progress = (detail: string) => context.progress(`${request.logGroup}: ${detail}`);
    results.push(await keep(await exportLogs(request, exportContext(context, progress)), context));
  }
  return together(results);
};

interface TrailInput {
  accountId: string;
  regions: string[];
  fromMs: number;
  toMs: number | null;
  secondPass: boolean;
  auditBucket: string | null;
}

/** The event history of the regions in parallel (the quota is by region), then the audit bucket's log and digest files. */
const cloudTrail: Job = async (input, context) => {
  const { accountId, regions, fromMs, toMs, secondPass, auditBucket } = input as unknown as TrailInput;
  const { folder, names } = await context.storedEvidence();
  const results = await Promise.all(
    regions.map(async (region) => {
      const ofRegion = names.filter((name) => name.startsWith(`cloudtrail-${region}-`) && name.endsWith(".jsonl.gz"));
      const earlier = secondPass ? ofRegion.map((name) => join(folder, name)) : [];
      return keep(await exportTrail({ region, accountId, fromMs, toMs, earlier }, exportContext(context)), context);
    }),
  );
  if (auditBucket !== null) {
    const window = { bucket: auditBucket, accountId, regions, fromMs, toMs: toMs ?? context.clock.now() };
    const { objects, missing, requestIds } = await auditObjects(window, context);
    const fresh = objects.filter(({ name }) => !names.includes(name));
    results.push({ complete: missing.length === 0, missing, requestIds, output: { objects: objects.length } });
    results.push(await keep(await copyObjects("audit", fresh, exportContext(context)), context));
  }
  const again = new Date(context.clock.now() + 20 * 60_000).toISOString().slice(11, 16);
  return together(
    results,
    secondPass
      ? undefined
      : `events may be delivered late: run preserve-cloudtrail with pass=second after ${again} UTC`,
  );
};

interface StateInput {
  bucket: string;
  key: string;
  /** Null: Terraform locks without DynamoDB. */
  lockTable: string | null;
  versions: number;
}

/** Versions of the Terraform state with their heads, and the lock and digest items. The contents go nowhere but into 0600 files. */
const terraformState: Job = async (input, context) => {
  const { bucket: Bucket, key, lockTable, versions } = input as unknown as StateInput;
  const results: JobResult[] = [];
  if (lockTable !== null) results.push(await collect(lockItems(lockTable, `${Bucket}/${key}`), "tfstate", context));
  try {
    const options = { purpose: "evidence" as const, signal: context.signal };
    const listed = await context.aws.call("s3", "ListObjectVersions", { Bucket, Prefix: key }, options);
    const found = (listed.output.Versions ?? []).filter((version) => version.Key === key).slice(0, versions);
    const parts: Part[] = [
      { name: "versions", read: async () => toJson(listed.output) },
      ...found.map(
        ({ VersionId = "null" }): Part => ({
          name: `head-${VersionId}`,
          read: (caller) => caller("s3", "HeadObject", { Bucket, Key: key, VersionId }),
        }),
      ),
    ];
    results.push(await collect(parts, "tfstate", context));
    const objects = found.map(({ VersionId = "null" }): ObjectToCopy => {
      const name = `tfstate/${VersionId.replace(/[^A-Za-z0-9._-]/g, "-")}.tfstate`;
      return { bucket: Bucket, key, version: VersionId, name };
    });
    results.push(await keep(await copyObjects("tfstate", objects, exportContext(context)), context));
    if (found.length === 0) results.push(nothing(`s3://${Bucket}/${key}: there is no version of it`));
  } catch (error) {
    const cause = context.signal.aborted ? context.signal.reason : error;
    results.push(nothing(`s3://${Bucket}/${key}: ${failureDetail(cause, key).why}`));
  }
  return together(results);
};

const lockItems = (lockTable: string, id: string): Part[] => [
  { name: "lock-item", read: (caller) => caller("dynamodb", "GetItem", itemOf(lockTable, id)) },
  { name: "digest-item", read: (caller) => caller("dynamodb", "GetItem", itemOf(lockTable, `${id}-md5`)) },
];

const itemOf = (TableName: string, id: string): JsonObject => ({
  TableName,
  Key: { LockID: { S: id } },
  ConsistentRead: true,
});

const nothing = (problem: string): JobResult => ({ complete: false, missing: [problem], requestIds: [], output: null });

/** Several of the exports at once: each API has its own quota. What one cannot do does not stop the others. */
const exportsTogether: Job = async (input, context) => {
  const parts = input.parts as unknown as { job: string; input: JsonObject }[];
  const details = new Map<string, string>();
  const results = await Promise.all(
    parts.map(async ({ job, input: of }) => {
      const progress = (detail: string) => {
        details.set(job, detail);
        context.progress([...details].map(([name, text]) => `${name}: ${text}`).join("; "));
      };
      try {
        return (
          (await preservationJobs[job]?.(of, { ...context, progress })) ?? nothing(`${job}: there is no such export`)
        );
      } catch (error) {
        return nothing(`${job}: ${failureDetail(error, job).why}`);
      }
    }),
  );
  return together(results, results.flatMap(({ note }) => (note ? [note] : [])).join(". "));
};

/** Writes manifest and timeline over everything that is stored. */
const seal: Job = async (_input, context) => {
  const { folder, digest, artifacts, missing } = await context.sealBundle();
  const note = `root digest ${digest} over ${artifacts} artifacts; keep it elsewhere, mayday verify checks against it`;
  return { complete: true, missing: [], requestIds: [], output: { folder, digest, artifacts, missing }, note };
};

export const preservationJobs: Record<string, Job> = {
  "container-state": containerState,
  "export-container-logs": containerLogs,
  "export-logs": logGroups,
  "export-cloudtrail": cloudTrail,
  "export-tfstate": terraformState,
  "export-live-state": liveState,
  "export-together": exportsTogether,
  "seal-bundle": seal,
};
