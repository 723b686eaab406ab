import { callerName } from "../access/denied-calls.ts";
import type { DataEvent } from "../sources/data-events.ts";
import type { Folder, Marker } from "./marker-facts.ts";

/** Deletions that came together. Times in domain ms. */
export interface Burst {
  fromMs: number;
  toMs: number;
  markers: Marker[];
  /** Who deleted in that time, by the data events: `role/session`, with the calls. */
  by: { by: string; userAgent: string; calls: number; bulk: boolean }[];
}

/** Deletions with no longer pause than this between them are one burst: a job's calls follow each other. */
const PAUSE_MS = 90_000;
/** Whole seconds in CloudTrail and in LastModified. */
const SECOND_MS = 1000;

/** The deletions of the last day in bursts, the largest first. */
export function burstsOf(folders: readonly Folder[], events: readonly DataEvent[]): Burst[] {
  const markers = folders.flatMap(({ deleted }) => deleted).sort((a, b) => a.atMs - b.atMs);
  const bursts: Burst[] = [];
  for (const marker of markers) {
    const last = bursts.at(-1);
    if (last && marker.atMs - last.toMs <= PAUSE_MS) {
      last.markers.push(marker);
      last.toMs = marker.atMs;
    } else bursts.push({ fromMs: marker.atMs, toMs: marker.atMs, markers: [marker], by: [] });
  }
  for (const burst of bursts) burst.by = deleters(burst, events);
  return bursts.sort((a, b) => b.markers.length - a.markers.length);
}

function deleters({ fromMs, toMs }: Burst, events: readonly DataEvent[]): Burst["by"] {
  const found = new Map<string, Burst["by"][number]>();
  for (const { name, atMs, by, userAgent, errorCode } of events) {
    if (errorCode !== undefined || !/^DeleteObjects?$/.test(name)) continue;
    if (atMs < fromMs - SECOND_MS || atMs > toMs + SECOND_MS) continue;
    const known = found.get(by) ?? { by, userAgent, calls: 0, bulk: false };
    found.set(by, { ...known, calls: known.calls + 1, bulk: known.bulk || name === "DeleteObjects" });
  }
  return [...found.values()].sort((a, b) => Number(b.bulk) - Number(a.bulk) || b.calls - a.calls);
}

/** Folders by how many of the burst's objects are in them, the most first. */
export function foldersOf(burst: Burst, folders: readonly Folder[]): { folder: Folder; count: number }[] {
  return folders
    .map((folder) => ({ folder, count: burst.markers.filter(({ key }) => key.startsWith(folder.prefix)).length }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** Fewer deletions than this empty no table: a test, a spill file. */
const FEW = 5;

/** Folders whose every data file went with this burst. */
export function emptied(burst: Burst, folders: readonly Folder[]): Folder[] {
  return foldersOf(burst, folders)
    .filter(({ folder, count }) => folder.whole && folder.liveData === 0 && count >= FEW)
    .map(({ folder }) => folder);
}

/** Whether a burst was the work of the tables' own writers: their maintenance deletes files that no table needs. */
export function isMaintenance({ by }: Burst, writerRoles: readonly string[]): boolean {
  return by.length > 0 && by.every((one) => writerRoles.includes(callerName(one)));
}
