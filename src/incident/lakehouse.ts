import { Failure } from "../base/failure.ts";
import type { Deployment } from "../config/deployment.ts";
import type { RecordEntry } from "../record/entries.ts";
import type { LakehouseNames } from "../state/views.ts";
import type { IncidentOptions } from "./options.ts";

/**
 * Makes sure that an incident is opened again on the lakehouse and region that its record is about: steps in flight would otherwise
 * be compared with, and an undo sent to, another one. Throws a Failure of kind refused that names what differs.
 */
export function requireSameLakehouse(earlier: readonly RecordEntry[], options: IncidentOptions): void {
  const opened = earlier.find((entry) => entry.kind === "incident.opened");
  if (opened?.kind !== "incident.opened") return;
  const { project, environment, region } = opened.payload;
  const now = { project: options.deployment.project, environment: options.deployment.environment };
  const different = Object.entries({ project, environment, region }).flatMap(([name, recorded]) => {
    const given = { ...now, region: options.aws.region }[name];
    return given === recorded ? [] : [`${name} ${recorded}, and the configuration now says ${given}`];
  });
  if (different.length === 0) return;
  throw new Failure({
    kind: "refused",
    what: `open incident ${opened.payload.incidentId}`,
    why: `its record is about ${different.join("; ")}`,
    next: "Leave out the flags that differ, or open a new incident for the other lakehouse (mayday start, or --incident new).",
  });
}

/** The names of a deployment that the screen needs. */
export function lakehouseNames({ catalogType, nessie, dagster }: Deployment): LakehouseNames {
  return {
    catalogType,
    ...(nessie && {
      nessie: {
        cluster: nessie.cluster,
        service: nessie.service,
        targetGroup: nessie.targetGroup,
        tables: nessie.tables,
      },
    }),
    ...(dagster && { dagster: { cluster: dagster.cluster, services: dagster.services } }),
  };
}
