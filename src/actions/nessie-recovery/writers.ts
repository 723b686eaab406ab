import type { Check, PrepareContext } from "../contract.ts";

const isHeld = ({ held }: PrepareContext, id: string) =>
  held.some(({ actionId, badge }) => (actionId === id || actionId.startsWith(`${id}-`)) && badge !== "");

/** Whether Dagster, which commits to the catalog, is held by this incident. A check that warns: who else writes is not known here. */
export function writersCheck(context: PrepareContext): Check {
  const held = isHeld(context, "contain-dagster");
  return {
    label: "writers",
    status: held ? "pass" : "warn",
    detail: held
      ? "Dagster is contained; other writers (Spark, Trino, notebooks) are yours to stop"
      : "Dagster is not stopped (contain-dagster): what it commits meanwhile is lost, or refuses this plan. Stop the writers first",
  };
}

/** Whether Nessie itself is at 0, so that nothing is written to its tables. */
export function nessieHeldCheck(context: PrepareContext, tasks: { desired: number; running: number }): Check {
  const stopped = tasks.desired === 0 && tasks.running === 0;
  const held = isHeld(context, "contain-nessie");
  return {
    label: "Nessie at 0",
    status: stopped ? "pass" : "warn",
    detail: stopped
      ? held
        ? "contained by this incident: nothing is written to its tables"
        : "its service is at 0; contain-nessie would keep it there"
      : `${tasks.running} of ${tasks.desired} tasks run: what is written after the restored second stays behind in the old tables (contain-nessie)`,
  };
}
