import type { S3Calls } from "../s3/calls.ts";
import { type Damage, versionMembers } from "../s3/damage.ts";
import type { KeyState } from "../s3/key-state.ts";
import { statesOf } from "../s3/states.ts";
import type { NeededFile } from "./needed-files.ts";

/** How many files a snapshot needs, and what is wrong with them. */
export interface TableTally {
  needed: number;
  /** Are not as they have to be. */
  damaged: number;
  /** Bytes of those that come back. */
  bytes: number;
  /** Of the damaged: no right version is left. */
  lost: number;
}

export const newTableTally = (): TableTally => ({ needed: 0, damaged: 0, bytes: 0, lost: 0 });

/**
 * The needed files that are not there as they have to be, each with how it comes back: by removing markers where the right version
 * lies right below them, by a copy where something else covers it, not at all where no version has the right size.
 */
export async function damagedFiles(
  calls: S3Calls,
  place: { bucket: string; prefix: string },
  group: readonly NeededFile[],
  tally: TableTally,
): Promise<Damage[]> {
  // Several deletion vectors may lie in one file.
  const files = new Map(group.map((file) => [file.key, file]));
  const isWanted = (key: string, size: number, id: string) => {
    const file = files.get(key);
    return file?.version === undefined ? file?.size === undefined || file.size === size : file.version === id;
  };
  const keys = [...files.keys()];
  const states = await statesOf(calls, { ...place, sinceMs: 0, isWanted }, keys);
  const lines: Damage[] = [];
  for (const key of keys) {
    tally.needed += 1;
    const line = lineOf(files.get(key)!, states.get(key));
    if (!line) continue;
    tally.damaged += 1;
    tally.bytes += line.s ?? 0;
    if (line.c === "gone") tally.lost += 1;
    lines.push(line);
  }
  return lines;
}

function lineOf({ key, rank }: NeededFile, state: KeyState | undefined): Damage | undefined {
  const base = { k: key, r: rank, t: state?.latest.atMs ?? 0, l: state?.latest.id ?? "" };
  if (!state?.wanted) return { ...base, c: "gone" };
  const { latest, wanted, data, markers } = state;
  if (latest.id === wanted.id) return undefined;
  const members = versionMembers(wanted);
  if (latest.isMarker && data?.id === wanted.id)
    return { ...base, ...members, c: "deleted", m: markers.map(({ id }) => id) };
  return { ...base, ...members, c: "overwritten", ...(latest.isMarker ? {} : { le: latest.etag }) };
}
