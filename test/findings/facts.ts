import type { Deployment } from "../../src/config/deployment.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { DetectContext, Detector, Found } from "../../src/findings/contract.ts";
import type { FactValues } from "../../src/findings/facts/index.ts";
import type { TableFacts } from "../../src/findings/facts/tables.ts";
import { DETECTORS } from "../../src/findings/find.ts";
import type { AlarmView } from "../../src/state/views.ts";

export const NOW_MS = Date.parse("2026-11-23T03:00:00Z");
export const BUCKET = "lakehouse-prod-lakehouse";

export const table = (name: string, change: Partial<TableFacts> = {}): TableFacts => ({
  name,
  items: 1,
  onDemand: false,
  pointInTimeRecovery: true,
  consumedUnits: 0,
  ...change,
});

export const alarm = (name: string, change: Partial<AlarmView> = {}): AlarmView => ({
  name,
  arn: name,
  state: "OK",
  reason: "",
  sinceMs: 0,
  condition: "",
  actionsEnabled: true,
  actionCount: 1,
  history: [],
  ...change,
});

/** Facts of a lakehouse in which nothing is to be found. */
export const MENDED: FactValues = {
  alarms: [alarm("nessie-cpu-high"), alarm("nessie-health-check-failed"), alarm("dagster-task-stopped")],
  nessie: null,
  tables: [table("p_refs", { consumedUnits: 5 }), table("p_objs", { consumedUnits: 5 })],
  policy: null,
  expiry: [],
  layout: ["data/"],
  trails: [{ name: "t", bucket: "audit", managementEvents: true, objectEvents: ["arn:aws:s3"] }],
  terraform: { bucketTags: {} },
  breakGlass: null,
  roles: [{ name: "reader", policies: 1 }],
};

export function detectorOf(id: string): Detector {
  const found = DETECTORS.find((detector) => detector.id === id);
  if (!found) throw new Error(`there is no detector ${id}`);
  return found;
}

/** What a detector finds in a mended lakehouse with these facts changed. */
export function found(id: string, change: Partial<FactValues> = {}, deployment: Partial<Deployment> = {}): Found[] {
  const context: DetectContext = {
    deployment: { ...deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1"), ...deployment },
    accountId: "111122223333",
    nowMs: NOW_MS,
  };
  return detectorOf(id).detect({ ...MENDED, ...change }, context);
}
