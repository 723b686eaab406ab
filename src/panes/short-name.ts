import type { CockpitState } from "../state/store.ts";

/** A name without the deployment's `project-environment-` prefix, which is the same for all of them and is in the header. */
export function shortName(name: string, state: Pick<CockpitState, "incident">): string {
  const prefix = `${state.incident.project}-${state.incident.environment}-`;
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : name;
}
