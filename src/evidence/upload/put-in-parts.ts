import { Failure } from "../../base/failure.ts";
import { patiently } from "../export/patiently.ts";
import { Workspace } from "../export/workspace.ts";
import { type Destination, type FileToUpload, objectOf, type UploadContext } from "./contract.ts";
import type { FileDigest } from "./file-digest.ts";
import { readPart, unlessThere } from "./put-object.ts";

interface Checkpoint {
  uploadId: string;
  /** ETags by part, as far as they were sent. */
  etags: string[];
}

/**
 * Sends a long file in parts, each with its sha256, and puts them together on condition that nothing is there; parts that were sent
 * before a crash are not sent again. Resolves with whether it was this call that put it there: an upload that S3 no longer knows may
 * have been completed without an answer, which the head of the object tells.
 */
export async function putInParts(
  file: FileToUpload,
  digest: FileDigest,
  to: Destination,
  context: UploadContext,
): Promise<boolean> {
  const { aws, signal } = context;
  const options = { purpose: "evidence" as const, signal };
  const object = objectOf(file, to);
  const key = JSON.stringify(["upload", to.bucket, file.key, digest.checksum]);
  const workspace = await Workspace.open<Checkpoint>(context.workFolder, key);
  try {
    const state = (await workspace.load()) ?? (await begin());
    for (const [index, ChecksumSHA256] of digest.parts.entries()) {
      const from = index * digest.partBytes;
      const length = Math.min(digest.partBytes, digest.bytes - from);
      if (state.etags[index] === undefined) {
        const Body = await readPart(file.file, from, length);
        const checksum = { ChecksumAlgorithm: "SHA256" as const, ChecksumSHA256 };
        const part = { ...object, UploadId: state.uploadId, PartNumber: index + 1, Body, ...checksum };
        const { output } = await patiently(context, () => aws.call("s3", "UploadPart", part, options));
        state.etags[index] = output.ETag ?? "";
        await workspace.save(JSON.stringify(state));
      }
      context.sent(length);
    }
    const Parts = digest.parts.map((ChecksumSHA256, index) => {
      return { PartNumber: index + 1, ETag: state.etags[index], ChecksumSHA256 };
    });
    const end = { ...object, UploadId: state.uploadId, MultipartUpload: { Parts }, IfNoneMatch: "*" };
    const isNew = await unlessThere(context, () => aws.call("s3", "CompleteMultipartUpload", end, options));
    if (!isNew)
      await patiently(context, () =>
        aws.call("s3", "AbortMultipartUpload", { ...object, UploadId: state.uploadId }, options),
      );
    await workspace.discard();
    return isNew;
  } catch (error) {
    if (!(error instanceof Failure) || error.detail.code !== "NoSuchUpload") throw error;
    await workspace.discard();
    return false;
  }

  async function begin(): Promise<Checkpoint> {
    const input = { ...object, ChecksumAlgorithm: "SHA256" as const };
    const { output } = await patiently(context, () => aws.call("s3", "CreateMultipartUpload", input, options));
    const state = { uploadId: output.UploadId ?? "", etags: [] };
    await workspace.save(JSON.stringify(state));
    return state;
  }
}
