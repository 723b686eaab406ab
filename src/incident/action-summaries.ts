import { actionDefinitions, actionFields } from "../actions/registry.ts";
import type { Deployment } from "../config/deployment.ts";
import type { CockpitState } from "../state/store.ts";
import type { ActionSummary } from "./contract.ts";
import { mutates } from "./plan-kind.ts";

/** All actions as the palette shows them, each with why it cannot be run now. */
export function actionSummaries({
  state,
  deployment,
  allowUnsaved,
}: {
  state: CockpitState;
  deployment: Deployment;
  /** The responder's override while the record cannot be written. */
  allowUnsaved: boolean;
}): ActionSummary[] {
  const { identity, recorder } = state;
  return actionDefinitions.map((definition) => {
    const writes = definition.operations.length > 0;
    const disabledReason =
      mutates(definition.operations) && identity.readOnly
        ? "read-only mode is on"
        : writes && recorder.status === "failed" && !allowUnsaved
          ? `the record cannot be written (${recorder.reason ?? "unknown reason"})`
          : definition.id === "contain-nessie" && !deployment.nessie
            ? "this lakehouse has no Nessie service"
            : definition.id === "preserve-containers" && !deployment.compose
              ? "Dagster does not run in docker compose here"
              : undefined;
    const unasked = definition.unasked?.(deployment) ?? [];
    return {
      id: definition.id,
      title: definition.title,
      description: definition.description,
      runbook: definition.runbook,
      tier: definition.tier,
      fields: actionFields(definition).filter(({ name }) => !unasked.includes(name)),
      ...(definition.message ? { message: true } : {}),
      ...(disabledReason ? { disabledReason } : {}),
    };
  });
}
