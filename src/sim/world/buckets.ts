import { createHash } from "node:crypto";
import { type RandomStream, randomUuid } from "./random.ts";

export interface ObjectVersion {
  key: string;
  versionId: string;
  atMs: number;
  deleteMarker: boolean;
  body: Uint8Array;
  etag: string;
  contentType?: string;
  metadata?: Record<string, string>;
}

export interface Bucket {
  name: string;
  region: string;
  createdAtMs: number;
  versioning: "Enabled" | "Suspended" | undefined;
  policy?: string;
  /** By key, newest version first. */
  objects: Map<string, ObjectVersion[]>;
}

/** S3 buckets of the account, versioned. */
export class Buckets {
  readonly byName = new Map<string, Bucket>();
  readonly #random: RandomStream;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  add(name: string, region: string, createdAtMs: number, policy?: string): Bucket {
    const bucket: Bucket = { name, region, createdAtMs, versioning: "Enabled", policy, objects: new Map() };
    this.byName.set(name, bucket);
    return bucket;
  }

  /** Puts a new version of a key on top. */
  put(
    bucket: Bucket,
    key: string,
    body: Uint8Array,
    atMs: number,
    extra: Pick<ObjectVersion, "contentType" | "metadata"> = {},
  ): ObjectVersion {
    const version: ObjectVersion = {
      key,
      versionId: randomUuid(this.#random).replaceAll("-", ""),
      atMs,
      deleteMarker: false,
      body,
      etag: `"${createHash("md5").update(body).digest("hex")}"`,
      ...extra,
    };
    bucket.objects.set(key, [version, ...(bucket.objects.get(key) ?? [])]);
    return version;
  }

  /** Keys in S3's order (UTF-8 binary) that begin with `prefix`. */
  keys(bucket: Bucket, prefix: string): string[] {
    const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix));
    return keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }
}
