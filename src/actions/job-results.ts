import type { Json } from "../base/json.ts";
import type { ExportContext, Exported } from "../evidence/export/contract.ts";
import type { JobContext, JobResult } from "./jobs.ts";

/** What an export may use of a job's context. */
export const exportContext = (context: JobContext, progress = context.progress): ExportContext => ({
  aws: context.aws,
  clock: context.clock,
  signal: context.signal,
  pause: context.pause,
  workFolder: context.workFolder,
  progress,
});

/** Puts what an export finished into the bundle. Its checkpoint goes only when nothing is missing. */
export async function keep(exported: Exported, context: JobContext): Promise<JobResult> {
  for (const file of exported.files) await context.adoptEvidence(file);
  if (exported.missing.length === 0) await exported.discard();
  return {
    complete: exported.missing.length === 0,
    missing: exported.missing,
    requestIds: exported.files.flatMap(({ requestIds }) => requestIds.slice(-1)),
    output: { files: exported.files.map(({ name }) => name), items: exported.items },
  };
}

/** Several results as one. */
export function together(results: readonly JobResult[], note?: string): JobResult {
  const missing = results.flatMap((result) => result.missing);
  return {
    complete: missing.length === 0,
    missing,
    requestIds: results.flatMap(({ requestIds }) => requestIds),
    output: results.map(({ output }) => output) as Json,
    ...(note ? { note } : {}),
  };
}

/** A result of which nothing is there, and why. */
export const nothing = (problem: string): JobResult => ({
  complete: false,
  missing: [problem],
  requestIds: [],
  output: null,
});

/** What is said with a job's outcome. What is missing comes first, after these words. */
export function noteOf({ missing, note }: JobResult, words: string): { note?: string } {
  const parts = [...(missing.length > 0 ? [`${words}: ${missing.join("; ")}`] : []), ...(note ? [note] : [])];
  return parts.length > 0 ? { note: parts.join(". ") } : {};
}
