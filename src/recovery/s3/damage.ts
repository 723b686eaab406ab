import type { KeyState } from "./key-state.ts";
import { rankOf } from "./keys.ts";
import type { Version } from "./versions.ts";

/**
 * What happened to a key since the time in question.
 * - deleted: it was there, and a delete marker is on top now.
 * - overwritten: it was there, and another version is current now.
 * - new: it was not there, and is now.
 * - brief: it was not there, came and was deleted again.
 * - gone: only markers are left; the versions below have been deleted for good.
 */
export const DAMAGE_KINDS = ["deleted", "overwritten", "new", "brief", "gone"] as const;
export type DamageKind = (typeof DAMAGE_KINDS)[number];

/** A damaged key, as a line of a survey. Short names: there may be millions. Times in ms since the Unix epoch. */
export interface Damage {
  k: string;
  c: DamageKind;
  /** When it is restored (keys.ts). */
  r: number;
  /** Ids of the markers on top, newest first. */
  m?: string[];
  /** The version that comes back: below the markers, or the one of that time. */
  v?: string;
  /** Its bytes, its ETag, its storage class, and whether a checksum of the whole is kept with it. */
  s?: number;
  e?: string;
  sc?: string;
  x?: true;
  /** Since when it is noncurrent: lifecycle expiry counts from there. */
  n?: number;
  /** A client cannot tell whether it was there: it is listed, and left to a person. */
  u?: true;
  /** The newest version: its time, its id, its ETag. */
  t: number;
  l: string;
  le?: string;
}

export interface DamageWindow {
  sinceMs: number;
  /** Inclusive: what was done later is left alone. */
  untilMs: number;
}

/** What happened to the key in the window; undefined: nothing, or something newer that must not be touched. */
export function damageOf(state: KeyState, { sinceMs, untilMs }: DamageWindow): Damage | undefined {
  const { key, latest, markers, data } = state;
  if (latest.atMs < sinceMs || latest.atMs > untilMs) return undefined;
  const wasThere = state.isAmbiguous || (state.before !== undefined && !state.before.isMarker);
  const base = {
    k: key,
    r: rankOf(key),
    t: latest.atMs,
    l: latest.id,
    ...(state.isAmbiguous ? { u: true as const } : {}),
  };
  if (!latest.isMarker) {
    const current = { ...base, le: latest.etag };
    if (!wasThere) return { ...current, c: "new", s: latest.size };
    return { ...current, c: "overwritten", ...versionMembers(state.before!), n: state.since?.atMs ?? latest.atMs };
  }
  // A marker from before, with others on top: it was not there at that time either.
  if (markers.some(({ atMs }) => atMs < sinceMs)) return undefined;
  const ids = markers.map(({ id }) => id);
  if (!data) return { ...base, c: "gone", m: ids };
  const below = { ...versionMembers(data), n: markers.at(-1)?.atMs ?? latest.atMs };
  return { ...base, c: wasThere ? "deleted" : "brief", m: ids, ...below };
}

/** What a line says of the version that comes back. */
export function versionMembers(version: Version): Pick<Damage, "v" | "s" | "e" | "sc" | "x"> {
  const { id, size, etag, storageClass, hasChecksum } = version;
  return {
    v: id,
    s: size,
    e: etag,
    ...(storageClass ? { sc: storageClass } : {}),
    ...(hasChecksum ? { x: true as const } : {}),
  };
}
