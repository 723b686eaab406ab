import { Failure, failureDetail } from "../../base/failure.ts";
import { type Locks, readLocks } from "./locks.ts";
import { readVersion } from "./object.ts";
import type { StateAccess, StatePlace } from "./place.ts";
import type { StateFile } from "./read-state.ts";
import { listVersions, type StateVersion } from "./versions.ts";
import { type AuditPlace, type Writer, writerOf } from "./writers.ts";

/** A version with what is in it. */
export interface KnownVersion extends StateVersion {
  /** Position in the list, from 1: the newest. */
  number: number;
  state?: StateFile;
  /** Why there is no `state`: a delete marker, too old to be read without being asked for, or the read failed. */
  unread?: string;
  writer: Writer;
}

/** Everything that decides about a recovery, read once. */
export interface StateHistory {
  /** Newest first. */
  versions: KnownVersion[];
  locks: Locks;
  /** What is on top: the current object, or a delete marker. Undefined: the key never existed. */
  latest?: KnownVersion;
  /** The lineage of this state: what the versions below the newest agree on, unless the newest shares it. */
  lineage?: string;
  /** The highest serial of that lineage. */
  highestSerial: number;
  /** What is wrong with the newest version, a sentence each; empty: nothing that could be seen. */
  damage: string[];
  /** The version to go back to. */
  lastGood?: KnownVersion;
}

/** How much is read without being asked for: so many of the newest versions, and bytes of them. */
const READ_VERSIONS = 20;
const READ_BYTES = 256 * 1024 * 1024;
/** Whatever their size: the newest and those that it may be compared with. */
const READ_ALWAYS = 3;
/** Versions that are read at the same time. */
const AT_ONCE = 4;
/** The writer of so many versions is looked for. */
const WRITERS = 10;

/** Lists the versions, reads the newest of them, and says what is wrong and where to go back to. Rejects with the Failure of the listing. */
export async function readHistory(
  place: StatePlace,
  audit: AuditPlace | undefined,
  access: StateAccess,
): Promise<StateHistory> {
  const { versions: listed, hasLockFile } = await listVersions(place, access);
  const locks = await readLocks(place, hasLockFile, access);
  let bytes = 0;
  const toRead = new Set(
    listed
      .filter(({ isDeleteMarker }) => !isDeleteMarker)
      .slice(0, READ_VERSIONS)
      .filter((version, index) => {
        bytes += version.bytes;
        return index < READ_ALWAYS || bytes <= READ_BYTES;
      }),
  );
  const versions = await inTurn(listed, async (version, index): Promise<KnownVersion> => {
    const writer: Writer =
      index < WRITERS ? await writerOf(place, version, audit, access) : { unknown: "not looked for" };
    const known = { ...version, number: index + 1, writer };
    if (version.isDeleteMarker) return { ...known, unread: "deleted" };
    if (!toRead.has(version)) return { ...known, unread: "not read: inspect it by its version id" };
    return { ...known, ...(await contentOf(place, version, access)) };
  });
  return { versions, locks, ...assess(versions, locks) };
}

async function contentOf(
  place: StatePlace,
  { versionId }: StateVersion,
  access: StateAccess,
): Promise<Pick<KnownVersion, "state" | "unread">> {
  try {
    return { state: await readVersion(place, versionId, access) };
  } catch (error) {
    access.signal?.throwIfAborted();
    return { unread: failureDetail(error, versionId).why };
  }
}

/** Several at a time, the results in the order of the items. */
async function inTurn<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.map((item, index) => ({ item, index }));
  const next = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) results[one.index] = await work(one.item, one.index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return results;
}

const isWhole = ({ state }: KnownVersion): boolean => state !== undefined && state.problem === undefined;

/** What the versions and the digest say about the newest one. A pure function. */
export function assess(
  versions: readonly KnownVersion[],
  locks: Pick<Locks, "usesTable" | "digest">,
): Pick<StateHistory, "latest" | "lineage" | "highestSerial" | "damage" | "lastGood"> {
  const [latest, ...older] = versions;
  const whole = older.filter(isWhole);
  const newest = latest?.state;
  const isShared = newest?.lineage !== undefined && whole.some(({ state }) => state?.lineage === newest.lineage);
  // A lineage that only the newest version has came with it: it is the intruder, not all that was there before.
  const lineage = isShared || whole.length === 0 ? newest?.lineage : whole[0]?.state?.lineage;
  const related = whole.filter(({ state }) => state?.lineage === lineage);
  const serials = [...related.map(({ state }) => state?.serial ?? 0)];
  const highestBefore = Math.max(0, ...serials);
  const own = newest?.lineage === lineage ? (newest?.serial ?? 0) : 0;
  // A digest that fits the newest version says nothing about those below it.
  const expected = locks.usesTable && locks.digest !== newest?.md5 ? locks.digest : undefined;
  const matching = expected ? related.find(({ state }) => state?.md5 === expected) : undefined;
  const lastGood = matching ?? related.find(({ state }) => state?.serial === highestBefore);
  return {
    ...(latest ? { latest } : {}),
    ...(lineage ? { lineage } : {}),
    highestSerial: Math.max(highestBefore, own),
    damage: latest ? damageOf(latest, { lineage, highestBefore, locks }) : ["the state does not exist"],
    ...(lastGood ? { lastGood } : {}),
  };
}

function damageOf(
  { state, unread, isDeleteMarker }: KnownVersion,
  known: { lineage: string | undefined; highestBefore: number; locks: Pick<Locks, "usesTable" | "digest"> },
): string[] {
  if (isDeleteMarker) return ["it was deleted"];
  if (!state) return [`it could not be read: ${unread ?? "unknown reason"}`];
  const { problem, lineage, serial = 0, md5 } = state;
  const { locks, highestBefore } = known;
  return [
    ...(problem ? [problem] : []),
    ...(lineage !== undefined && lineage !== known.lineage
      ? [`its lineage is ${lineage.slice(0, 8)}, before it was ${known.lineage?.slice(0, 8) ?? "unknown"}`]
      : []),
    ...(lineage === known.lineage && serial < highestBefore
      ? [`its serial is ${serial}, and ${highestBefore} was there before`]
      : []),
    ...(locks.usesTable && locks.digest !== undefined && locks.digest !== md5
      ? ["its MD5 is not the digest that Terraform expects, so Terraform did not write it"]
      : []),
  ];
}

/**
 * The version that the responder means: empty for the last good one, a serial, or a version id. @throws Failure not-found or invalid
 * that says what there is.
 */
export function chooseVersion({ versions, lastGood }: StateHistory, wanted: string): KnownVersion {
  const what = "version of the Terraform state";
  const next = "inspect-terraform-state shows the versions.";
  if (wanted === "") {
    if (lastGood) return lastGood;
    const why = "below the newest version there is none that is whole and of its lineage";
    throw new Failure({ kind: "not-found", what, why, next });
  }
  const byId = versions.find(({ versionId }) => versionId === wanted);
  if (byId) return byId;
  const ofSerial = /^\d+$/.test(wanted)
    ? versions.filter(({ state, isLatest }) => !isLatest && state?.serial === Number(wanted) && !state.problem)
    : [];
  const [only, ...others] = ofSerial;
  const distinct = others.filter(({ state }) => state?.sha256 !== only?.state?.sha256);
  if (only && distinct.length === 0) return only;
  const why = only
    ? `${ofSerial.length} versions that differ have serial ${wanted}: ${ofSerial.map(({ versionId }) => versionId).join(", ")}`
    : `there is neither a version id nor a serial "${wanted.slice(0, 60)}" below the newest version`;
  throw new Failure({ kind: only ? "invalid" : "not-found", what, why, next });
}
