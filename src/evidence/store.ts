import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, readdir, rename, stat } from "node:fs/promises";
import { dirname, join, parse, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { Failure } from "../base/failure.ts";
import type { Recorder } from "../record/contract.ts";
import type { EntryPayloads } from "../record/entries.ts";
import { type SealedBundle, sealBundle } from "./custody/seal.ts";
import type { ExportedFile } from "./export/contract.ts";

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** The bundle's folder in an incident's folder, and where unfinished exports wait beside it. */
export const EVIDENCE_FOLDER = "evidence";
const WORK_FOLDER = "unfinished-exports";
const RECOVERY_FOLDER = "recoveries";

type Details = EntryPayloads["evidence.stored"]["details"];

export interface StoredEvidence {
  /** Relative to the incident's folder. */
  path: string;
  sha256: string;
  bytes: number;
}

export interface AboutEvidence {
  source: string;
  requestIds: string[];
  status?: "complete" | "partial";
  reason?: string;
  details?: Details;
}

/** Everything that a run does with evidence, for one incident. */
export function evidenceSink(recorder: Recorder) {
  const folder = join(recorder.folder, EVIDENCE_FOLDER);
  return {
    workFolder: join(recorder.folder, WORK_FOLDER),
    recoveryFolder: join(recorder.folder, RECOVERY_FOLDER),
    async storeEvidence(name: string, content: string, about: AboutEvidence): Promise<void> {
      await storeEvidence(recorder, name, content, about);
    },
    async adoptEvidence(file: ExportedFile): Promise<void> {
      await adoptEvidence(recorder, file);
    },
    sealBundle: (): Promise<SealedBundle> => sealBundle(recorder, folder),
    async storedEvidence(): Promise<{ folder: string; names: string[] }> {
      await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = found.filter((entry) => entry.isFile());
      return { folder, names: files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort() };
    },
  };
}

/**
 * Writes one piece of evidence into the incident's `evidence/` folder (0700, file 0600, flushed to disk) and records its sha256,
 * source and request ids. `name` is a relative path; one that leaves the folder is refused. An existing file is never overwritten.
 */
export async function storeEvidence(
  recorder: Recorder,
  name: string,
  content: string | Uint8Array,
  about: AboutEvidence,
): Promise<StoredEvidence> {
  const file = await placeFor(recorder, name);
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const handle = await open(file, "wx", PRIVATE_FILE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return recordStored(recorder, file, sha256, bytes.byteLength, about);
}

/** Moves a finished file of an export into the bundle, under a free name beginning as its own, and records it. Never overwrites. */
export async function adoptEvidence(recorder: Recorder, exported: ExportedFile): Promise<StoredEvidence> {
  const handle = await open(exported.path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(exported.path, PRIVATE_FILE);
  const hash = createHash("sha256");
  await pipeline(createReadStream(exported.path), hash);
  const { size } = await stat(exported.path);
  const file = await freePlace(recorder, exported.name);
  await rename(exported.path, file);
  const { sourceArn, api, version, startedAtMs, endedAtMs, partialReason, requestIds } = exported;
  return recordStored(recorder, file, hash.digest("hex"), size, {
    source: sourceArn,
    requestIds,
    status: partialReason ? "partial" : "complete",
    reason: partialReason,
    details: { sourceArn, api, startedAtMs, endedAtMs, ...(version ? { version } : {}) },
  });
}

async function placeFor(recorder: Recorder, name: string): Promise<string> {
  const folder = join(recorder.folder, EVIDENCE_FOLDER);
  const file = resolve(folder, name);
  if (relative(folder, file).startsWith("..")) {
    throw new Failure({
      kind: "bug",
      what: `store evidence ${name}`,
      why: "the name leaves the evidence folder",
      next: "Report this.",
    });
  }
  await mkdir(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  return file;
}

/** The place for this name, or for the name with a number when the same was exported before. */
async function freePlace(recorder: Recorder, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const { dir, base } = parse(name);
    const [stem = base, ...extensions] = base.split(/(?=\.[a-z]+(?:\.[a-z]+)?$)/);
    const numbered = number === 1 ? base : `${stem}-${number}${extensions.join("")}`;
    const file = await placeFor(recorder, join(dir, numbered));
    try {
      await stat(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return file;
      throw error;
    }
  }
}

async function recordStored(
  recorder: Recorder,
  file: string,
  sha256: string,
  bytes: number,
  about: AboutEvidence,
): Promise<StoredEvidence> {
  const stored = { path: relative(recorder.folder, file), sha256, bytes };
  await recorder.append({
    kind: "evidence.stored",
    payload: {
      ...stored,
      status: about.status ?? "complete",
      reason: about.reason ?? "",
      source: about.source,
      requestIds: about.requestIds,
      ...(about.details ? { details: about.details } : {}),
    },
  });
  return stored;
}
