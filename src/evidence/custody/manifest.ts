import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../../base/json.ts";
import type { RecordEntry } from "../../record/entries.ts";
import { type Missing, missingOf } from "./missing.ts";

export const MANIFEST_FILE = "manifest.json";
/** The sha256 of the manifest's bytes, as `sha256sum` writes and checks it. */
export const DIGEST_FILE = "manifest.sha256";
export const SIGNATURE_FILE = "manifest.json.sig";
export const TIMELINE_FILE = "timeline.jsonl";

export interface Artifact {
  /** Relative to the bundle. */
  path: string;
  sha256: string;
  bytes: number;
  status: "complete" | "partial";
  /** Why it is partial. */
  reason: string;
  source: string;
  sourceArn: string;
  version: string | null;
  api: string | null;
  requestIds: string[];
  /** UTC; when it was recorded, where the start of collecting is not known. */
  startedAt: string;
  endedAt: string;
  collector: { arn: string; host: string; user: string };
  /** Position of its entry in the timeline. */
  entry: number;
}

export interface Manifest {
  format: "mayday-evidence-1";
  incident: string;
  tool: string;
  /** UTC time of the last entry that it covers. */
  through: string;
  record: { entries: number; headHash: string };
  timeline: { path: string; sha256: string; bytes: number };
  artifacts: Artifact[];
  /** What was asked for and is not there, or not whole: the run's own words. */
  missing: Missing[];
}

export const sha256Of = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

/** The entries in their canonical form (RFC 8785), one a line. */
export function timelineOf(entries: readonly RecordEntry[]): string {
  return entries.map((entry) => `${canonicalJson(entry as unknown as Json)}\n`).join("");
}

/**
 * The manifest over everything that the entries say is stored: a pure function of them. `entries`: the record from its first one on.
 * Bundles are verified by making it again from their timeline, so the same entries must give the same manifest for ever.
 */
export function manifestOf(entries: readonly RecordEntry[], timeline: string): Manifest {
  const opened = entries.find((entry) => entry.kind === "incident.opened");
  const head = entries.at(-1);
  return {
    format: "mayday-evidence-1",
    incident: opened?.kind === "incident.opened" ? opened.payload.incidentId : "",
    tool: `mayday ${opened?.kind === "incident.opened" ? opened.payload.toolVersion : "unknown"}`,
    through: head?.at ?? "",
    record: { entries: entries.length, headHash: head?.hash ?? "" },
    timeline: { path: TIMELINE_FILE, sha256: sha256Of(timeline), bytes: Buffer.byteLength(timeline) },
    artifacts: entries.flatMap(artifactOf),
    missing: missingOf(entries),
  };
}

/** The artifact that an entry stored; nothing for other entries. */
export function artifactOf(entry: RecordEntry): Artifact[] {
  if (entry.kind !== "evidence.stored") return [];
  const { path, sha256, bytes, status, reason, source, requestIds, details } = entry.payload;
  const utc = (atMs: number | undefined) => (atMs === undefined ? entry.at : new Date(atMs).toISOString());
  return [
    {
      path: path.replace(/^evidence\//, ""),
      sha256,
      bytes,
      status,
      reason,
      source,
      sourceArn: details?.sourceArn ?? "",
      version: details?.version ?? null,
      api: details?.api ?? null,
      requestIds,
      startedAt: utc(details?.startedAtMs),
      endedAt: utc(details?.endedAtMs),
      collector: { arn: entry.actor.callerArn, host: entry.actor.host, user: entry.actor.osUser },
      entry: entry.seq,
    },
  ];
}
