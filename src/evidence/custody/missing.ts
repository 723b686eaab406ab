import { canonicalJson, type Json } from "../../base/json.ts";
import type { RecordEntry } from "../../record/entries.ts";
import { collectsEvidence } from "./evidence-jobs.ts";

/** Evidence that was asked for and is not there, or not whole. */
export interface Missing {
  what: string;
  why: string;
}

const CUT_OFF = "its process ended while it was collected; started again with the same parameters an export goes on";
const UNDER_WAY = "it had been begun and had not ended when the bundle was sealed";

/** Evidence that is being collected, from its intent on. */
interface Collecting {
  title: string;
  /** The same for the same job with the same input. */
  work: string;
}

/**
 * What the entries say is missing, in their order: what outcomes name, what was in flight when its process ended (unless the same was
 * collected whole later), and what is in flight still. O(entries).
 */
export function missingOf(entries: readonly RecordEntry[]): Missing[] {
  const found: (Missing & { work?: string })[] = [];
  const open = new Map<string, Collecting>();
  for (const entry of entries) {
    if (entry.kind === "step.intent") {
      const { runId, stepId, title, step } = entry.payload;
      const { job, input = {} } = step as { job?: Json; input?: Json };
      if (typeof job === "string" && collectsEvidence(job))
        open.set(keyOf(runId, stepId), { title, work: canonicalJson([job, input]) });
    } else if (entry.kind === "step.outcome") {
      const { runId, stepId, title, status, missing = [] } = entry.payload;
      found.push(...missing.map((problem) => partsOf(problem, title)));
      const ended = close(open, runId, stepId);
      if (!ended || status !== "done") continue;
      const cutOff = found.findIndex(({ work }) => work === ended.work);
      if (cutOff >= 0) found.splice(cutOff, 1);
    } else if (entry.kind === "step.reconciled") {
      const cutOff = close(open, entry.payload.runId, entry.payload.stepId);
      if (cutOff) found.push({ what: cutOff.title, why: CUT_OFF, work: cutOff.work });
    }
  }
  const underWay = [...open.values()].map(({ title }) => ({ what: title, why: UNDER_WAY }));
  return [...found.map(({ what, why }) => ({ what, why })), ...underWay];
}

const keyOf = (runId: string, stepId: string) => JSON.stringify([runId, stepId]);

function close(open: Map<string, Collecting>, runId: string, stepId: string): Collecting | undefined {
  const collecting = open.get(keyOf(runId, stepId));
  open.delete(keyOf(runId, stepId));
  return collecting;
}

/** "subject: reason" in its two parts. A subject may be an ARN or an address: their colons have no space behind them. */
function partsOf(problem: string, title: string): Missing {
  const at = problem.indexOf(": ");
  return at < 0 ? { what: title, why: problem } : { what: problem.slice(0, at), why: problem.slice(at + 2) };
}
