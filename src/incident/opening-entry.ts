import type { RecordDraft } from "../record/entries.ts";
import type { CockpitStore } from "../state/store.ts";
import type { IncidentOptions } from "./options.ts";

/** The first entry of a new incident: which lakehouse it is about, and since when. */
export function openingEntry(incidentId: string, options: IncidentOptions, store: CockpitStore): RecordDraft {
  const { deployment, aws, toolVersion } = options;
  const { incident } = store.getState();
  return {
    kind: "incident.opened",
    atMs: incident.declaredAtMs,
    payload: {
      incidentId,
      title: incident.title,
      severity: incident.severity,
      project: deployment.project,
      environment: deployment.environment,
      catalogType: deployment.catalogType,
      region: aws.region,
      declaredAtMs: incident.declaredAtMs,
      onCall: incident.onCall,
      toolVersion,
      simulated: incident.simulated,
      ...(aws.endpoint ? { endpoint: aws.endpoint } : {}),
    },
  };
}
