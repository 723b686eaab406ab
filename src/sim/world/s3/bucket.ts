import type * as Wire from "@aws-sdk/client-s3";
import { S3_KEY_ID } from "../kms/keys.ts";
import type { RandomStream } from "../random.ts";
import type { ObjectContent } from "./content.ts";
import type { MultipartUpload } from "./multipart-upload.ts";
import { type ObjectDetails, ObjectVersion, type ReplicationStatus } from "./object-version.ts";
import { SortedMap } from "./sorted-map.ts";
import { NULL_VERSION, newVersionId, ordinalOf } from "./version-id.ts";

/**
 * Who writes. Each has its own random stream in every bucket, so that what clients write changes nothing in what the world
 * writes at the same seed.
 */
export type Origin = "world" | "client" | "trail" | "lifecycle" | "replication";

/** What belongs to a bucket beside its objects, as its operations take and give it. */
export interface BucketSettings {
  publicAccessBlock?: Wire.PublicAccessBlockConfiguration;
  ownership?: Wire.ObjectOwnership;
  encryption: Wire.ServerSideEncryptionRule;
  tags?: Wire.Tag[];
  lifecycle?: Wire.LifecycleRule[];
  replication?: Wire.ReplicationConfiguration;
  /** Only what is configured: no simulated object is locked. */
  objectLock?: Wire.ObjectLockConfiguration;
}

export interface BucketOptions {
  name: string;
  region: string;
  accountId: string;
  createdAtMs: number;
  versioning?: "Enabled" | "Suspended" | undefined;
  policy?: string;
  settings?: Partial<BucketSettings>;
}

/** What a write says beside the content. */
export interface WriteOptions {
  /** ms since the Unix epoch. */
  atMs: number;
  origin: Origin;
  /** Default: the bucket's default encryption and nothing else. */
  details?: ObjectDetails;
  tags?: Record<string, string> | undefined;
  /** A replica keeps the version id of its source. */
  replicaOf?: ObjectVersion;
}

/** New buckets have these (S3 user guide, default settings of new buckets, since April 2023). */
const DEFAULTS: BucketSettings = {
  publicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  ownership: "BucketOwnerEnforced",
  encryption: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false },
};

/** A bucket with every version of its objects. */
export class Bucket {
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  readonly createdAtMs: number;
  /** Undefined: never was. */
  versioning: "Enabled" | "Suspended" | undefined;
  policy: string | undefined;
  readonly settings: BucketSettings;
  /** By key, newest version first; no list is empty. */
  readonly objects = new SortedMap<ObjectVersion[]>();
  /** Unfinished multipart uploads by their ids. */
  readonly uploads = new Map<string, MultipartUpload>();
  /** Told of every version that is written by anybody but replication. */
  written: (version: ObjectVersion) => void = () => {};
  readonly #random: (name: string) => RandomStream;
  readonly #streams = new Map<Origin, RandomStream>();

  /** @param random makes the account's random stream of an entity. */
  constructor(options: BucketOptions, random: (entity: string) => RandomStream) {
    this.name = options.name;
    this.region = options.region;
    this.accountId = options.accountId;
    this.createdAtMs = options.createdAtMs;
    this.versioning = options.versioning;
    this.policy = options.policy;
    this.settings = { ...DEFAULTS, ...options.settings };
    this.#random = random;
  }

  /** The bucket's random stream for what `origin` writes. */
  random(origin: Origin): RandomStream {
    let stream = this.#streams.get(origin);
    if (!stream) {
      stream = this.#random(`bucket/${this.name}/${origin}`);
      this.#streams.set(origin, stream);
    }
    return stream;
  }

  /** The newest version of a key, which may be a delete marker. */
  latest(key: string): ObjectVersion | undefined {
    return this.objects.get(key)?.[0];
  }

  /** A version by the id that the API gives; `null` means the null version. */
  version(key: string, versionId: string): ObjectVersion | undefined {
    return this.objects.get(key)?.find((version) => version.versionId === versionId);
  }

  /** What an object is encrypted with when the request says nothing. */
  get defaultDetails(): ObjectDetails {
    const { ApplyServerSideEncryptionByDefault: rule, BucketKeyEnabled: bucketKey } = this.settings.encryption;
    const algorithm =
      rule?.SSEAlgorithm === "aws:kms" || rule?.SSEAlgorithm === "aws:kms:dsse" ? rule.SSEAlgorithm : "AES256";
    if (algorithm === "AES256") return { encryption: { algorithm } };
    return { encryption: { algorithm, keyId: this.kmsKey(rule?.KMSMasterKeyID), bucketKey: bucketKey ?? false } };
  }

  /** ARN of a KMS key that was named by id or ARN; without a name the account's key for S3. */
  kmsKey(named?: string): string {
    if (named?.startsWith("arn:")) return named;
    return `arn:aws:kms:${this.region}:${this.accountId}:key/${named ?? S3_KEY_ID}`;
  }

  /** Puts a version on top of a key: a new one where versioning is enabled, otherwise in place of the null version. */
  write(key: string, content: ObjectContent, options: WriteOptions): ObjectVersion {
    const { details = this.defaultDetails, tags, replicaOf } = options;
    const version = this.#push(key, options, { content, details, tags, ...(replicaOf && { replicaOf }) });
    if (!replicaOf) this.written(version);
    return version;
  }

  /**
   * Deletes a key without naming a version: a delete marker goes on top where versioning is or was enabled (even of a key that
   * does not exist), otherwise the object is gone.
   * @returns the delete marker.
   */
  delete(key: string, options: Pick<WriteOptions, "atMs" | "origin" | "replicaOf">): ObjectVersion | undefined {
    if (this.versioning === undefined) {
      this.objects.delete(key);
      return undefined;
    }
    const { replicaOf } = options;
    const marker = this.#push(key, options, { content: undefined, ...(replicaOf && { replicaOf }) });
    if (!replicaOf) this.written(marker);
    return marker;
  }

  /** Removes one version for good. @returns what was removed. */
  deleteVersion(key: string, versionId: string): ObjectVersion | undefined {
    const versions = this.objects.get(key);
    const index = versions?.findIndex((version) => version.versionId === versionId) ?? -1;
    if (!versions || index < 0) return undefined;
    const [removed] = versions.splice(index, 1);
    if (versions.length === 0) this.objects.delete(key);
    return removed;
  }

  #push(
    key: string,
    { atMs, origin }: Pick<WriteOptions, "atMs" | "origin">,
    what: {
      content: ObjectContent | undefined;
      details?: ObjectDetails;
      tags?: Record<string, string> | undefined;
      replicaOf?: ObjectVersion;
    },
  ): ObjectVersion {
    const versions = this.objects.get(key);
    const ordinal = versions ? ordinalOf(versions[0]!.id) + 1 : 0;
    const isNull = this.versioning !== "Enabled";
    const { replicaOf, ...rest } = what;
    const id = replicaOf?.id ?? newVersionId(this.random(origin), ordinal);
    const replication: ReplicationStatus | undefined = replicaOf && "REPLICA";
    const version = new ObjectVersion({ ...rest, key, id, isNull, atMs, replication });
    if (isNull && versions) {
      const replaced = versions.findIndex((other) => other.versionId === NULL_VERSION);
      if (replaced >= 0) versions.splice(replaced, 1);
    }
    if (versions) versions.unshift(version);
    else this.objects.set(key, [version]);
    return version;
  }
}
