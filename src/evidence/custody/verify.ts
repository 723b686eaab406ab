import { lstat, readdir, readFile } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import * as z from "zod";
import { canonicalJson, type Json } from "../../base/json.ts";
import { verifyChain } from "../../record/chain.ts";
import type { RecordEntry } from "../../record/entries.ts";
import { sha256OfFile } from "../file-hash.ts";
import {
  type Artifact,
  artifactOf,
  DIGEST_FILE,
  MANIFEST_FILE,
  type Manifest,
  manifestOf,
  SIGNATURE_FILE,
  sha256Of,
  TIMELINE_FILE,
} from "./manifest.ts";

export interface BundleVerdict {
  /** What does not fit, the first thing first; empty: the bundle is consistent. */
  problems: string[];
  /** sha256 of the manifest as it is. */
  digest: string;
  artifacts: number;
  /** How many of them are partial, and what was never collected. */
  partial: number;
  missing: Manifest["missing"];
}

export interface VerifyOptions {
  /** The root digest as it was kept elsewhere, 64 hex digits. */
  digest?: string;
  /** The incident's record, where it is at hand. */
  record?: readonly RecordEntry[];
}

/**
 * Checks a bundle against itself, offline: manifest, digest, every file, the timeline's chain, and that nothing was added. Without a
 * digest that was kept elsewhere, or a signature, it can only say that everything fits together, not who made it.
 */
export async function verifyBundle(folder: string, options: VerifyOptions = {}): Promise<BundleVerdict> {
  const verdict: BundleVerdict = { problems: [], digest: "", artifacts: 0, partial: 0, missing: [] };
  const { problems } = verdict;
  const text = await contentOf(join(folder, MANIFEST_FILE));
  if (text === undefined) return { ...verdict, problems: [`${MANIFEST_FILE} is missing`] };
  verdict.digest = sha256Of(text);
  if (options.digest !== undefined && options.digest.toLowerCase() !== verdict.digest)
    problems.push(`${MANIFEST_FILE} was changed: its sha256 is not the digest that was given`);
  const sidecar = await contentOf(join(folder, DIGEST_FILE));
  if (sidecar === undefined) problems.push(`${DIGEST_FILE} is missing`);
  else if (sidecar.toString("utf8") !== `${verdict.digest}  ${MANIFEST_FILE}\n`)
    problems.push(`${MANIFEST_FILE} or ${DIGEST_FILE} was changed: they do not fit`);
  const manifest = parseManifest(text.toString("utf8"));
  if (!manifest) return { ...verdict, problems: [...problems, `${MANIFEST_FILE} was changed: it is no manifest`] };
  verdict.artifacts = manifest.artifacts.length;
  verdict.partial = manifest.artifacts.filter(({ status }) => status === "partial").length;
  verdict.missing = manifest.missing;
  for (const artifact of manifest.artifacts) {
    const problem = await fileProblem(folder, artifact);
    if (problem) problems.push(problem);
  }
  const timeline = await contentOf(join(folder, TIMELINE_FILE));
  problems.push(...timelineProblems(manifest, timeline?.toString("utf8")));
  const added = await addedFiles(folder, manifest);
  problems.push(...added.map((path) => `${path} was added`));
  if (options.record) problems.push(...recordProblems(manifest, verdict.digest, options.record));
  return verdict;
}

const manifestSchema = z.looseObject({
  format: z.literal("mayday-evidence-1"),
  record: z.looseObject({ entries: z.int().min(0), headHash: z.string() }),
  timeline: z.looseObject({ sha256: z.string() }),
  artifacts: z.array(
    z.looseObject({
      // A bundle comes from somebody else: nothing outside it is looked at.
      path: z.string().refine((path) => !isAbsolute(path) && !path.split(/[\\/]/).includes("..")),
      sha256: z.string(),
      bytes: z.int().min(0),
      status: z.enum(["complete", "partial"]),
    }),
  ),
  missing: z.array(z.looseObject({ what: z.string(), why: z.string() })),
});

function parseManifest(text: string): Manifest | undefined {
  try {
    const { success, data } = manifestSchema.safeParse(JSON.parse(text));
    return success ? (data as unknown as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

async function fileProblem(folder: string, { path, sha256, bytes }: Artifact): Promise<string | undefined> {
  const file = join(folder, path);
  const found = await lstat(file).catch(() => undefined);
  if (!found) return `${path} is missing`;
  if (!found.isFile()) return `${path} was changed: it is no file`;
  if (found.size < bytes) return `${path} was truncated: ${found.size} of ${bytes} bytes`;
  if (found.size > bytes) return `${path} was changed: ${found.size} bytes instead of ${bytes}`;
  return (await sha256OfFile(file)) === sha256 ? undefined : `${path} was changed: its sha256 differs`;
}

function timelineProblems(manifest: Manifest, text: string | undefined): string[] {
  if (text === undefined) return [`${TIMELINE_FILE} is missing`];
  const lines = text.split("\n");
  const last = lines.pop();
  const entries: RecordEntry[] = [];
  for (const [index, line] of lines.entries()) {
    try {
      entries.push(z.looseObject({}).parse(JSON.parse(line)) as unknown as RecordEntry);
    } catch {
      return [`${TIMELINE_FILE} was changed: line ${index + 1} is no entry`];
    }
  }
  const wanted = manifest.record.entries;
  const chain = verifyChain(entries);
  if (!chain.ok) return [`${TIMELINE_FILE} was changed or reordered: entry ${chain.seq}: ${chain.reason}`];
  if (entries.length < wanted || last !== "")
    return [`${TIMELINE_FILE} was truncated: it ends after entry ${entries.length} of ${wanted}`];
  if (entries.length > wanted) return [`${TIMELINE_FILE}: entry ${wanted + 1} was added`];
  if (chain.headHash !== manifest.record.headHash)
    return [`${TIMELINE_FILE} or ${MANIFEST_FILE} was changed: the last entry's hash differs`];
  if (sha256Of(text) !== manifest.timeline.sha256) return [`${TIMELINE_FILE} was changed: its sha256 differs`];
  const stored = entries.flatMap(artifactOf);
  const differing = stored.findIndex((artifact, at) => !same(artifact, manifest.artifacts[at]));
  if (differing >= 0)
    return [`${MANIFEST_FILE} was changed: ${stored[differing]?.path} stands otherwise in the timeline`];
  if (stored.length !== manifest.artifacts.length)
    return [`${MANIFEST_FILE} was changed: ${manifest.artifacts[stored.length]?.path} is not in the timeline`];
  const made = manifestOf(entries, text) as unknown as Record<string, Json>;
  const found = manifest as unknown as Record<string, Json>;
  const other = [...new Set([...Object.keys(made), ...Object.keys(found)])].find(
    (name) => canonicalJson(made[name] ?? null) !== canonicalJson(found[name] ?? null),
  );
  return other === undefined ? [] : [`${MANIFEST_FILE} was changed: its "${other}" is not what the timeline says`];
}

const same = (a: Artifact, b: Artifact | undefined) =>
  b !== undefined && canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);

async function addedFiles(folder: string, manifest: Manifest): Promise<string[]> {
  const known = new Set([MANIFEST_FILE, DIGEST_FILE, SIGNATURE_FILE, TIMELINE_FILE]);
  for (const { path } of manifest.artifacts) known.add(path);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !known.has(path))
    .sort();
}

function recordProblems(manifest: Manifest, digest: string, record: readonly RecordEntry[]): string[] {
  const chain = verifyChain(record);
  if (!chain.ok) return [`the record was changed or reordered: entry ${chain.seq}: ${chain.reason}`];
  if (record[manifest.record.entries - 1]?.hash !== manifest.record.headHash)
    return ["the record is another one than the bundle's: the hash that the manifest names is not in it"];
  const sealed = record.findLast((entry) => entry.kind === "evidence.sealed");
  if (sealed?.kind === "evidence.sealed" && sealed.payload.digest !== digest)
    return [`${MANIFEST_FILE} was changed: the record was sealed with another digest`];
  return [];
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
