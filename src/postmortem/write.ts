import { createHash, randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type Json } from "../base/json.ts";
import type { RecordEntry } from "../record/entries.ts";
import { materialEntries } from "./extent.ts";
import { type RenderOptions, renderPostmortem } from "./render.ts";

export interface WrittenPostmortem {
  /** Absolute path of `postmortem.md`. */
  path: string;
  /** Of the document's bytes, 64 hex digits. */
  sha256: string;
  markdown: string;
  /** Absolute path of `timeline.jsonl`: the entries that the document was made from, one canonical JSON object a line. */
  timelinePath: string;
  timelineSha256: string;
  /** Position of the last entry that the document was made from. */
  throughSeq: number;
}

/**
 * Writes `postmortem.md` and `timeline.jsonl` into the incident's folder, each atomically and with mode 0600. The same entries give
 * the same bytes. Rejects with the file system's error; what stood there before is then untouched.
 */
export async function writePostmortem(
  folder: string,
  entries: readonly RecordEntry[],
  options: RenderOptions = {},
): Promise<WrittenPostmortem> {
  const { material } = materialEntries(entries);
  const markdown = renderPostmortem(entries, options);
  const timeline = timelineJsonl(material);
  const path = join(folder, "postmortem.md");
  const timelinePath = join(folder, "timeline.jsonl");
  await writeAtomically(path, markdown);
  await writeAtomically(timelinePath, timeline);
  const throughSeq = material.at(-1)?.seq ?? 0;
  return { path, sha256: sha256(markdown), markdown, timelinePath, timelineSha256: sha256(timeline), throughSeq };
}

/** The entries in their canonical form (RFC 8785), one a line. */
export function timelineJsonl(entries: readonly RecordEntry[]): string {
  return entries.map((entry) => `${canonicalJson(entry as unknown as Json)}\n`).join("");
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Writes the file whole or not at all, with mode 0600. Rejects with the file system's error. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      // The umask may take bits away; nothing may add any.
      await file.chmod(0o600);
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
