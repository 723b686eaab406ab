import type { EvidenceSink } from "../../src/actions/jobs.ts";

/** Takes evidence and forgets it. */
export const noEvidence: EvidenceSink = {
  storeEvidence: async () => undefined,
  adoptEvidence: async () => undefined,
  sealBundle: async () => ({ folder: "", digest: "", artifacts: 0, missing: 0 }),
  recordUpload: async () => undefined,
  storedEvidence: async () => ({ folder: "", names: [] }),
  workFolder: "",
  recoveryFolder: "",
};
