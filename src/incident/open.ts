import { hostname, userInfo } from "node:os";
import { sanitizeLine } from "../base/text.ts";
import type { Actor } from "../record/entries.ts";
import { incidentFolder, newIncidentId } from "../record/place.ts";
import { openRecorder } from "../record/recorder.ts";
import { createCockpitStore } from "../state/store.ts";
import { lakehouseNames } from "./lakehouse.ts";
import { OpenedIncident, type OpenIncident } from "./opened-incident.ts";
import type { IncidentOptions } from "./options.ts";
import { ttyName } from "./tty.ts";

/**
 * Opens an incident, new or existing: recorder first, so that everything after it is on record; then watchers and identity in
 * parallel, so that the screen fills as answers arrive. Rejects with a Failure when the record cannot be opened, or is about another
 * lakehouse or region than the options.
 */
export async function openIncident(options: IncidentOptions): Promise<OpenIncident> {
  const { clock, deployment, aws } = options;
  const id = options.incidentId ?? newIncidentId(clock);
  const folder = incidentFolder(options.stateDirectory, id);
  let callerArn = "";
  const actor = (): Actor => ({ osUser: userInfo().username, host: hostname(), tty: ttyName(), callerArn });
  const recorder = await openRecorder({ folder, incidentId: id, clock, actor });
  const store = createCockpitStore({
    incident: {
      id,
      title: sanitizeLine(options.title),
      severity: options.severity,
      project: deployment.project,
      environment: deployment.environment,
      onCall: sanitizeLine(options.onCall),
      simulated: options.simulated,
      declaredAtMs: clock.now(),
    },
    lakehouse: lakehouseNames(deployment),
    identity: { region: aws.region, ...(aws.endpoint ? { endpoint: aws.endpoint } : {}), readOnly: aws.readOnly },
  });
  const contacts = options.messaging?.contacts;
  if (contacts) store.setState((state) => ({ communication: { ...state.communication, contacts } }));
  const incident = new OpenedIncident(options, recorder, store, (arn) => {
    callerArn = arn;
  });
  try {
    await incident.begin();
  } catch (error) {
    // The reason it could not be opened is what the caller must see, not that letting go of it failed too.
    await recorder.close().catch(() => undefined);
    throw error;
  }
  return incident;
}
