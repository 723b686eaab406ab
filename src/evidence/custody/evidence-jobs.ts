/** The jobs of plans that collect evidence: what they could not collect is a gap in the bundle, and stands in its manifest. */
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

/** Whether the job of this name collects evidence. */
export const collectsEvidence = (job: string): boolean => EVIDENCE_JOBS.has(job);
