import { open } from "node:fs/promises";
import { Failure } from "../../base/failure.ts";
import { patiently } from "../export/patiently.ts";
import { type Destination, type FileToUpload, objectOf, type UploadContext, wrong } from "./contract.ts";
import type { FileDigest } from "./file-digest.ts";

/** Sends a file in one piece. Resolves with whether it was this call that put it there. */
export async function putObject(
  file: FileToUpload,
  digest: FileDigest,
  to: Destination,
  context: UploadContext,
): Promise<boolean> {
  const body = await readPart(file.file, 0, digest.bytes);
  const checksum = { ChecksumAlgorithm: "SHA256" as const, ChecksumSHA256: digest.checksum };
  const input = { ...objectOf(file, to), Body: body, ...checksum, IfNoneMatch: "*" };
  const isNew = await unlessThere(context, () =>
    context.aws.call("s3", "PutObject", input, { purpose: "evidence", signal: context.signal }),
  );
  context.sent(digest.bytes);
  return isNew;
}

/** Whether a conditional call put it there: false when S3 says that something is there already. */
export async function unlessThere(context: UploadContext, call: () => Promise<unknown>): Promise<boolean> {
  try {
    await patiently(context, call);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.detail.code === "PreconditionFailed") return false;
    throw error;
  }
}

/** A piece of a file. Rejects when it is shorter than that. */
export async function readPart(path: string, from: number, length: number): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const part = Buffer.alloc(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await handle.read(part, at, length - at, from + at);
      if (bytesRead === 0) throw wrong(path, "the file became shorter while it was read", "Run it again.");
      at += bytesRead;
    }
    return part;
  } finally {
    await handle.close();
  }
}
