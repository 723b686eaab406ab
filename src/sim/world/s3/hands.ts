import { dataEventOf } from "../data-events/s3-operations.ts";
import type { TrailDraft } from "../trail.ts";
import type { World } from "../world.ts";
import type { Bucket } from "./bucket.ts";
import type { ObjectContent } from "./content.ts";
import type { ObjectVersion } from "./object-version.ts";

/** Who does something with objects that is not a client of the simulator. */
export interface ObjectUser {
  by: TrailDraft["by"];
  userAgent: string;
  /** An address, or the name of the AWS service that acts for somebody. */
  sourceAddress: string;
}

/**
 * Hands on the account's objects for scenarios and the world: what they do is in the data events like anybody's calls.
 * Whether they may is the caller's affair: nothing is refused here.
 */
export class ObjectHands {
  readonly #world: World;
  readonly #user: ObjectUser;

  constructor(world: World, user: ObjectUser) {
    this.#world = world;
    this.#user = user;
  }

  /** Reads an object, or tries to. */
  get(bucket: Bucket, key: string): ObjectVersion | undefined {
    const version = bucket.latest(key);
    const error = version?.content ? undefined : { code: "NoSuchKey", message: "The specified key does not exist." };
    this.#record(bucket, "GetObject", { Key: key }, { ContentLength: version?.size }, error);
    return error ? undefined : version;
  }

  put(bucket: Bucket, key: string, content: ObjectContent): ObjectVersion {
    const version = bucket.write(key, content, { atMs: this.#world.kernel.nowMs, origin: "world" });
    const input = { Key: key, ContentLength: content.size };
    this.#record(bucket, "PutObject", input, { VersionId: version.versionId });
    return version;
  }

  /** Deletes a key, or one of its versions for good. */
  delete(bucket: Bucket, key: string, versionId?: string): void {
    const { nowMs: atMs } = this.#world.kernel;
    const gone =
      versionId === undefined ? bucket.delete(key, { atMs, origin: "world" }) : bucket.deleteVersion(key, versionId);
    const output = { VersionId: gone?.versionId, ...(gone?.deleteMarker && { DeleteMarker: true }) };
    this.#record(bucket, "DeleteObject", { Key: key, VersionId: versionId }, output);
  }

  /** Deletes keys with DeleteObjects, 1000 a call. */
  deleteObjects(bucket: Bucket, keys: readonly string[]): void {
    const { nowMs: atMs } = this.#world.kernel;
    for (let from = 0; from < keys.length; from += 1000) {
      for (const key of keys.slice(from, from + 1000)) bucket.delete(key, { atMs, origin: "world" });
      this.#record(bucket, "DeleteObjects", {}, {});
    }
  }

  #record(
    bucket: Bucket,
    operation: string,
    input: Record<string, unknown>,
    output: Record<string, unknown>,
    error?: { code: string; message: string },
  ): void {
    const { dataTrail, kernel } = this.#world;
    const event = dataEventOf(operation);
    if (!event || !dataTrail.covers(bucket.name)) return;
    dataTrail.record(
      {
        ...event,
        ...this.#user,
        bucket: bucket.name,
        bucketAccountId: bucket.accountId,
        region: bucket.region,
        atMs: kernel.nowMs,
        requestId: bucket.random("world").hex(16).toUpperCase(),
        input,
        output: error ? undefined : output,
        error,
      },
      "world",
    );
  }
}
