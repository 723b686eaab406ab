import type { InputOf } from "../../aws/contract.ts";
import type { S3Calls } from "./calls.ts";
import { copySource } from "./keys.ts";
import { encryptionOf, type Target } from "./target.ts";

/** CopyObject copies up to 5 GB (S3 API reference); larger objects go by parts. */
export const COPY_BYTES = 5 * 1024 ** 3;
/** Bytes of a part: 5 TB, the largest object, is 10 240 of these, and a part takes seconds. An upload has 10 000 parts at most. */
const PART_BYTES = 512 * 1024 ** 2;
const PARTS_MOST = 10_000;
/** S3 answers when the copy is made: about 100 MB a second within a region, slower from another one. Machine ms. */
const COPY_WITHIN_MS = 15 * 60_000;
const PART_WITHIN_MS = 5 * 60_000;

/** A version that is copied on top of its key, or of the same key in another bucket. */
export interface CopyTask {
  key: string;
  source: { bucket: string; version: string; size: number; storageClass?: string; region?: string };
  /** The current version's ETag as it must still be; null: there must be no object now, or a delete marker. */
  replaces: string | null;
}

export interface CopySizes {
  /** Larger objects are copied by parts. */
  whole: number;
  part: number;
}

export const COPY_SIZES: CopySizes = { whole: COPY_BYTES, part: PART_BYTES };

export interface Copied {
  version: string;
  etag: string;
}

/**
 * Copies a version with its content type, metadata, tags and storage class, encrypted by KMS, on condition that what it covers is
 * still what it was. Rejects with a Failure: `invalid` with the code PreconditionFailed when it is not.
 */
export async function copyVersion(
  calls: S3Calls,
  target: Target,
  task: CopyTask,
  sizes: CopySizes = COPY_SIZES,
): Promise<Copied> {
  return task.source.size > sizes.whole ? copyByParts(calls, target, task, sizes.part) : copyWhole(calls, target, task);
}

const conditionOf = ({ replaces }: CopyTask) => (replaces === null ? { IfNoneMatch: "*" } : { IfMatch: replaces });

function common(target: Target, task: CopyTask) {
  const { bucket, accountId } = target;
  const { storageClass } = task.source;
  return {
    Bucket: bucket,
    Key: task.key,
    ExpectedBucketOwner: accountId,
    ...encryptionOf(target),
    ...(storageClass ? { StorageClass: storageClass as InputOf<"s3", "CopyObject">["StorageClass"] } : {}),
  };
}

async function copyWhole(calls: S3Calls, target: Target, task: CopyTask): Promise<Copied> {
  const { bucket, version } = task.source;
  const { output } = await calls.call(
    "CopyObject",
    {
      ...common(target, task),
      CopySource: copySource(bucket, task.key, version),
      MetadataDirective: "COPY",
      TaggingDirective: "COPY",
      ...conditionOf(task),
    },
    { isMutation: true, answerWithinMs: COPY_WITHIN_MS },
  );
  return { version: output.VersionId ?? "", etag: output.CopyObjectResult?.ETag ?? "" };
}

/** An upload of parts takes over nothing by itself: what the source says of itself is read and said again. */
async function copyByParts(calls: S3Calls, target: Target, task: CopyTask, partBytes: number): Promise<Copied> {
  const { bucket, version, size, region } = task.source;
  const place = { Bucket: bucket, Key: task.key, VersionId: version };
  const there = region ? { region } : {};
  const { output: head } = await calls.call("HeadObject", place, there);
  const { output: tagging } = await calls.call("GetObjectTagging", place, there);
  const tags = new URLSearchParams((tagging.TagSet ?? []).map(({ Key = "", Value = "" }) => [Key, Value])).toString();
  const { ContentType, ContentEncoding, ContentDisposition, ContentLanguage, CacheControl, ExpiresString, Metadata } =
    head;
  const expires = ExpiresString === undefined ? Number.NaN : Date.parse(ExpiresString);
  const { output: upload } = await calls.call(
    "CreateMultipartUpload",
    {
      ...common(target, task),
      ContentType,
      ContentEncoding,
      ContentDisposition,
      ContentLanguage,
      CacheControl,
      Metadata,
      ...(Number.isNaN(expires) ? {} : { Expires: new Date(expires) }),
      ...(tags === "" ? {} : { Tagging: tags }),
    },
    { isMutation: true },
  );
  const own = {
    Bucket: target.bucket,
    Key: task.key,
    UploadId: upload.UploadId,
    ExpectedBucketOwner: target.accountId,
  };
  const bytes = Math.max(partBytes, Math.ceil(size / PARTS_MOST));
  try {
    const parts = await Promise.all(
      Array.from({ length: Math.ceil(size / bytes) }, async (_, index) => {
        const last = Math.min(size, (index + 1) * bytes) - 1;
        const { output } = await calls.call(
          "UploadPartCopy",
          {
            ...own,
            PartNumber: index + 1,
            CopySource: copySource(bucket, task.key, version),
            CopySourceRange: `bytes=${index * bytes}-${last}`,
          },
          { answerWithinMs: PART_WITHIN_MS },
        );
        return { PartNumber: index + 1, ETag: output.CopyPartResult?.ETag };
      }),
    );
    const { output } = await calls.call(
      "CompleteMultipartUpload",
      { ...own, MultipartUpload: { Parts: parts }, ...conditionOf(task) },
      { isMutation: true, answerWithinMs: COPY_WITHIN_MS },
    );
    return { version: output.VersionId ?? "", etag: output.ETag ?? "" };
  } catch (error) {
    // Parts that nobody completes are paid for; a completion whose answer was lost has none any more, which is no second failure.
    await calls.call("AbortMultipartUpload", own).catch(() => undefined);
    throw error;
  }
}
