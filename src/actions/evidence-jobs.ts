import type { JobStep } from "./contract.ts";

/** The jobs that collect evidence: what they could not collect is a gap in the bundle, and stands in its manifest. */
const EVIDENCE_JOBS: ReadonlySet<string> = new Set([
  "volatile-evidence",
  "bucket-evidence",
  "container-evidence",
  "container-state",
  "export-container-logs",
  "export-logs",
  "export-cloudtrail",
  "export-tfstate",
  "export-live-state",
  "export-together",
]);

export const collectsEvidence = ({ job }: JobStep): boolean => EVIDENCE_JOBS.has(job);
