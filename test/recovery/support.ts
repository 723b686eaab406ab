import { PauseGate } from "../../src/evidence/export/pause.ts";
import type { RecoveryContext } from "../../src/recovery/contract.ts";
import type { DamageKind } from "../../src/recovery/s3/damage.ts";
import { expiryOf } from "../../src/recovery/s3/expiry.ts";
import { findBySurvey } from "../../src/recovery/s3/findings.ts";
import { type RecoveryPlan, type RecoveryResult, recover } from "../../src/recovery/s3/recovery.ts";
import { type CopyOptions, copier } from "../../src/recovery/s3/restore-copies.ts";
import { undeleter } from "../../src/recovery/s3/undelete.ts";
import { undoRecovery } from "../../src/recovery/s3/undo.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import type { Bucket, BucketOptions, WriteOptions } from "../../src/sim/world/s3/bucket.ts";
import { textContent } from "../../src/sim/world/s3/content.ts";
import type { ObjectVersion } from "../../src/sim/world/s3/object-version.ts";
import { account, clockOf, layerOf, stateFolder } from "../incident/support.ts";

export const BUCKET = "scratch";
const MINUTE_MS = 60_000;

export interface Scratch {
  simulator: RunningSimulator;
  bucket: Bucket;
  /** Domain ms; what happens to objects is told in seconds relative to it. */
  nowMs: number;
  context: RecoveryContext;
  put(key: string, text: string, second: number, more?: Partial<WriteOptions>): ObjectVersion;
  remove(key: string, second: number): ObjectVersion;
}

/** An account with an empty bucket, and what a recovery gets. */
export async function scratch(options: Partial<BucketOptions> = {}): Promise<Scratch> {
  const simulator = await account({ speed: 1, manual: true });
  const { world } = simulator;
  const nowMs = simulator.epochMs;
  const bucket = world.buckets.add({
    name: BUCKET,
    region: "us-east-1",
    createdAtMs: nowMs - 90 * 86_400_000,
    versioning: "Enabled",
    ...options,
  });
  return { simulator, bucket, nowMs, context: await contextOf(simulator), ...hands(bucket, nowMs) };
}

export function hands(bucket: Bucket, nowMs: number): Pick<Scratch, "put" | "remove"> {
  return {
    put: (key, text, second, more = {}) =>
      bucket.write(key, textContent(text), { atMs: nowMs + second * 1000, origin: "world", ...more }),
    remove: (key, second) => bucket.delete(key, { atMs: nowMs + second * 1000, origin: "world" })!,
  };
}

export async function contextOf(
  simulator: RunningSimulator,
  rest: Partial<RecoveryContext> = {},
): Promise<RecoveryContext> {
  const aws = await layerOf(simulator);
  aws.pinAccount((await aws.identity({ purpose: "action" })).accountId);
  return {
    aws,
    clock: clockOf(simulator),
    signal: new AbortController().signal,
    pause: new PauseGate(),
    folder: stateFolder(),
    progress: () => undefined,
    checkCaller: async () => {
      await aws.identity({ purpose: "action" });
    },
    ...rest,
  };
}

export interface Asked {
  bucket?: string;
  prefix?: string;
  matches?: (key: string) => boolean;
  /** Seconds relative to now. */
  since: number;
  kinds: DamageKind[];
  id?: string;
  copies?: CopyOptions;
}

/** A recovery of what a survey finds: by markers for what was deleted, by copies where `copies` is given. */
export function planOf(nowMs: number, asked: Asked): RecoveryPlan {
  const { bucket = BUCKET, prefix = "", matches = () => true, since, kinds, id = "one", copies } = asked;
  const sinceMs = nowMs + since * 1000;
  return {
    id,
    key: { bucket, prefix, sinceMs, kinds },
    target: { bucket, accountId: "111122223333", prefix, sinceMs },
    untilMs: nowMs + MINUTE_MS,
    find: (finding) => findBySurvey({ matches, kinds, expiry: expiryOf([]) }, finding),
    restorer: (calls, target, manifest, earlier) =>
      copies ? copier(calls, target, manifest, { earlier, ...copies }) : undeleter(calls, target, manifest),
  };
}

/** Carries a recovery out, to the end. */
export async function restored(found: Pick<Scratch, "nowMs" | "context">, asked: Asked): Promise<RecoveryResult> {
  const result = await recover(planOf(found.nowMs, asked), found.context);
  if (result.failure !== undefined) throw result.failure;
  return result;
}

export async function undone(context: RecoveryContext, id = "one", sizes?: CopyOptions["sizes"]) {
  const target = { bucket: BUCKET, accountId: "111122223333", prefix: "" };
  const result = await undoRecovery(id, target, context, sizes);
  if (result.failure !== undefined) throw result.failure;
  return result;
}

const textOf = ({ content }: ObjectVersion) => Buffer.from(content!.bytes(0, content!.size)).toString("utf8");

/** What a reader sees: the current objects with their content. */
export function seen(bucket: Bucket): Record<string, string> {
  return Object.fromEntries(
    [...bucket.objects.from()].flatMap(([key, [latest]]) => (latest?.content ? [[key, textOf(latest)]] : [])),
  );
}

/** Ids of all versions by key, markers as `-`. */
export function history(bucket: Bucket): Record<string, string[]> {
  return Object.fromEntries(
    [...bucket.objects.from()].map(([key, versions]) => [
      key,
      versions.map(({ versionId, deleteMarker }) => (deleteMarker ? "-" : versionId)),
    ]),
  );
}

/** Ids of all versions that hold data. */
export function dataVersions(bucket: Bucket): string[] {
  return [...bucket.objects.from()].flatMap(([, versions]) =>
    versions.filter(({ deleteMarker }) => !deleteMarker).map(({ versionId }) => versionId),
  );
}
