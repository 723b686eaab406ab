import type { RecordEntry } from "../record/entries.ts";
import { incidentView } from "../record/incident-view.ts";

/**
 * The entries that the document is about: through the closing one, or through the last thing that was done or said after it (a
 * headless undo, say). What the program notes about its own leaving never changes the document, so that the same incident
 * gives the same bytes when it is written on exit and again later. Of an incident that is not closed: everything but
 * trailing notes about documents written.
 */
export function materialEntries(entries: readonly RecordEntry[]): { material: RecordEntry[]; closed: boolean } {
  const closed = incidentView(entries).closed !== undefined;
  const counts = closed ? isDeed : (entry: RecordEntry) => entry.kind !== "postmortem.written";
  const last = entries.findLastIndex(counts);
  return { material: entries.slice(0, last + 1), closed };
}

function isDeed(entry: RecordEntry): boolean {
  return /^(incident|action|step|guard|evidence|escalation|communication)\./.test(entry.kind);
}
