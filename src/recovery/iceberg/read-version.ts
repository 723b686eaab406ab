import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { Failure } from "../../base/failure.ts";
import type { S3Calls } from "../s3/calls.ts";

/** A file of a table, in one of its versions: it may be below a delete marker. */
export interface FileVersion {
  bucket: string;
  key: string;
  version: string;
}

/** The largest metadata file that is read, bytes: they grow with the snapshots that are kept. */
const METADATA_BYTES = 256 * 1024 ** 2;
const METADATA_WITHIN_MS = 60_000;

/** The bytes of a version as they come. Rejects with a Failure. */
export async function openVersion(calls: S3Calls, { bucket, key, version }: FileVersion): Promise<Readable> {
  const { output } = await calls.call(
    "GetObject",
    { Bucket: bucket, Key: key, VersionId: version },
    { answerWithinMs: METADATA_WITHIN_MS },
  );
  return output.Body instanceof Readable ? output.Body : Readable.from([]);
}

/** A metadata file as text, unpacked where it is packed. Rejects with a Failure. */
export async function readMetadata(calls: S3Calls, file: FileVersion & { size: number }): Promise<string> {
  if (file.size > METADATA_BYTES) {
    throw new Failure({
      kind: "invalid",
      what: `s3://${file.bucket}/${file.key}`,
      why: `a metadata file of ${file.size} bytes is too large to be read here`,
      next: "Restore everything below the table's prefix with recover-s3-deleted.",
    });
  }
  const bytes = await buffer(await openVersion(calls, file));
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isPacked ? gunzipSync(bytes, { maxOutputLength: METADATA_BYTES }) : bytes).toString("utf8");
}
