import { createHash } from "node:crypto";
import type * as Wire from "@aws-sdk/client-s3";
import { AwsError } from "../../wire/aws-error.ts";
import { checksumBytes, checksumOf } from "../../world/s3/checksum.ts";
import { JoinedContent, md5Of, type ObjectContent } from "../../world/s3/content.ts";
import { MINIMUM_PART_BYTES, type MultipartUpload, type UploadedPart } from "../../world/s3/multipart-upload.ts";
import type { Checksum, ObjectDetails } from "../../world/s3/object-version.ts";
import { badDigest, givenChecksum } from "./checksums.ts";
import { malformedXml } from "./common.ts";

const bare = (etag: string | undefined) => (etag ?? "").replaceAll('"', "");

function invalidPart(upload: MultipartUpload, partNumber: number | undefined): AwsError {
  const message =
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
  return new AwsError("InvalidPart", message, {
    status: 400,
    members: { UploadId: upload.uploadId, PartNumber: partNumber ?? 0 },
  });
}

/** The parts that a completion names, in its order. @throws AwsError MalformedXML, InvalidPart, InvalidPartOrder, EntityTooSmall. */
function namedParts(upload: MultipartUpload, wanted: readonly Wire.CompletedPart[]): UploadedPart[] {
  if (wanted.length === 0) throw malformedXml();
  const parts = wanted.map((one) => {
    const part = upload.parts.get(one.PartNumber ?? 0);
    if (!part || md5Of(part.content).toString("hex") !== bare(one.ETag)) throw invalidPart(upload, one.PartNumber);
    const given = givenChecksum(one);
    if (given && given.value !== checksumOf(given.algorithm, part.content)) throw invalidPart(upload, one.PartNumber);
    return part;
  });
  if (parts.some((part, index) => index > 0 && part.partNumber <= parts[index - 1]!.partNumber))
    throw new AwsError(
      "InvalidPartOrder",
      "The list of parts was not in ascending order. Parts must be ordered by part number.",
      { status: 400, members: { UploadId: upload.uploadId } },
    );
  const small = parts.slice(0, -1).find((part) => part.content.size < MINIMUM_PART_BYTES);
  if (small)
    throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
      status: 400,
      members: {
        ProposedSize: small.content.size,
        MinSizeAllowed: MINIMUM_PART_BYTES,
        PartNumber: small.partNumber,
        ETag: md5Of(small.content).toString("hex"),
      },
    });
  return parts;
}

/** Of the whole, or of the parts' checksums with their number behind (S3 user guide, composite checksums). */
function checksumOfParts(upload: MultipartUpload, parts: UploadedPart[], content: ObjectContent): Checksum {
  const { algorithm, type } = upload.checksum ?? { algorithm: "CRC64NVME" as const, type: "FULL_OBJECT" as const };
  if (type === "FULL_OBJECT") return { algorithm, type, value: checksumOf(algorithm, content) };
  const each = parts.map((part) => Buffer.from(checksumOf(algorithm, part.content), "base64"));
  return { algorithm, type, value: `${checksumBytes(algorithm, each).toString("base64")}-${parts.length}` };
}

/**
 * What a completed upload leaves: its ETag is the MD5 of the parts' MD5s with the number of parts behind.
 * @throws AwsError as S3 answers a list of parts that does not fit the upload; BadDigest for another checksum than given.
 */
export function completed(
  upload: MultipartUpload,
  input: Wire.CompleteMultipartUploadRequest,
): { content: ObjectContent; details: ObjectDetails } {
  const parts = namedParts(upload, input.MultipartUpload?.Parts ?? []);
  const content = new JoinedContent(parts.map((part) => part.content));
  const checksum = checksumOfParts(upload, parts, content);
  const given = input[`Checksum${checksum.algorithm}`];
  if (given !== undefined && given !== checksum.value) throw badDigest(checksum.algorithm);
  const digest = createHash("md5");
  for (const part of parts) digest.update(md5Of(part.content));
  const details: ObjectDetails = {
    ...upload.details,
    checksum,
    etag: `${digest.digest("hex")}-${parts.length}`,
    parts: parts.map(({ partNumber, content: { size }, checksum: ofPart }) => ({
      partNumber,
      size,
      ...(ofPart && { checksum: ofPart }),
    })),
  };
  return { content, details };
}
