import type { Pluggable } from "@smithy/types";
import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { decodeListedKey } from "./listed-key.ts";
import { Recent } from "./version-registry.ts";

/** Writes that replace what is there for good where versioning is not enabled. */
const WRITES = new Set(["CopyObject", "PutObject", "CompleteMultipartUpload"]);
/** Answers that give the ETag of the current version, where none is named. */
const TELLS_CURRENT = new Set(["HeadObject", "GetObject", "PutObject", "CompleteMultipartUpload"]);
/** How versioning of a bucket that was read counts, machine ms: turning it off takes somebody with the permission to do so. */
const VERSIONING_FRESH_MS = 60_000;

interface Named {
  Key?: string;
  VersionId?: string;
  ETag?: string;
}

/** Members of S3's inputs and outputs that are looked at. */
interface Members {
  Bucket?: string;
  Key?: string;
  VersionId?: string;
  IfMatch?: string;
  IfNoneMatch?: string;
  ETag?: string;
  EncodingType?: string;
  BypassGovernanceRetention?: boolean;
  Delete?: { Objects?: Named[] };
  DeleteMarkers?: (Named & { IsLatest?: boolean })[];
  Versions?: (Named & { IsLatest?: boolean })[];
  DeleteMarker?: boolean;
  Errors?: Named[];
}

/**
 * Makes it impossible to delete a version that holds data, whoever asks. A plugin of every S3 client, in the client's own middleware
 * like the gates, so that no way of sending a command passes it by:
 * - With a version id only what S3 itself has just named a delete marker is let through: in a listing of versions, or as the answer
 *   to a HEAD of that version. The null version never is: it can be replaced by data under the same id.
 * - Without a version id a delete marker would be added: only on condition of the ETag of the current version that was just read or
 *   written, so that nothing newer is hidden. Many at once are the undo of a restore alone, and their caller has to say so.
 * - Writes, and delete markers, go only to buckets whose versioning is enabled now; elsewhere they would replace what is there. A
 *   write on condition that there is nothing is let through, and so is the release of Terraform's own lock file, which holds no data.
 */
export class VersionGuard {
  readonly #clock: Clock;
  readonly #versioningOf: (bucket: string, region: string) => Promise<string>;
  readonly #markers: Recent<true>;
  /** By key: ETag of the current version. */
  readonly #current: Recent<string>;
  /** Inputs that are the undo of a restore, as their callers say. */
  readonly #undoes = new WeakSet<object>();
  readonly #versioning = new Map<string, { status: Promise<string>; atMs: number }>();

  /** @param versioningOf asks S3 for the versioning of a bucket: `Enabled`, `Suspended` or empty. */
  constructor(clock: Clock, versioningOf: (bucket: string, region: string) => Promise<string>) {
    this.#clock = clock;
    this.#versioningOf = versioningOf;
    this.#markers = new Recent(clock);
    this.#current = new Recent(clock);
  }

  /** Declares the input of a deletion to be the undo of a restore. */
  declareUndo(input: object): void {
    this.#undoes.add(input);
  }

  /** The guard for a client of one region. */
  plugin(region: string): Pluggable<object, object> {
    return {
      applyToStack: (stack) => {
        stack.add(
          (next, context) => async (call) => {
            const operation = String(context.commandName ?? "").replace(/Command$/, "");
            const input = call.input as Members;
            await this.#check(operation, input, region);
            try {
              const result = await next(call);
              this.#learn(operation, input, result.output as Members);
              return result;
            } catch (error) {
              this.#learnFromRefusal(operation, input, error);
              throw error;
            }
          },
          { name: "maydayVersionGuard", step: "initialize", priority: "high" },
        );
      },
    };
  }

  async #check(operation: string, input: Members, region: string): Promise<void> {
    if (operation === "DeleteObject" || operation === "DeleteObjects") {
      const objects =
        operation === "DeleteObjects"
          ? (input.Delete?.Objects ?? [])
          : [{ ...input, ...(input.IfMatch === undefined ? {} : { ETag: input.IfMatch }) }];
      if (input.BypassGovernanceRetention)
        throw refused(operation, "it asks to bypass a retention, which nothing here needs");
      const isUndo = this.#undoes.has(input);
      for (const object of objects) this.#checkDeletion(operation, input.Bucket ?? "", object, isUndo);
      if (objects.some(({ Key, VersionId }) => VersionId === undefined && !isLockFile(Key)))
        await this.#checkVersioning(operation, input, region);
    } else if (WRITES.has(operation) && input.IfNoneMatch !== "*") {
      await this.#checkVersioning(operation, input, region);
    }
  }

  #checkDeletion(operation: string, bucket: string, object: Named, isUndo: boolean): void {
    const { Key: key = "", VersionId: version, ETag: etag } = object;
    const what = `s3://${bucket}/${sanitizeLine(key)}`;
    if (version !== undefined) {
      if (version === "null" || version === "" || !this.#markers.get(markerName(bucket, key, version)))
        throw refused(
          operation,
          `version ${sanitizeLine(version)} of ${what} was not just read as a delete marker, and deleting a version is final`,
        );
      return;
    }
    if (operation === "DeleteObjects" && !isUndo)
      throw refused(operation, `it would put a delete marker on ${what}, and it is not the undo of a restore`);
    if (etag === undefined || this.#current.get(keyName(bucket, key)) !== bare(etag))
      throw refused(
        operation,
        `it would put a delete marker on ${what} without the ETag of the version that was just read as its current one`,
      );
  }

  async #checkVersioning(operation: string, { Bucket: bucket = "" }: Members, region: string): Promise<void> {
    const nowMs = this.#clock.monotonic();
    let known = this.#versioning.get(bucket);
    if (!known || nowMs - known.atMs > VERSIONING_FRESH_MS) {
      known = { status: this.#versioningOf(bucket, region), atMs: nowMs };
      this.#versioning.set(bucket, known);
      known.status.catch(() => this.#versioning.delete(bucket));
    }
    const status = await known.status;
    if (status === "Enabled") return;
    this.#versioning.delete(bucket);
    throw refused(
      operation,
      `versioning of bucket ${bucket} is ${status.toLowerCase() || "off"}: it could replace what is there for good`,
    );
  }

  #learn(operation: string, input: Members, output: Members): void {
    const bucket = input.Bucket ?? "";
    if (operation === "ListObjectVersions") {
      const keyOf = ({ Key = "" }: Named) => decodeListedKey(Key, output.EncodingType);
      for (const marker of output.DeleteMarkers ?? []) {
        this.#markers.set(markerName(bucket, keyOf(marker), marker.VersionId ?? ""), true);
        if (marker.IsLatest) this.#current.delete(keyName(bucket, keyOf(marker)));
      }
      for (const version of output.Versions ?? []) {
        if (version.IsLatest && version.ETag) this.#current.set(keyName(bucket, keyOf(version)), bare(version.ETag));
      }
    } else if (TELLS_CURRENT.has(operation) && input.VersionId === undefined && output.ETag) {
      this.#current.set(keyName(bucket, input.Key ?? ""), bare(output.ETag));
    } else if (operation === "DeleteObject") {
      this.#forget(bucket, input);
    } else if (operation === "DeleteObjects") {
      const failed = new Set((output.Errors ?? []).map(({ Key = "", VersionId = "" }) => `${VersionId} ${Key}`));
      for (const object of input.Delete?.Objects ?? [])
        if (!failed.has(`${object.VersionId ?? ""} ${object.Key ?? ""}`)) this.#forget(bucket, object);
    }
  }

  /** What was read is used up: another deletion has to read again. */
  #forget(bucket: string, { Key: key = "", VersionId: version }: Named): void {
    if (version !== undefined) this.#markers.delete(markerName(bucket, key, version));
    this.#current.delete(keyName(bucket, key));
  }

  /** A HEAD that names the version of a delete marker is answered with 405 and says so (S3 user guide, working with delete markers). */
  #learnFromRefusal(operation: string, input: Members, error: unknown): void {
    if (operation !== "HeadObject" || input.VersionId === undefined) return;
    const { $response: response } = error as { $response?: { headers?: Record<string, string> } };
    const { "x-amz-delete-marker": isMarker, "x-amz-version-id": version } = response?.headers ?? {};
    if (isMarker === "true" && version === input.VersionId)
      this.#markers.set(markerName(input.Bucket ?? "", input.Key ?? "", version), true);
  }
}

/** Where Terraform keeps an S3-native lock: beside the state (Terraform documentation, S3 backend, use_lockfile). */
const isLockFile = (key = "") => key.endsWith(".tflock");

// A version id has no blank, and a bucket's name no slash: no two names meet.
const markerName = (bucket: string, key: string, version: string) => `${version} ${bucket}/${key}`;
const keyName = (bucket: string, key: string) => `${bucket}/${key}`;
const bare = (etag: string) => etag.replaceAll('"', "");

function refused(operation: string, why: string): Failure {
  return new Failure({
    kind: "refused",
    what: `s3:${operation}`,
    why,
    next: "Nothing was sent. Prepare the action again: it reads the present state first.",
  });
}
