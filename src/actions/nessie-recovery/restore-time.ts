import { formatAge } from "../../base/duration.ts";
import { utcDay } from "../../recovery/nessie/words.ts";
import type { Check, PrepareContext } from "../contract.ts";
import { timeOf } from "../evidence-window.ts";
import type { TablePair } from "./store.ts";

const MINUTE_MS = 60_000;

/** To which second the tables are restored, and how good that is. */
export interface RestoreTime {
  /** Domain ms, a whole second. */
  atMs: number;
  /** Restores to that second are there already, or under way: nothing is started twice. */
  isContinued: boolean;
  checks: Check[];
  facts: Record<string, string>;
}

/**
 * The second to restore to: what was asked for; else that of a restore which an earlier run began; else the minute before the incident
 * was detected, and where that cannot be restored yet, the latest that can.
 */
export function restoreTime(context: PrepareContext, pairs: readonly TablePair[], asked: string): RestoreTime {
  const nowMs = context.clock.now();
  const begun = pairs.flatMap(({ source, existing }) =>
    existing?.restore?.sourceArn === source.arn ? [existing.restore.atMs] : [],
  );
  const windows = pairs.flatMap(({ source: { window } }) => window ?? []);
  const latestMs = windows.length > 0 ? Math.min(...windows.map((window) => window.latestMs)) : undefined;
  const { detectedAtMs, declaredAtMs } = context.incident;
  const startMs = Math.min(detectedAtMs ?? declaredAtMs, declaredAtMs);
  const beforeMs = startMs - MINUTE_MS;
  const wantedMs = asked === "" ? (begun[0] ?? Math.min(beforeMs, latestMs ?? beforeMs)) : timeOf("at", asked, nowMs);
  const atMs = Math.floor(wantedMs / 1000) * 1000;
  const isContinued = begun.includes(atMs);
  const facts: Record<string, string> = {
    "restored to": `${utcDay(atMs)}, ${formatAge(nowMs - atMs)} ago${isContinued ? " (a restore to it was begun)" : ""}`,
    "incident began": `${utcDay(startMs)} (${detectedAtMs === undefined ? "declared" : "detected"})`,
  };
  if (latestMs !== undefined)
    facts["real RPO"] =
      `newest restorable second ${utcDay(latestMs)}: the last ${formatAge(nowMs - latestMs)} are lost in any case, not "< 1 second"`;
  return { atMs, isContinued, facts, checks: [windowCheck(pairs, atMs), guessCheck(asked, isContinued)] };
}

function windowCheck(pairs: readonly TablePair[], atMs: number): Check {
  const label = "point in time";
  const off = pairs.filter(({ source, existing }) => source.window === undefined && !existing);
  if (off.length > 0) {
    const names = off.map(({ source }) => source.name).join(", ");
    const detail = `point-in-time recovery is off for ${names}: look for other backups (aws dynamodb list-backups --table-name NAME; AWS Backup)`;
    return { label, status: "fail", detail };
  }
  for (const { source, existing } of pairs) {
    const { name, window } = source;
    if (existing || !window) continue;
    if (atMs > window.latestMs)
      return {
        label,
        status: "fail",
        detail: `${name} can be restored up to ${utcDay(window.latestMs)}: wait, or go further back`,
      };
    if (atMs < window.earliestMs)
      return { label, status: "fail", detail: `${name} can be restored from ${utcDay(window.earliestMs)} on` };
  }
  return { label, status: "pass", detail: "inside what every table can be restored to" };
}

function guessCheck(asked: string, isContinued: boolean): Check {
  const label = "before the damage";
  if (asked !== "" || isContinued) return { label, status: "pass", detail: "the time was chosen" };
  const detail =
    "the minute before detection is a guess: damage may be older. Diagnose (d) finds the first batch write; then give at=";
  return { label, status: "warn", detail };
}

/** Whether the names of the restored tables are free, or those of the same restore. */
export function namesCheck(pairs: readonly TablePair[], atMs: number): Check {
  const label = "target names";
  const taken = pairs.flatMap(({ source, target, existing }) => {
    if (!existing) return [];
    const { restore } = existing;
    if (restore?.sourceArn !== source.arn) return [`${target} is another table`];
    return restore.atMs === atMs ? [] : [`${target} is a restore to ${utcDay(restore.atMs)}`];
  });
  if (taken.length > 0)
    return { label, status: "fail", detail: `${taken.join("; ")}: give another suffix (suffix=restored2)` };
  const begun = pairs.filter(({ existing }) => existing).map(({ target, existing }) => `${target} ${existing?.status}`);
  if (begun.length === 0) return { label, status: "pass", detail: pairs.map(({ target }) => target).join(", ") };
  return { label, status: "pass", detail: `the restore was begun, and goes on: ${begun.join(", ")}` };
}
