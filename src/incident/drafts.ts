import { stat } from "node:fs/promises";
import { join } from "node:path";
import { failureDetail } from "../base/failure.ts";
import { writePostmortem } from "../postmortem/write.ts";
import { listIncidents, readRecord } from "../record/read.ts";

/**
 * Writes the draft post-mortem of every incident whose cockpit was killed: nobody else could. One whose post-mortem is newer than its
 * record is left as it is. Never rejects, so that a damaged record of last year cannot stop today's start: returns a sentence for each
 * draft that could not be written.
 */
export async function writeMissingDrafts(stateDirectory: string): Promise<string[]> {
  const problems: string[] = [];
  try {
    for (const incident of await listIncidents(stateDirectory)) {
      if (incident.status !== "crashed" || (await isCurrent(incident.folder))) continue;
      await rewritePostmortem(incident.folder).catch((error: unknown) => {
        problems.push(
          `the draft post-mortem of ${incident.id} was not written: ${failureDetail(error, incident.id).why}`,
        );
      });
    }
  } catch (error) {
    problems.push(
      `incidents that ended without a draft were not looked for: ${failureDetail(error, stateDirectory).why}`,
    );
  }
  return problems;
}

export interface Rewritten {
  path: string;
  markdown: string;
  draft: boolean;
}

/** Writes the post-mortem again from the record alone. Rejects with a Failure when the record cannot be read. */
export async function rewritePostmortem(folder: string): Promise<Rewritten> {
  const entries = await readRecord(folder);
  const draft = !entries.some((entry) => entry.kind === "incident.closed");
  const { path, markdown } = await writePostmortem(folder, entries, { draft });
  return { path, markdown, draft };
}

async function isCurrent(folder: string): Promise<boolean> {
  const [postmortem, record] = await Promise.all([
    changedAtMs(join(folder, "postmortem.md")),
    changedAtMs(join(folder, "record.sqlite")),
  ]);
  const log = await changedAtMs(join(folder, "record.sqlite-wal"));
  return postmortem !== undefined && postmortem >= Math.max(record ?? 0, log ?? 0);
}

async function changedAtMs(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    // A file that is not there has no time; that is the answer.
    return undefined;
  }
}
