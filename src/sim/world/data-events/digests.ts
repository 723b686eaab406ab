import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Kernel } from "../kernel.ts";
import type { Names } from "../names.ts";
import type { Bucket } from "../s3/bucket.ts";
import { StoredContent } from "../s3/content.ts";
import type { DeliveredLog } from "./data-trail.ts";
import { eventTime } from "./record.ts";
import { digestSignature, PUBLIC_KEY_FINGERPRINT } from "./signing-key.ts";

const HOUR_MS = 3_600_000;
/** Digests are made a little past the hour, so that they hold the log files delivered on it. */
const OFFSET_MS = 90_000;
const ALGORITHM = "SHA256withRSA";

interface PreviousDigest {
  key: string;
  hash: string;
  signature: string;
}

/**
 * The digest files of a trail with log file validation: one an hour, whether or not there were log files, each with the
 * hash and the signature of the one before (CloudTrail user guide, digest file structure). Its own signature stands in the object's
 * metadata.
 */
export class Digests {
  #logs: DeliveredLog[] = [];
  #previous: PreviousDigest | undefined;
  #startMs: number;
  readonly #names: Names;

  /** @param auditBucket where they go; undefined while it does not exist: then the next digest covers the time. */
  constructor(kernel: Kernel, names: Names, auditBucket: () => Bucket | undefined) {
    this.#names = names;
    this.#startMs = kernel.nowMs;
    const firstMs = Math.floor(kernel.nowMs / HOUR_MS) * HOUR_MS + OFFSET_MS;
    kernel.every(firstMs > kernel.nowMs ? firstMs : firstMs + HOUR_MS, HOUR_MS, () => {
      const bucket = auditBucket();
      if (bucket) this.#write(bucket, kernel.nowMs);
    });
  }

  delivered(log: DeliveredLog): void {
    this.#logs.push(log);
  }

  #write(bucket: Bucket, endMs: number): void {
    const { accountId, region, trail } = this.#names;
    const stamp = new Date(endMs).toISOString();
    const day = stamp.slice(0, 10).replaceAll("-", "/");
    const second = `${stamp.slice(0, 19).replace(/[-:]/g, "")}Z`;
    const key = `AWSLogs/${accountId}/CloudTrail-Digest/${region}/${day}/${accountId}_CloudTrail-Digest_${region}_${trail}_${region}_${second}.json.gz`;
    const text = JSON.stringify(this.#digest(bucket.name, key, endMs));
    const hash = createHash("sha256").update(text).digest("hex");
    const signature = digestSignature({
      endTime: eventTime(endMs),
      bucket: bucket.name,
      key,
      hash,
      previousSignature: this.#previous?.signature ?? null,
    });
    bucket.write(key, new StoredContent(gzipSync(text)), {
      atMs: endMs,
      origin: "trail",
      details: {
        ...bucket.defaultDetails,
        contentType: "application/json",
        contentEncoding: "gzip",
        metadata: { signature, "signature-algorithm": ALGORITHM },
      },
    });
    this.#previous = { key, hash, signature };
    this.#logs = [];
    this.#startMs = endMs;
  }

  #digest(bucket: string, key: string, endMs: number): object {
    const time = (log: DeliveredLog | undefined, pick: "oldestMs" | "newestMs") => (log ? eventTime(log[pick]) : null);
    const previous = this.#previous;
    return {
      awsAccountId: this.#names.accountId,
      digestStartTime: eventTime(this.#startMs),
      digestEndTime: eventTime(endMs),
      digestS3Bucket: bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: PUBLIC_KEY_FINGERPRINT,
      digestSignatureAlgorithm: ALGORITHM,
      newestEventTime: time(this.#logs.at(-1), "newestMs"),
      oldestEventTime: time(this.#logs[0], "oldestMs"),
      previousDigestS3Bucket: previous ? bucket : null,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous ? "SHA-256" : null,
      previousDigestSignature: previous?.signature ?? null,
      logFiles: this.#logs.map((log) => ({
        s3Bucket: bucket,
        s3Object: log.key,
        hashValue: log.hash,
        hashAlgorithm: "SHA-256",
        newestEventTime: time(log, "newestMs"),
        oldestEventTime: time(log, "oldestMs"),
      })),
    };
  }
}
