import { createHash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { Failure } from "../base/failure.ts";
import type { Recorder } from "../record/contract.ts";

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

export interface StoredEvidence {
  /** Relative to the incident's folder. */
  path: string;
  sha256: string;
  bytes: number;
}

/**
 * Writes one piece of evidence into the incident's `evidence/` folder (0700, file 0600, flushed to disk) and records its sha256,
 * source and request ids. `name` is a relative path; one that leaves the folder is refused. An existing file is never overwritten.
 */
export async function storeEvidence(
  recorder: Recorder,
  name: string,
  content: string | Uint8Array,
  about: { source: string; requestIds: string[]; status?: "complete" | "partial"; reason?: string },
): Promise<StoredEvidence> {
  const folder = join(recorder.folder, "evidence");
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
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const handle = await open(file, "wx", PRIVATE_FILE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const stored = {
    path: relative(recorder.folder, file),
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.byteLength,
  };
  await recorder.append({
    kind: "evidence.stored",
    payload: {
      ...stored,
      status: about.status ?? "complete",
      reason: about.reason ?? "",
      source: about.source,
      requestIds: about.requestIds,
    },
  });
  return stored;
}
