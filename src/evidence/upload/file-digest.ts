import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** Parts of a multipart upload at most (S3 user guide, multipart upload limits). */
const MOST_PARTS = 10_000;
const MEBIBYTE = 1_048_576;

/** A file as S3 checks it: its own sha256, and for more than one part that of the parts' sha256 (checksum type COMPOSITE). */
export interface FileDigest {
  /** Of the bytes, hexadecimal, as the manifest has it. */
  sha256: string;
  bytes: number;
  partBytes: number;
  /** Base64, of each part in order; one for a file that is sent in one piece. */
  parts: string[];
  /** The value of x-amz-checksum-sha256: base64, and `-N` behind it for N parts. */
  checksum: string;
}

/** Length of a part for a file: `wanted`, or more where the file would have too many. */
export const partBytesOf = (bytes: number, wanted: number): number =>
  Math.max(wanted, Math.ceil(bytes / MOST_PARTS / MEBIBYTE) * MEBIBYTE);

/** Reads a file once. `wantedPartBytes`: files up to this length are one piece. */
export async function digestFile(path: string, bytes: number, wantedPartBytes: number): Promise<FileDigest> {
  const partBytes = partBytesOf(bytes, wantedPartBytes);
  const whole = createHash("sha256");
  const digests: Buffer[] = [];
  let part = createHash("sha256");
  let inPart = 0;
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    whole.update(chunk);
    length += chunk.byteLength;
    for (let at = 0; at < chunk.byteLength; ) {
      const piece = chunk.subarray(at, at + partBytes - inPart);
      part.update(piece);
      inPart += piece.byteLength;
      at += piece.byteLength;
      if (inPart === partBytes) {
        digests.push(part.digest());
        part = createHash("sha256");
        inPart = 0;
      }
    }
  }
  if (inPart > 0 || digests.length === 0) digests.push(part.digest());
  const parts = digests.map((digest) => digest.toString("base64"));
  const composite = createHash("sha256").update(Buffer.concat(digests)).digest("base64");
  const checksum = parts.length === 1 ? (parts[0] ?? "") : `${composite}-${parts.length}`;
  return { sha256: whole.digest("hex"), bytes: length, partBytes, parts, checksum };
}
