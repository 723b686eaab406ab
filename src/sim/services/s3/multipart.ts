import type * as Wire from "@aws-sdk/client-s3";
import { AwsError } from "../../wire/aws-error.ts";
import { pageLimit } from "../../wire/partial-page.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import { checksumOf } from "../../world/s3/checksum.ts";
import { md5Of, type ObjectContent, SlicedContent, StoredContent } from "../../world/s3/content.ts";
import { MAXIMUM_PART_NUMBER, type MultipartUpload, type UploadedPart } from "../../world/s3/multipart-upload.ts";
import type { Checksum } from "../../world/s3/object-version.ts";
import { algorithmOf, checksumMembers, verifiedChecksum } from "./checksums.ts";
import { bucketOf, bytesOf, invalidArgument, invalidRequest, pageSize, shownVersionId, wholeSecond } from "./common.ts";
import { completed } from "./complete-upload.ts";
import { checkWrite } from "./conditions.ts";
import { copySourceOf } from "./copy-source.ts";
import { checkKey, detailsOf, encryptionMembers, headerTags } from "./details.ts";
import { checkKeyUse } from "./key-use.ts";

/** Characters of an upload id, as S3 makes them. */
const UPLOAD_ID_HEX_DIGITS = 128;

interface UploadInput {
  Key: string | undefined;
  UploadId: string | undefined;
}

function uploadOf(bucket: Bucket, { Key: key, UploadId: uploadId }: UploadInput): MultipartUpload {
  const upload = bucket.uploads.get(uploadId ?? "");
  if (upload?.key === key && upload) return upload;
  const message =
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
  throw new AwsError("NoSuchUpload", message, { status: 404, members: { UploadId: uploadId ?? "" } });
}

function partNumberOf(partNumber: number | undefined): number {
  if (partNumber !== undefined && partNumber >= 1 && partNumber <= MAXIMUM_PART_NUMBER) return partNumber;
  const message = `Part number must be an integer between 1 and ${MAXIMUM_PART_NUMBER}, inclusive`;
  throw invalidArgument(message, "partNumber", partNumber);
}

/** The bytes that UploadPartCopy takes. @throws AwsError InvalidArgument for a range that is not within the source. */
function copiedRange(content: ObjectContent, range: string | undefined): ObjectContent {
  if (range === undefined) return content;
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  if (first === undefined || Number(first) > Number(last))
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last",
      "x-amz-copy-source-range",
      range,
    );
  if (Number(last) >= content.size)
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${content.size}`,
      "x-amz-copy-source-range",
      range,
    );
  return new SlicedContent(content, Number(first), Number(last) + 1);
}

function checksumWanted(input: Wire.CreateMultipartUploadRequest): MultipartUpload["checksum"] {
  const algorithm = algorithmOf(input.ChecksumAlgorithm);
  if (!algorithm) return undefined;
  const byDefault = algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE";
  const type = input.ChecksumType ?? byDefault;
  const possible =
    algorithm === "CRC64NVME" ? type === "FULL_OBJECT" : type === "COMPOSITE" || algorithm.startsWith("CRC");
  if (!possible)
    throw invalidRequest(`The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  return { algorithm, type };
}

function partView(part: UploadedPart): Wire.Part {
  return {
    PartNumber: part.partNumber,
    LastModified: wholeSecond(part.atMs),
    ETag: `"${md5Of(part.content).toString("hex")}"`,
    Size: part.content.size,
    ...checksumMembers(part.checksum),
  };
}

/** Multipart uploads, up to their completion. */
export function multipartOperations(region: Region): Operations<typeof Wire> {
  const { kernel } = region.account;
  const keepPart = (upload: MultipartUpload, partNumber: number, content: ObjectContent, checksum: Checksum) => {
    upload.parts.set(partNumber, { partNumber, content, atMs: kernel.nowMs, checksum });
    return `"${md5Of(content).toString("hex")}"`;
  };
  return {
    CreateMultipartUpload: (input, call) => {
      const bucket = bucketOf(region, input);
      const upload: MultipartUpload = {
        uploadId: bucket.random("client").hex(UPLOAD_ID_HEX_DIGITS),
        key: checkKey(input.Key),
        atMs: kernel.nowMs,
        details: detailsOf(bucket, input),
        tags: headerTags(input.Tagging),
        checksum: checksumWanted(input),
        parts: new Map(),
      };
      const { encryption } = upload.details;
      checkKeyUse(region, call, "kms:GenerateDataKey", { bucket, key: upload.key, encryption });
      bucket.uploads.set(upload.uploadId, upload);
      return {
        Bucket: bucket.name,
        Key: upload.key,
        UploadId: upload.uploadId,
        ChecksumAlgorithm: upload.checksum?.algorithm,
        ChecksumType: upload.checksum?.type,
        ...encryptionMembers(upload.details.encryption),
      };
    },
    UploadPart: async (input) => {
      const content = new StoredContent(await bytesOf(input.Body));
      const upload = uploadOf(bucketOf(region, input), input);
      const partNumber = partNumberOf(input.PartNumber);
      const checksum = verifiedChecksum(content, input);
      if (upload.checksum && upload.checksum.algorithm !== checksum.algorithm)
        throw invalidRequest(
          `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, actual checksum Type: ${checksum.algorithm.toLowerCase()}`,
        );
      const ETag = keepPart(upload, partNumber, content, checksum);
      return { ETag, ...encryptionMembers(upload.details.encryption), ...checksumMembers(checksum) };
    },
    UploadPartCopy: (input) => {
      const upload = uploadOf(bucketOf(region, input), input);
      const partNumber = partNumberOf(input.PartNumber);
      const source = copySourceOf(region, input);
      const content = copiedRange(source.version.content, input.CopySourceRange);
      const algorithm = upload.checksum?.algorithm ?? "CRC64NVME";
      const checksum: Checksum = { algorithm, value: checksumOf(algorithm, content), type: "FULL_OBJECT" };
      const ETag = keepPart(upload, partNumber, content, checksum);
      return {
        CopySourceVersionId: shownVersionId(source.bucket, source.version),
        CopyPartResult: { ETag, LastModified: wholeSecond(kernel.nowMs), ...checksumMembers(checksum) },
        ...encryptionMembers(upload.details.encryption),
      };
    },
    CompleteMultipartUpload: (input) => {
      const bucket = bucketOf(region, input);
      const upload = uploadOf(bucket, input);
      const { content, details } = completed(upload, input);
      checkWrite(bucket, upload.key, { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch });
      bucket.uploads.delete(upload.uploadId);
      const options = { atMs: kernel.nowMs, origin: "client" as const, details, tags: upload.tags };
      const version = bucket.write(upload.key, content, options);
      return {
        Location: `https://${bucket.name}.s3.${bucket.region}.amazonaws.com/${encodeURIComponent(upload.key)}`,
        Bucket: bucket.name,
        Key: upload.key,
        ETag: version.etag,
        VersionId: shownVersionId(bucket, version),
        ...encryptionMembers(details.encryption),
        ...checksumMembers(details.checksum),
      };
    },
    AbortMultipartUpload: (input) => {
      const bucket = bucketOf(region, input);
      bucket.uploads.delete(uploadOf(bucket, input).uploadId);
      return {};
    },
    ListParts: (input) => {
      const bucket = bucketOf(region, input);
      const upload = uploadOf(bucket, input);
      const limit = pageSize(input.MaxParts, "max-parts");
      const after = Number(input.PartNumberMarker ?? 0);
      const rest = [...upload.parts.values()]
        .filter(({ partNumber }) => partNumber > after)
        .sort((a, b) => a.partNumber - b.partNumber);
      const page = rest.slice(0, pageLimit(limit));
      return {
        Bucket: bucket.name,
        Key: upload.key,
        UploadId: upload.uploadId,
        PartNumberMarker: String(after),
        NextPartNumberMarker: String(page.at(-1)?.partNumber ?? 0),
        MaxParts: limit,
        IsTruncated: rest.length > page.length,
        Parts: page.map(partView),
        StorageClass: (upload.details.storageClass ?? "STANDARD") as "STANDARD",
        ChecksumAlgorithm: upload.checksum?.algorithm,
        ChecksumType: upload.checksum?.type,
      };
    },
  };
}
