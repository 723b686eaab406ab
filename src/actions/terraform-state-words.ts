import { formatUtc } from "../base/duration.ts";
import { compareResources, describeDifference } from "../recovery/terraform-state/compare.ts";
import type { KnownVersion, StateHistory } from "../recovery/terraform-state/history.ts";
import { describeLock } from "../recovery/terraform-state/lock-info.ts";
import type { Locks } from "../recovery/terraform-state/locks.ts";
import type { StatePlace } from "../recovery/terraform-state/place.ts";
import type { Check } from "./contract.ts";

/** Addresses of a kind that a sentence names. */
const ADDRESSES = 6;
/** Versions that the facts list; the file of an inspection has all. */
const LISTED = 12;

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const minute = (atMs: number) => `${formatUtc(atMs).slice(0, 16).replace("T", " ")}Z`;
const shortLineage = (lineage: string | undefined) => lineage?.slice(0, 8) ?? "unknown";

/** What a version holds, in a line: serial, resources, lineage, time. */
export function versionWords({ state, unread, atMs, bytes }: KnownVersion): string {
  const time = minute(atMs);
  if (!state) return `${unread ?? "not read"}, ${time}${bytes > 0 ? `, ${bytes} bytes` : ""}`;
  const known = `serial ${state.serial ?? "unknown"}, ${plural(state.resources.size, "resource")}, lineage ${shortLineage(state.lineage)}, ${time}`;
  return state.problem ? `DAMAGED (${state.problem}), ${known}` : known;
}

/** Who wrote it, and its id. */
export function originWords({ writer, versionId }: KnownVersion): string {
  return `by ${"by" in writer ? writer.by : "unknown"}, version ${versionId}`;
}

/** The table of the versions, one fact each, newest first. */
export function versionFacts({ versions, lastGood }: StateHistory): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const version of versions.slice(0, LISTED)) {
    const mark = version.isLatest ? " current" : version === lastGood ? " last good" : "";
    // Not a number alone: members with such names would come first, whatever their order.
    facts[`#${version.number}${mark}`] = `${versionWords(version)}; ${originWords(version)}`;
  }
  if (versions.length > LISTED) facts.older = `${plural(versions.length - LISTED, "more version")}`;
  return facts;
}

/** How the resources change when `candidate` takes the place of `current`. */
export function differenceWords(candidate: KnownVersion, current: KnownVersion | undefined): string {
  if (!candidate.state)
    return `cannot be told: the version could not be read (${candidate.unread ?? "unknown reason"})`;
  const after = candidate.state.resources;
  if (!current?.state || current.state.problem)
    return `all ${plural(after.size, "resource")} come back: what is current has none that can be read`;
  return describeDifference(compareResources(after, current.state.resources), ADDRESSES);
}

/** Which locks are in use, and who holds them. */
export function lockWords({ usesTable, usesFile, item, file }: Locks, { lockTable }: StatePlace): string {
  const one = (name: string, held: Locks["item"]) => `${name}: ${held ? `held by ${describeLock(held)}` : "free"}`;
  const parts = [
    ...(usesTable || item ? [one(`DynamoDB ${lockTable ?? ""}`, item)] : []),
    ...(usesFile || file ? [one("S3 lock object", file)] : []),
  ];
  return parts.join("; ");
}

export function digestWords({ usesTable, digest }: Locks, latest: KnownVersion | undefined): string {
  if (!usesTable) return "not in use: there is no DynamoDB locking";
  if (digest === undefined) return "missing";
  if (!latest?.state) return `${digest}; there is no object to compare it with`;
  return latest.state.md5 === digest
    ? `${digest}, that of the current object`
    : `${digest}, NOT that of the current object`;
}

/** What is known to be wrong with the newest version. */
export function currentCheck({ latest, damage }: StateHistory): Check {
  const label = "current state";
  if (!latest) return { label, status: "fail", detail: "the key does not exist, in no version" };
  if (damage.length > 0) return { label, status: "warn", detail: `damaged: ${damage.join("; ")}` };
  return { label, status: "pass", detail: `looks whole: ${versionWords(latest)}` };
}

/** Refuses a state that somebody else has locked; a lock of our own that an earlier run left is taken over. */
export function lockCheck(locks: Locks, place: StatePlace, ownInfo: string): Check {
  const foreign = [locks.item, locks.file].find((held) => held !== undefined && held.info.Info !== ownInfo);
  const label = "lock";
  if (foreign) {
    const detail = `locked by ${describeLock(foreign)}. Wait; or if that one is dead for certain, release-terraform-lock first`;
    return { label, status: "fail", detail };
  }
  const own = locks.item ?? locks.file;
  if (own)
    return {
      label,
      status: "warn",
      detail: `held by a run of this incident that was cut off (${own.info.ID}): it is taken over`,
    };
  return { label, status: "pass", detail: lockWords(locks, place) };
}
