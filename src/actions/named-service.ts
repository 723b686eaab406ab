import { Failure } from "../base/failure.ts";
import type { Deployment } from "../config/deployment.ts";

/** An ECS service of the deployment, as a parameter names it. */
export interface NamedService {
  cluster: string;
  service: string;
  /** The container whose settings count: Nessie's is named, Dagster's has the name of its service. */
  container: string;
  /** By name; a service without a load balancer has none. */
  targetGroup?: string;
  setting: "nessie" | "dagster";
}

/**
 * The service of this name: `nessie`, or the name of Nessie's service or of one of Dagster's. Throws a Failure that lists the known ones.
 */
export function namedService(deployment: Deployment, name: string): NamedService {
  const { nessie, dagster } = deployment;
  const wanted = name.trim();
  if (nessie && (wanted === "nessie" || wanted === nessie.service)) {
    const { cluster, service, container, targetGroup } = nessie;
    return { cluster, service, container, targetGroup, setting: "nessie" };
  }
  if (dagster?.services.includes(wanted)) {
    return { cluster: dagster.cluster, service: wanted, container: wanted, setting: "dagster" };
  }
  const known = [...(nessie ? ["nessie"] : []), ...(dagster?.services ?? [])];
  throw new Failure({
    kind: "not-found",
    what: `service ${wanted}`,
    why: "this lakehouse has no ECS service of this name",
    next: known.length === 0 ? "Nothing of it runs on ECS." : `Known services: ${known.join(", ")}.`,
  });
}
