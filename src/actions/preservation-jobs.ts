import { join } from "node:path";
import { failureDetail } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { auditObjects } from "../evidence/export/audit-objects.ts";
import { copyObjects } from "../evidence/export/copy-objects.ts";
import { exportLogs } from "../evidence/export/export-logs.ts";
import { exportTrail } from "../evidence/export/export-trail.ts";
import type { LogExportRequest } from "../evidence/export/log-files.ts";
import { containerLogs, containerState } from "./compose/evidence.ts";
import { exportContext, keep, nothing, together } from "./job-results.ts";
import type { Job, JobResult } from "./jobs.ts";
import { liveState } from "./live-state.ts";
import { terraformState } from "./terraform-state-export.ts";

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
