import { Failure } from "../../base/failure.ts";
import { patiently } from "../export/patiently.ts";
import { type Destination, type FileToUpload, objectOf, type UploadContext, wrong } from "./contract.ts";
import { digestFile, type FileDigest } from "./file-digest.ts";
import { putInParts } from "./put-in-parts.ts";
import { putObject } from "./put-object.ts";

export interface UploadedFile {
  key: string;
  bytes: number;
  /** x-amz-checksum-sha256 as S3 has it. */
  checksum: string;
  /** Null where the bucket keeps no versions. */
  versionId: string | null;
  /** It was there already, with the same checksum. */
  wasThere: boolean;
  requestId: string;
}

/**
 * Uploads one file unless it is there: `If-None-Match: *` and its sha256 with the call, in parts when it is long; then reads its head
 * back. What is there with the same checksum counts as done. Rejects with a Failure, also when another content is there under its
 * key, or when the file is no longer what the manifest says.
 */
export async function uploadFile(file: FileToUpload, to: Destination, context: UploadContext): Promise<UploadedFile> {
  const digest = await digestFile(file.file, file.bytes, to.partBytes);
  if (digest.sha256 !== file.sha256 || digest.bytes !== file.bytes)
    throw wrong(file.key, "the file is no longer what the manifest says", "mayday verify names what was changed.");
  if (digest.parts.length === 1) {
    const isNew = await putObject(file, digest, to, context);
    return checked(file, digest, await headOf(file, to, context), !isNew);
  }
  // Before a gigabyte is sent for nothing.
  const known = await headOf(file, to, context);
  if (known) context.sent(digest.bytes);
  const isNew = !known && (await putInParts(file, digest, to, context));
  return checked(file, digest, known ?? (await headOf(file, to, context)), !isNew);
}

interface Head {
  checksum: string | undefined;
  bytes: number;
  versionId: string | null;
  requestId: string;
}

function checked({ key }: FileToUpload, digest: FileDigest, head: Head | undefined, wasThere: boolean): UploadedFile {
  if (!head)
    throw wrong(key, "it is not there when it is read back", "Run it again: what is there already is not sent again.");
  const { checksum, bytes, versionId, requestId } = head;
  const next = "Nothing was overwritten. Choose another prefix, and find out whose object it is.";
  if (checksum === undefined) throw wrong(key, "an object without a sha256 checksum is there already", next);
  if (checksum !== digest.checksum || bytes !== digest.bytes)
    throw wrong(key, `another content is there already (sha256 ${checksum}, ${bytes} bytes)`, next);
  return { key, bytes, checksum, versionId, wasThere, requestId };
}

/** What is there under the key; undefined when nothing is. */
async function headOf(file: FileToUpload, to: Destination, context: UploadContext): Promise<Head | undefined> {
  const { aws, signal } = context;
  const input = { ...objectOf(file, to), ChecksumMode: "ENABLED" as const };
  try {
    const { output, requestId } = await patiently(context, () =>
      aws.call("s3", "HeadObject", input, { purpose: "evidence", signal }),
    );
    const { ChecksumSHA256: checksum, ContentLength: bytes = 0, VersionId } = output;
    return { checksum, bytes, versionId: VersionId ?? null, requestId };
  } catch (error) {
    if (error instanceof Failure && error.kind === "not-found") return undefined;
    throw error;
  }
}
