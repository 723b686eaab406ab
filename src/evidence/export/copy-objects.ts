import { createWriteStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { s3Arn } from "../../aws/partition.ts";
import { Failure, failureDetail } from "../../base/failure.ts";
import type { ExportContext, Exported, ExportedFile } from "./contract.ts";
import { patiently } from "./patiently.ts";
import { Workspace } from "./workspace.ts";

/** An object to copy, with the name that it gets in the bundle. Without a version the current one. */
export interface ObjectToCopy {
  bucket: string;
  key: string;
  version?: string;
  name: string;
}

interface Checkpoint {
  copied: { index: number; requestId: string; version?: string; startedAtMs: number; endedAtMs: number }[];
}

/** Machine ms between checkpoints: what a crash has to copy again. */
const CHECKPOINT_PERIOD_MS = 500;
/** Copies at the same time. */
const AT_ONCE = 4;

/**
 * Copies objects byte for byte into the bundle, streaming, each with its version. `key` names the set: the same one goes on where a
 * crash left it. Contents go nowhere but into the files. Never rejects because of AWS.
 */
export async function copyObjects(
  key: string,
  objects: readonly ObjectToCopy[],
  context: ExportContext,
): Promise<Exported> {
  const names = objects.map(({ bucket, key: object, version }) => [bucket, object, version ?? null]);
  const workspace = await Workspace.open<Checkpoint>(context.workFolder, JSON.stringify(["objects", key, names]));
  const state: Checkpoint = (await workspace.load()) ?? { copied: [] };
  const failed = new Map<string, string[]>();
  const isCopied = new Set(state.copied.map(({ index }) => index));
  const waiting = objects.map((_, index) => index).filter((index) => !isCopied.has(index));
  let saving = Promise.resolve();
  let savedMs = context.clock.monotonic();
  const save = () => {
    const text = JSON.stringify(state);
    savedMs = context.clock.monotonic();
    saving = saving.then(() => workspace.save(text));
    return saving;
  };
  const copyNext = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const object = objects[index];
      if (!object) continue;
      try {
        const startedAtMs = context.clock.now();
        const done = await patiently(context, () => copy(object, workspace.path(String(index)), context));
        state.copied.push({ index, startedAtMs, endedAtMs: context.clock.now(), ...done });
        if (context.clock.monotonic() - savedMs > CHECKPOINT_PERIOD_MS) await save();
        context.progress(`${state.copied.length} of ${objects.length} objects`);
      } catch (error) {
        const cause = context.signal.aborted ? context.signal.reason : error;
        const { why } = failureDetail(cause, object.key);
        failed.set(why, [...(failed.get(why) ?? []), `s3://${object.bucket}/${object.key}`]);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, copyNext));
  await save();
  // One denial may concern thousands of objects.
  const missing = [...failed].map(([why, keys]) => {
    const others = keys.length > 1 ? ` and ${keys.length - 1} more` : "";
    return `${keys[0]}${others}: ${why}`;
  });
  const present = new Set(await readdir(workspace.folder));
  const files = state.copied.flatMap((done): ExportedFile[] => {
    const object = objects[done.index];
    // What an earlier, partial run copied is in the bundle already.
    if (!object || !present.has(String(done.index))) return [];
    return [
      {
        path: workspace.path(String(done.index)),
        name: object.name,
        sourceArn: s3Arn(context.aws.region, object.bucket, object.key),
        api: "s3:GetObject",
        requestIds: [done.requestId],
        startedAtMs: done.startedAtMs,
        endedAtMs: done.endedAtMs,
        partialReason: "",
        ...(done.version ? { version: done.version } : {}),
      },
    ];
  });
  return { files, missing, items: files.length, discard: () => workspace.discard() };
}

async function copy(
  { bucket, key, version }: ObjectToCopy,
  path: string,
  { aws, signal }: ExportContext,
): Promise<{ requestId: string; version?: string }> {
  const { output, requestId } = await aws.call(
    "s3",
    "GetObject",
    { Bucket: bucket, Key: key, ...(version ? { VersionId: version } : {}) },
    { purpose: "evidence", signal },
  );
  const body = output.Body instanceof Readable ? output.Body : Readable.from([]);
  try {
    await pipeline(body, createWriteStream(path, { mode: 0o600, flush: true }), { signal });
  } catch (error) {
    signal.throwIfAborted();
    // Of the disk or of the connection: what has a code of the file system is no reason to try again.
    if (/^E(NOSPC|ACCES|ROFS|IO|DQUOT)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
    throw cutOff(key, failureDetail(error, key).why);
  }
  const { size } = await stat(path);
  if (output.ContentLength !== undefined && size !== output.ContentLength)
    throw cutOff(key, `${size} of ${output.ContentLength} bytes came`);
  return { requestId, ...(output.VersionId ? { version: output.VersionId } : {}) };
}

const cutOff = (key: string, why: string) =>
  new Failure({
    kind: "unreachable",
    what: `s3:GetObject ${key}`,
    why: `the answer was cut off: ${why}`,
    next: "Run it again.",
  });
