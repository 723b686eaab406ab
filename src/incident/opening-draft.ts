import type { RecordDraft } from "../record/entries.ts";
import type { IncidentSlice } from "../state/store.ts";
import type { IncidentOptions } from "./options.ts";

/** The first entry of a new incident: what it is about, and where. */
export function openingDraft(incidentId: string, options: IncidentOptions, incident: IncidentSlice): RecordDraft {
  const { deployment, aws, toolVersion } = options;
  const { title, severity, declaredAtMs, onCall, simulated } = incident;
  const { project, environment, catalogType } = deployment;
  const where = { project, environment, catalogType, region: aws.region };
  const what = { incidentId, title, severity, declaredAtMs, onCall, simulated };
  return {
    kind: "incident.opened",
    atMs: declaredAtMs,
    payload: { ...what, ...where, toolVersion, ...(aws.endpoint ? { endpoint: aws.endpoint } : {}) },
  };
}
