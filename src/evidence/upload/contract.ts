import { Failure } from "../../base/failure.ts";
import type { ExportContext } from "../export/contract.ts";

export interface Destination {
  bucket: string;
  /** Account that the bucket must belong to: evidence does not go to whoever has taken the name. */
  owner: string;
  /** Files up to this length are sent in one piece, longer ones in parts of it; 5 MiB at least (S3 user guide, multipart upload limits). */
  partBytes: number;
}

/** A file of the bundle on its way. */
export interface FileToUpload {
  /** Absolute. */
  file: string;
  key: string;
  /** As the manifest has them. */
  sha256: string;
  bytes: number;
}

/** What an upload may use. */
export type UploadContext = Pick<ExportContext, "aws" | "clock" | "signal" | "pause" | "workFolder"> & {
  /** Told how many bytes of the file are there now, sent or found. */
  sent(bytes: number): void;
};

/** What every call on an object names. */
export const objectOf = ({ key }: FileToUpload, { bucket, owner }: Destination) => ({
  Bucket: bucket,
  Key: key,
  ExpectedBucketOwner: owner,
});

export const wrong = (what: string, why: string, next: string) => new Failure({ kind: "invalid", what, why, next });
