import { createHash } from "node:crypto";
import { md5Of, type ObjectContent } from "./content.ts";
import { NULL_VERSION } from "./version-id.ts";

export interface Encryption {
  algorithm: "AES256" | "aws:kms" | "aws:kms:dsse";
  /** ARN, for KMS. */
  keyId?: string;
  bucketKey?: boolean;
}

export type ChecksumAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256";

/** A checksum that is kept with an object. */
export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** Base64; of a composite one with `-N` behind. */
  value: string;
  type: "FULL_OBJECT" | "COMPOSITE";
}

/** A part of an object that was uploaded in parts. */
export interface ObjectPart {
  partNumber: number;
  size: number;
  checksum?: Checksum;
}

export type ReplicationStatus = "PENDING" | "COMPLETED" | "FAILED" | "REPLICA";

/** What is said of an object when it is written; versions that were written alike share one. */
export interface ObjectDetails {
  encryption: Encryption;
  contentType?: string;
  contentEncoding?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  cacheControl?: string;
  expires?: string;
  websiteRedirect?: string;
  storageClass?: string;
  metadata?: Record<string, string>;
  checksum?: Checksum;
  /** Without quotes; of a multipart upload, which has a form of its own. */
  etag?: string;
  parts?: ObjectPart[];
}

const NO_DETAILS: ObjectDetails = { encryption: { algorithm: "AES256" } };

/** One version of an object, or a delete marker. A million of them must fit: few fields, shared details. */
export class ObjectVersion {
  readonly key: string;
  /** Virtual time of writing, ms since the Unix epoch. */
  readonly atMs: number;
  readonly details: ObjectDetails;
  /** Undefined for a delete marker. */
  readonly content: ObjectContent | undefined;
  tags: Record<string, string> | undefined;
  replication: ReplicationStatus | undefined;
  /** Unique, even where the API says `null`. */
  readonly id: string;
  readonly isNull: boolean;

  constructor(init: {
    key: string;
    id: string;
    isNull: boolean;
    atMs: number;
    content: ObjectContent | undefined;
    details?: ObjectDetails;
    tags?: Record<string, string> | undefined;
    replication?: ReplicationStatus | undefined;
  }) {
    this.key = init.key;
    this.id = init.id;
    this.isNull = init.isNull;
    this.atMs = init.atMs;
    this.content = init.content;
    this.details = init.details ?? NO_DETAILS;
    this.tags = init.tags;
    this.replication = init.replication;
  }

  get deleteMarker(): boolean {
    return this.content === undefined;
  }

  /** As the API says it: the id, or `null`. */
  get versionId(): string {
    return this.isNull ? NULL_VERSION : this.id;
  }

  /** Bytes; 0 for a delete marker. */
  get size(): number {
    return this.content?.size ?? 0;
  }

  /**
   * In quotes. The MD5 of the content for SSE-S3; under KMS it is no digest of the content (S3 API reference, Object: ETag),
   * here a function of the version id.
   */
  get etag(): string {
    if (this.details.etag !== undefined) return `"${this.details.etag}"`;
    if (this.content && this.details.encryption.algorithm === "AES256")
      return `"${md5Of(this.content).toString("hex")}"`;
    return `"${createHash("md5").update(`etag/${this.id}`).digest("hex")}"`;
  }
}
