import type { AwsLayer } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { failureDetail } from "../base/failure.ts";
import { evidenceSink } from "../evidence/store.ts";
import { writePostmortem } from "../postmortem/write.ts";
import type { Recorder } from "../record/contract.ts";
import type { CockpitStore } from "../state/store.ts";
import type { ClosedIncident, CloseMode } from "./contract.ts";
import { writeHandover } from "./handover.ts";

export type Ending =
  | { kind: "closed"; mode: CloseMode; clock: Clock }
  | { kind: "abandoned"; reason: "signal" | "crash"; detail: string };

/** How long the end waits for the record to answer, machine ms: a worker that is stuck in the file system never does. */
const RECORD_ANSWER_MS = 15_000;

/**
 * Writes the end, then lets go of the record and of AWS, whatever fails: what could not be written or saved is said in the list of
 * files, because the caller is on its way out. Never rejects.
 */
export async function letGo(
  { recorder, store, folder }: { recorder: Recorder; store: CockpitStore; folder: string },
  aws: AwsLayer,
  write: () => Promise<ClosedIncident>,
  unsubscribe: () => void,
  answerWithinMs = RECORD_ANSWER_MS,
): Promise<ClosedIncident> {
  const heldOpen = store.getState().heldOpen.map((held) => held.title);
  const closed = await answered(write(), folder, { files: [], heldOpen }, answerWithinMs);
  unsubscribe();
  try {
    await recorder.close();
  } catch (error) {
    closed.files.push({ label: `not saved: ${failureDetail(error, "record").why}`, path: folder });
  }
  aws.close();
  return closed;
}

/** What was written; after `withinMs` of machine time, or when it failed, what is left to say. */
async function answered(
  writing: Promise<ClosedIncident>,
  folder: string,
  otherwise: ClosedIncident,
  withinMs: number,
): Promise<ClosedIncident> {
  let timer: NodeJS.Timeout | undefined;
  const notWritten = (why: string): ClosedIncident => ({
    ...otherwise,
    files: [{ label: `not written: ${why}`, path: folder }],
  });
  const timeout = new Promise<ClosedIncident>((resolve) => {
    timer = setTimeout(() => resolve(notWritten(`the record did not answer within ${withinMs / 1000} s`)), withinMs);
  });
  const written = writing.catch((error: unknown) => notWritten(failureDetail(error, "record").why));
  return Promise.race([written, timeout]).finally(() => clearTimeout(timer));
}

/** Seals what a run stored and did not come to seal, because it was cancelled or only collected evidence on its way. */
export async function sealUnsealed(recorder: Recorder): Promise<void> {
  const last = (await recorder.entries()).findLast(({ kind }) => kind.startsWith("evidence."));
  if (last?.kind === "evidence.stored") await evidenceSink(recorder).sealBundle();
}

async function hasEvidence(recorder: Recorder): Promise<boolean> {
  return (await recorder.entries()).some((entry) => entry.kind === "evidence.stored");
}

/**
 * Records how the incident ends and writes the post-mortem from the entries up to that point (a draft when nobody closed it). What
 * cannot be written is said in the list of files instead of being thrown: the caller is on its way out.
 */
export async function closeIncident(recorder: Recorder, store: CockpitStore, ending: Ending): Promise<ClosedIncident> {
  const heldOpen = store.getState().heldOpen.map((held) => held.title);
  const files: ClosedIncident["files"] = [];
  try {
    // Before the end is recorded: the post-mortem of a closed incident must not change by it.
    const sealed = (await hasEvidence(recorder)) ? await evidenceSink(recorder).sealBundle() : undefined;
    if (ending.kind === "closed")
      await recorder.append({ kind: "incident.closed", payload: { mode: ending.mode, heldOpen } });
    else await recorder.append({ kind: "session.ended", payload: { reason: ending.reason, detail: ending.detail } });
    const draft = ending.kind === "abandoned";
    const entries = await recorder.entries();
    const written = await writePostmortem(recorder.folder, entries, { draft });
    files.push(
      { label: draft ? "post-mortem (draft)" : "post-mortem", path: written.path },
      { label: "timeline", path: written.timelinePath },
    );
    if (ending.kind === "closed" && ending.mode === "handover")
      files.push({ label: "handover", path: await writeHandover(recorder, ending.clock) });
    if (sealed) files.push({ label: `evidence, root digest ${sealed.digest}`, path: sealed.folder });
    await recorder.append({
      kind: "postmortem.written",
      payload: { path: "postmortem.md", sha256: written.sha256, draft, throughSeq: written.throughSeq },
    });
    if (ending.kind === "closed")
      await recorder.append({ kind: "session.ended", payload: { reason: "exit", detail: ending.mode } });
  } catch (error) {
    files.push({ label: `not written: ${failureDetail(error, "post-mortem").why}`, path: recorder.folder });
  }
  files.push({ label: "record", path: recorder.folder });
  return { files, heldOpen };
}
