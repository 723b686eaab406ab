import { failureDetail } from "../base/failure.ts";
import { writePostmortem } from "../postmortem/write.ts";
import type { Recorder } from "../record/contract.ts";
import type { CockpitStore } from "../state/store.ts";
import type { ClosedIncident, CloseMode } from "./contract.ts";

export type Ending =
  | { kind: "closed"; mode: CloseMode }
  | { kind: "abandoned"; reason: "signal" | "crash"; detail: string };

/**
 * Records how the incident ends and writes the post-mortem from the entries up to that point (a draft when nobody closed it). What
 * cannot be written is said in the list of files instead of being thrown: the caller is on its way out.
 */
export async function closeIncident(recorder: Recorder, store: CockpitStore, ending: Ending): Promise<ClosedIncident> {
  const heldOpen = store.getState().heldOpen.map((held) => held.title);
  const files: ClosedIncident["files"] = [];
  try {
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
