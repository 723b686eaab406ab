import { createHash } from "node:crypto";
import { chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, parse, relative, resolve } from "node:path";
import { Failure } from "../base/failure.ts";
import type { Recorder } from "../record/contract.ts";
import type { EntryPayloads } from "../record/entries.ts";
import { arrive, settleArrivals } from "./arrivals.ts";
import { type SealedBundle, sealBundle } from "./custody/seal.ts";
import type { ExportedFile } from "./export/contract.ts";
import { sha256OfFile } from "./file-hash.ts";

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
      await settleArrivals(recorder);
      await adoptEvidence(recorder, file);
    },
    async sealBundle(): Promise<SealedBundle> {
      await settleArrivals(recorder);
      return sealBundle(recorder, folder);
    },
    async recordUpload(payload: EntryPayloads["evidence.uploaded"]): Promise<void> {
      await recorder.append({ kind: "evidence.uploaded", payload });
    },
    async storedEvidence(): Promise<{ folder: string; names: string[] }> {
      await settleArrivals(recorder);
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
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const stored = { path: relative(recorder.folder, file), sha256, bytes: bytes.byteLength };
  await arrive(recorder, { ...stored, ...payloadOf(about) }, async () => {
    const handle = await open(file, "wx", PRIVATE_FILE);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return stored;
}

/**
 * Moves a finished file of an export into the bundle, under a free name beginning as its own, and records it. Never overwrites. What
 * the bundle has already under that name, byte for byte, is not stored again: an export that was cut off right behind it makes it anew.
 */
export async function adoptEvidence(recorder: Recorder, exported: ExportedFile): Promise<StoredEvidence> {
  const handle = await open(exported.path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(exported.path, PRIVATE_FILE);
  const sha256 = await sha256OfFile(exported.path);
  const { size } = await stat(exported.path);
  const { file, isThere } = await placeOf(recorder, exported.name, { sha256, size });
  const stored = { path: relative(recorder.folder, file), sha256, bytes: size };
  if (isThere) {
    await rm(exported.path);
    return stored;
  }
  const { sourceArn, api, version, startedAtMs, endedAtMs, partialReason, requestIds } = exported;
  const about = {
    source: sourceArn,
    requestIds,
    status: partialReason ? ("partial" as const) : ("complete" as const),
    reason: partialReason,
    details: { sourceArn, api, startedAtMs, endedAtMs, ...(version ? { version } : {}) },
  };
  await arrive(recorder, { ...stored, ...payloadOf(about) }, () => rename(exported.path, file));
  return stored;
}

function payloadOf({ status = "complete", reason = "", source, requestIds, details }: AboutEvidence) {
  return { status, reason, source, requestIds, ...(details ? { details } : {}) };
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

/** The place for this name, or for the name with a number when it is taken by something else. `isThere`: these very bytes are there. */
async function placeOf(
  recorder: Recorder,
  name: string,
  content: { sha256: string; size: number },
): Promise<{ file: string; isThere: boolean }> {
  for (let number = 1; ; number++) {
    const { dir, base } = parse(name);
    const [stem = base, ...extensions] = base.split(/(?=\.[a-z]+(?:\.[a-z]+)?$)/);
    const numbered = number === 1 ? base : `${stem}-${number}${extensions.join("")}`;
    const file = await placeFor(recorder, join(dir, numbered));
    const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (!found) return { file, isThere: false };
    if (found.size === content.size && (await sha256OfFile(file)) === content.sha256) return { file, isThere: true };
  }
}
