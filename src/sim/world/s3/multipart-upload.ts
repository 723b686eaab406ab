import type { ObjectContent } from "./content.ts";
import type { Checksum, ChecksumAlgorithm, ObjectDetails } from "./object-version.ts";

export interface UploadedPart {
  partNumber: number;
  content: ObjectContent;
  atMs: number;
  checksum?: Checksum;
}

/** A multipart upload that is neither completed nor aborted. */
export interface MultipartUpload {
  uploadId: string;
  key: string;
  /** When it was begun, ms since the Unix epoch. */
  atMs: number;
  details: ObjectDetails;
  tags: Record<string, string> | undefined;
  /** What CreateMultipartUpload asked for. */
  checksum: { algorithm: ChecksumAlgorithm; type: Checksum["type"] } | undefined;
  /** By number; uploading a number again replaces the part. */
  parts: Map<number, UploadedPart>;
}

/** Least size of every part but the last, bytes, and most parts (S3 user guide, multipart upload limits). */
export const MINIMUM_PART_BYTES = 5 * 1024 * 1024;
export const MAXIMUM_PART_NUMBER = 10_000;
