import type { IncidentSummary } from "./contract.ts";
import type { RecordEntry } from "./entries.ts";

/**
 * How the incident stands: open while a live writer has a session in it; else as it was closed; else crashed when the last
 * session has no end and its writer is gone, or ended by a crash; else open (the link was lost, the record is whole).
 * A headless run in a closed incident does not open it again. Looks only at session.* and incident.closed entries.
 */
export function incidentStatus(
  entries: readonly RecordEntry[],
  isAlive: (writerId: string) => boolean,
): Exclude<IncidentSummary["status"], "unreadable"> {
  const unended = new Set<string>();
  let closed: "resolved" | "handover" | "suspended" | undefined;
  let lastWriter = "";
  let lastEndedByCrash = false;
  for (const entry of entries) {
    if (entry.kind === "incident.closed") closed = entry.payload.mode;
    else if (entry.kind === "session.started") {
      if (entry.payload.reason !== "run") closed = undefined;
      unended.add(entry.writerId);
      lastWriter = entry.writerId;
    } else if (entry.kind === "session.ended") {
      unended.delete(entry.writerId);
      if (entry.writerId === lastWriter) lastEndedByCrash = entry.payload.reason === "crash";
    }
  }
  for (const writerId of unended) if (isAlive(writerId) && !closed) return "open";
  if (closed) return closed;
  return unended.has(lastWriter) || lastEndedByCrash ? "crashed" : "open";
}
