import { Failure, failureDetail } from "../../base/failure.ts";
import type { S3Calls } from "./calls.ts";

/** What a HEAD of the key has to say. */
export interface Promised {
  version: string;
  /** Bytes. */
  size: number;
  /** Left out where it cannot be compared: a copy under KMS has another one. */
  etag?: string;
  encryption?: "aws:kms";
  /** The version whose checksum it must have, too, where both have one by the same algorithm. */
  checksumOf?: { Bucket: string; VersionId: string; region: string | undefined };
}

/** Members of a HEAD's answer that are checksums (S3 API reference, HeadObject). */
const CHECKSUMS = ["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"] as const;

export const NOT_THERE = "it is not there";

/** Looks at the current object. @returns why it is not what was promised; undefined: it is. Rejects when S3 cannot be asked. */
export async function unlikePromise(
  calls: S3Calls,
  place: { Bucket: string; Key: string },
  promised: Promised,
): Promise<string | undefined> {
  const { version, size, etag, encryption, checksumOf } = promised;
  const mode = checksumOf ? { ChecksumMode: "ENABLED" as const } : {};
  try {
    const { output } = await calls.call("HeadObject", { ...place, ...mode });
    if (output.VersionId !== version) return `its current version is ${output.VersionId}, expected ${version}`;
    if (output.ContentLength !== size) return `it has ${output.ContentLength} bytes, expected ${size}`;
    if (etag !== undefined && output.ETag !== etag) return `its ETag is ${output.ETag}, expected ${etag}`;
    if (encryption && output.ServerSideEncryption !== encryption)
      return `it is encrypted with ${output.ServerSideEncryption ?? "nothing"}, expected ${encryption}`;
    if (!checksumOf) return undefined;
    const { region, ...source } = checksumOf;
    const input = { ...source, Key: place.Key, ...mode };
    const { output: original } = await calls.call("HeadObject", input, region ? { region } : {});
    const other = CHECKSUMS.find((name) => original[name] && output[name] && original[name] !== output[name]);
    return other && `its ${other} is ${output[other]}, expected ${original[other]}`;
  } catch (error) {
    if (error instanceof Failure && ["not-found", "denied", "invalid"].includes(error.kind))
      return error.kind === "not-found" ? NOT_THERE : `it cannot be read: ${failureDetail(error, place.Key).why}`;
    throw error;
  }
}
