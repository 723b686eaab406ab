import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { incidentStatus } from "../communication/status.ts";
import { handoverMarkdown } from "../communication/status-text.ts";
import { writeAtomically } from "../postmortem/write.ts";
import type { Recorder } from "../record/contract.ts";

/**
 * Writes `handover.md` into the incident's folder: how it stands, and what waits for whoever takes over. Resolves with its path; rejects
 * when the record cannot be read or the file not be written.
 */
export async function writeHandover(recorder: Recorder, clock: Clock): Promise<string> {
  const path = join(recorder.folder, "handover.md");
  await writeAtomically(path, handoverMarkdown(incidentStatus(await recorder.entries(), clock.now())));
  return path;
}
