import type { DataEvent } from "../sources/data-events.ts";
import { type TrailEvent, textAt } from "../sources/trail.ts";

/** From where a user's keys were used: one address with one program. Times in domain ms. */
export interface Place {
  address: string;
  userAgent: string;
  keys: string[];
  firstMs: number;
  lastMs: number;
  /** Calls that AWS refused, by their names. */
  refused: string[];
  /** Keys that were made from there. */
  created: string[];
  /** Objects that were read, and keys' folders that were written. */
  reads: number;
  folders: string[];
  writes: number;
  calls: number;
}

/** `aws-cli/2.15.30` of a user agent: versions of what is below it say nothing of who it is. */
const program = (userAgent: string) => userAgent.split(" ")[0] ?? "";

/** Everything that was done with a user's keys, by the place from which it was done, the one with the most refusals first. */
export function placesOf(
  keyIds: readonly string[],
  history: readonly TrailEvent[],
  data: readonly DataEvent[],
): Place[] {
  const places = new Map<string, Place>();
  const at = (event: Pick<TrailEvent, "sourceAddress" | "userAgent" | "accessKeyId" | "atMs">): Place => {
    const { sourceAddress: address, userAgent, accessKeyId, atMs } = event;
    const id = `${address} ${program(userAgent)}`;
    const none = { refused: [], created: [], folders: [], reads: 0, writes: 0, calls: 0 };
    const place = places.get(id) ?? { address, userAgent, keys: [], firstMs: atMs, lastMs: atMs, ...none };
    places.set(id, place);
    place.calls += 1;
    place.firstMs = Math.min(place.firstMs, atMs);
    place.lastMs = Math.max(place.lastMs, atMs);
    if (!place.keys.includes(accessKeyId)) place.keys.push(accessKeyId);
    return place;
  };
  for (const event of history) {
    if (!keyIds.includes(event.accessKeyId)) continue;
    const place = at(event);
    if (/AccessDenied|UnauthorizedOperation/.test(event.errorCode ?? "")) place.refused.push(event.name);
    const made =
      event.name === "CreateAccessKey" && !event.errorCode ? textAt(event.output, "accessKey", "accessKeyId") : "";
    if (made) place.created.push(made);
  }
  for (const event of data) {
    if (!keyIds.includes(event.accessKeyId)) continue;
    const place = at(event);
    if (event.errorCode) continue;
    const reads = /^(Get|Head)Object/.test(event.name);
    if (reads) place.reads += 1;
    else place.writes += 1;
    const folder = event.key?.split("/").slice(0, 2).join("/");
    if (folder !== undefined && !place.folders.includes(folder)) place.folders.push(folder);
  }
  return [...places.values()].sort((a, b) => b.refused.length - a.refused.length || b.calls - a.calls);
}

/** So many refusals are no slip: somebody tries what the key may do. */
const PROBING = 4;
/** Distributions and tools that are made for breaking in, as they name themselves. */
const TOOLS = /kali|parrot|pentoo|blackarch|pacu|cloudfox|enumerate-iam/i;

export interface Suspicion {
  place: Place;
  signs: string[];
  /** Enough to say that the key is in other hands. */
  certain: boolean;
}

/** Which place is not the owner's: the one that probes, beside one that does the usual work. */
export function suspicionOf(places: readonly Place[]): Suspicion | undefined {
  for (const place of places) {
    const probing = place.refused.length >= PROBING;
    const others = places.filter(({ address }) => address !== place.address);
    const signs = [
      ...(probing
        ? [`${place.refused.length} refused calls (${[...new Set(place.refused)].slice(0, 6).join(", ")})`]
        : []),
      ...(place.created.length > 0
        ? [`it made ${place.created.length === 1 ? "the key" : "the keys"} ${place.created.join(", ")}`]
        : []),
      ...(TOOLS.test(place.userAgent) ? [`its program calls itself ${place.userAgent}`] : []),
      ...(probing && others.length > 0
        ? [`meanwhile the usual work goes on from ${others.map(({ address }) => address).join(", ")}`]
        : []),
    ];
    if (signs.length === 0) continue;
    if (!probing && !TOOLS.test(place.userAgent)) continue;
    return { place, signs, certain: probing && signs.length >= 2 };
  }
  return undefined;
}
