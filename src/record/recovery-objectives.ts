import type { JsonObject } from "../base/json.ts";
import type { RecoveryObjective, RecoveryPath } from "../state/recovery-objectives.ts";
import type { Component, RecordEntry } from "./entries.ts";
import { beganAtMs, type IncidentView, incidentView } from "./incident-view.ts";
import { foldOutages, NO_OUTAGES, type Outage } from "./outages.ts";
import { RECOVERY_TARGETS, type RecoveryTarget } from "./recovery-targets.ts";
import { type RecordedRun, runHistory } from "./runs.ts";

/**
 * The runbook's targets with what the record says of each component: whether it is affected, since when the clock runs, which ways
 * were tried, and when it was back. A pure function. O(entries).
 *
 * Affected is what the responder said (the blast radius, where there is one), what was seen to be down otherwise, and whatever
 * somebody has begun to recover. @param outages what was seen, when the observations themselves are not among the entries.
 */
export function recoveryObjectives(
  entries: readonly RecordEntry[],
  outages: ReadonlyMap<Component, Outage> = entries.reduce(foldOutages, NO_OUTAGES).outages,
): RecoveryObjective[] {
  const view = incidentView(entries);
  const runs = runHistory(entries);
  return RECOVERY_TARGETS.map((target) => objectiveOf(target, view, runs, outages.get(target.component)));
}

function objectiveOf(
  target: RecoveryTarget,
  view: IncidentView,
  runs: readonly RecordedRun[],
  outage: Outage | undefined,
): RecoveryObjective {
  const { paths, ...row } = target;
  const withStatus = paths.map(
    (path): RecoveryPath => ({ ...path, status: statusOf(target.component, path.actionIds, runs) }),
  );
  // Whatever came of it, unless nothing did: it was cancelled before it had an effect, or taken back.
  const isTry = (run: RecordedRun) => run.finished?.status !== "cancelled" && !isUndone(run, runs);
  const tried = withStatus.find(({ actionIds, looksOnly, status }) =>
    looksOnly ? status === "failed" : runsOf(target.component, actionIds, runs).some(isTry),
  );
  const why = reasonOf(target, view, tried, outage);
  if (why === undefined || view.openedAt === "") return { ...row, paths: withStatus };
  const affected = {
    startMs: beganAtMs(view),
    basis: view.detected && view.detected.atMs <= view.declaredAtMs ? ("detected" as const) : ("declared" as const),
    why,
  };
  const parts = target.component === "s3" ? tablesOf(view, runs) : undefined;
  const recovered = recoveryOf(target, view, runs, outage, parts);
  const { back = [], atMs = 0, still = "" } = parts ?? {};
  const partly = !recovered && back.length > 0 ? { back, atMs, still } : undefined;
  return { ...row, paths: withStatus, affected, ...(recovered ? { recovered } : {}), ...(partly ? { partly } : {}) };
}

function reasonOf(
  { component }: RecoveryTarget,
  { blastRadius }: IncidentView,
  tried: RecoveryPath | undefined,
  outage: Outage | undefined,
): string | undefined {
  if (blastRadius?.components.includes(component)) return `blast radius, said by ${blastRadius.by}`;
  if (tried?.looksOnly) return `damage was found: ${tried.title}`;
  if (tried) return `somebody began to recover it: ${tried.title}`;
  // Who said what is affected has looked at what is down.
  return blastRadius ? undefined : outage?.why;
}

/** Actions of these ids that were confirmed for the component, oldest first, but for those that only took one back. */
const runsOf = (component: Component, actionIds: readonly string[], runs: readonly RecordedRun[]): RecordedRun[] =>
  runs.filter(({ actionId, plan, confirmed, refusedReason }) => {
    const isUndo = plan?.undoes !== undefined;
    // The same action recovers another component in another bucket.
    const isForIt = plan?.recovers === undefined || plan.recovers === component;
    return actionIds.includes(actionId) && isForIt && confirmed !== undefined && refusedReason === undefined && !isUndo;
  });

function statusOf(
  component: Component,
  actionIds: readonly string[],
  runs: readonly RecordedRun[],
): RecoveryPath["status"] {
  const last = runsOf(component, actionIds, runs).at(-1);
  if (!last) return "open";
  if (!last.finished) return "running";
  if (isUndone(last, runs)) return "open";
  if (last.finished.status === "done") return "done";
  return last.finished.status === "failed" ? "failed" : "open";
}

const isUndone = ({ runId }: RecordedRun, runs: readonly RecordedRun[]): boolean =>
  runs.some(({ finished }) => finished?.undoes === runId);

/** Actions after which the component is back; one that only looks brings nothing back, and a table is a part of it (`tablesOf`). */
const RECOVERING: Record<Component, string[]> = {
  s3: ["recover-s3-deleted", "recover-s3-versions", "copy-back-replica"],
  "terraform-state": ["recover-terraform-state", "mend-terraform-state"],
  nessie: ["recover-nessie-branch", "switch-nessie-tables"],
  dagster: ["redeploy-dagster"],
  "audit-logs": ["recover-s3-deleted", "recover-s3-versions", "copy-back-replica"],
};

/** The tables that were recovered one by one, by how the last run of each went. `still` is empty when nothing else is affected. */
interface RecoveredTables {
  back: string[];
  /** When the last of them was back; 0 without one. */
  atMs: number;
  still: string;
}

/**
 * A table is not the bucket: as long as somebody says that the S3 data is affected, more may be missing than the tables that are back.
 * Where nobody does, what was begun is what is affected.
 */
function tablesOf({ blastRadius }: IncidentView, runs: readonly RecordedRun[]): RecoveredTables {
  const last = new Map<string, RecordedRun>();
  for (const run of runsOf("s3", ["recover-table"], runs)) {
    const { table } = (run.plan?.parameters ?? {}) as JsonObject;
    if (run.finished?.status === "cancelled" || isUndone(run, runs)) continue;
    last.set(typeof table === "string" ? table : run.title, run);
  }
  const isBack = ([, run]: [string, RecordedRun]) => run.finished?.status === "done";
  const back = [...last].filter(isBack).sort(([, a], [, b]) => (a.finished?.atMs ?? 0) - (b.finished?.atMs ?? 0));
  const open = [...last]
    .filter((one) => !isBack(one))
    .map(([table, run]) => `${table} (${run.finished?.status ?? "running"})`);
  const rest = blastRadius?.components.includes("s3")
    ? [
        `the rest of the S3 data, by the blast radius that ${blastRadius.by} said (said again without it: nothing else is)`,
      ]
    : [];
  return {
    back: back.map(([table]) => table),
    atMs: back.at(-1)?.[1].finished?.atMs ?? 0,
    still: [...open, ...othersBegun(runs), ...rest].join("; "),
  };
}

/** Recoveries of objects that were begun and are not whole. */
const othersBegun = (runs: readonly RecordedRun[]): string[] =>
  runsOf("s3", RECOVERING.s3, runs)
    .filter((run) => !["done", "cancelled"].includes(run.finished?.status ?? "") && !isUndone(run, runs))
    .map(({ title, finished }) => `${title} (${finished?.status ?? "running"})`);

/** When it was back: as it was seen, else as its recovery ended, else as the responder said that all is resolved. */
function recoveryOf(
  { component }: RecoveryTarget,
  { resolved }: IncidentView,
  runs: readonly RecordedRun[],
  outage: Outage | undefined,
  tables: RecoveredTables | undefined,
): RecoveryObjective["recovered"] {
  const ended = resolved && { atMs: resolved.atMs, how: `the incident was declared resolved by ${resolved.by}` };
  if (outage && outage.endedAtMs === undefined)
    return ended && { ...ended, how: `${ended.how}; it was not seen to be back` };
  const recovering = runsOf(component, RECOVERING[component], runs).filter(
    (run) => run.finished?.status === "done" && !isUndone(run, runs),
  );
  const last = recovering.at(-1);
  const ends = [
    ...(outage?.endedAtMs === undefined ? [] : [{ atMs: outage.endedAtMs, how: "seen to be back" }]),
    ...(last?.finished ? [{ atMs: last.finished.atMs, how: last.title }] : []),
    ...(tables && tables.back.length > 0 && tables.still === ""
      ? [{ atMs: tables.atMs, how: `recovered table by table: ${tables.back.join(", ")}` }]
      : []),
  ].sort((a, b) => b.atMs - a.atMs);
  if (ends[0]) return ends[0];
  return ended;
}
