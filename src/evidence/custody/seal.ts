import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Recorder } from "../../record/contract.ts";
import {
  DIGEST_FILE,
  MANIFEST_FILE,
  manifestOf,
  SIGNATURE_FILE,
  sha256Of,
  TIMELINE_FILE,
  timelineOf,
} from "./manifest.ts";

export interface SealedBundle {
  /** Absolute. */
  folder: string;
  /** The root digest: sha256 of the manifest's bytes. */
  digest: string;
  artifacts: number;
  /** What is not there or not whole. */
  missing: number;
}

/**
 * Writes timeline, manifest and its digest over everything that is stored so far, each atomically and 0600, and records the digest.
 * A signature of an earlier manifest is removed: it is none of this one. Rejects with the file system's error.
 */
export async function sealBundle(recorder: Recorder, folder: string): Promise<SealedBundle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = await recorder.entries();
  const timeline = timelineOf(entries);
  const manifest = manifestOf(entries, timeline);
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const digest = sha256Of(text);
  await rm(join(folder, SIGNATURE_FILE), { force: true });
  await writeAtomically(join(folder, TIMELINE_FILE), timeline);
  await writeAtomically(join(folder, MANIFEST_FILE), text);
  await writeAtomically(join(folder, DIGEST_FILE), `${digest}  ${MANIFEST_FILE}\n`);
  const artifacts = manifest.artifacts.length;
  const throughSeq = entries.at(-1)?.seq ?? 0;
  await recorder.append({
    kind: "evidence.sealed",
    payload: { path: `evidence/${MANIFEST_FILE}`, digest, artifacts, throughSeq },
  });
  return { folder, digest, artifacts, missing: manifest.missing.length };
}

async function writeAtomically(path: string, text: string): Promise<void> {
  // Beside the bundle and not in it: a process that is ended right here must leave nothing in it that is not of the bundle.
  const temporary = `${dirname(path)}-${basename(path)}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
