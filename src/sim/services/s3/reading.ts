import { Readable } from "node:stream";
import type * as Wire from "@aws-sdk/client-s3";
import { AwsError } from "../../wire/aws-error.ts";
import { pageLimit } from "../../wire/partial-page.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import { blocks } from "../../world/s3/content.ts";
import { checksumMembers } from "./checksums.ts";
import { bucketOf, invalidRequest, objectOf, type StoredObject, shownVersionId, wholeSecond } from "./common.ts";
import { checkRead } from "./conditions.ts";
import { encryptionMembers } from "./details.ts";
import { checkKeyUse } from "./key-use.ts";

/** Larger bodies are sent as a stream, so that generated ones never exist as a whole. */
const STREAM_BYTES = 1 << 20;

interface Span {
  from: number;
  /** Exclusive. */
  to: number;
  /** The parts of the object, when one of them was asked for. */
  partsCount?: number;
}

/**
 * The bytes of a Range header; undefined for the whole object, also when the header cannot be read or names several ranges.
 * @throws AwsError InvalidRange when no byte is in it.
 */
function rangeOf(header: string, size: number): Span | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === "" && last === "") return undefined;
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (from >= to)
    throw new AwsError("InvalidRange", "The requested range is not satisfiable", {
      status: 416,
      members: { RangeRequested: header, ActualObjectSize: size },
      headers: { "content-range": `bytes */${size}` },
    });
  return { from, to };
}

/** The bytes of a part; an object that was not uploaded in parts is its own part 1. */
function partOf(version: StoredObject, partNumber: number): Span {
  const { parts } = version.details;
  const index = parts ? parts.findIndex((part) => part.partNumber === partNumber) : partNumber - 1;
  if (index < 0 || index >= (parts?.length ?? 1))
    throw new AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", {
      status: 416,
      members: { PartNumberRequested: partNumber, ActualPartCount: parts?.length ?? 1 },
    });
  if (!parts) return { from: 0, to: version.size };
  const from = parts.slice(0, index).reduce((sum, part) => sum + part.size, 0);
  return { from, to: from + parts[index]!.size, partsCount: parts.length };
}

function spanOf(version: StoredObject, input: Pick<Wire.GetObjectRequest, "Range" | "PartNumber">): Span | undefined {
  const { Range: range, PartNumber: partNumber } = input;
  if (range !== undefined && partNumber !== undefined)
    throw invalidRequest("Cannot specify both Range header and partNumber query parameter");
  if (partNumber !== undefined) return partOf(version, partNumber);
  return range === undefined ? undefined : rangeOf(range, version.size);
}

/** The headers of an object, which GetObject and HeadObject give alike. */
function headersOf(bucket: Bucket, version: StoredObject, input: Wire.GetObjectRequest, span: Span | undefined) {
  const { details, tags } = version;
  const { from, to } = span ?? { from: 0, to: version.size };
  const whole = from === 0 && to === version.size;
  return {
    AcceptRanges: "bytes",
    ContentLength: to - from,
    ...(span && { ContentRange: `bytes ${from}-${to - 1}/${version.size}`, $metadata: { httpStatusCode: 206 } }),
    PartsCount: span?.partsCount,
    ETag: version.etag,
    LastModified: wholeSecond(version.atMs),
    VersionId: shownVersionId(bucket, version),
    ContentType: input.ResponseContentType ?? details.contentType ?? "binary/octet-stream",
    ContentEncoding: input.ResponseContentEncoding ?? details.contentEncoding,
    ContentDisposition: input.ResponseContentDisposition ?? details.contentDisposition,
    ContentLanguage: input.ResponseContentLanguage ?? details.contentLanguage,
    CacheControl: input.ResponseCacheControl ?? details.cacheControl,
    ExpiresString: input.ResponseExpires?.toUTCString() ?? details.expires,
    WebsiteRedirectLocation: details.websiteRedirect,
    StorageClass: details.storageClass === "STANDARD" ? undefined : (details.storageClass as "STANDARD_IA" | undefined),
    Metadata: details.metadata ?? {},
    ReplicationStatus: version.replication,
    TagCount: tags && Object.keys(tags).length,
    ...encryptionMembers(details.encryption),
    ...(input.ChecksumMode === "ENABLED" && whole && checksumMembers(details.checksum)),
  };
}

/** @throws AwsError for a missing object, a condition that does not hold, an unsatisfiable range. */
function read(region: Region, input: Wire.GetObjectRequest) {
  const bucket = bucketOf(region, input);
  const version = objectOf(bucket, input.Key, input.VersionId);
  checkRead(version, {
    ifMatch: input.IfMatch,
    ifNoneMatch: input.IfNoneMatch,
    ifModifiedSince: input.IfModifiedSince,
    ifUnmodifiedSince: input.IfUnmodifiedSince,
  });
  const span = spanOf(version, input);
  return { bucket, version, span, headers: headersOf(bucket, version, input, span) };
}

/** HeadObject, GetObject and GetObjectAttributes. */
export function readingOperations(region: Region): Operations<typeof Wire> {
  return {
    HeadObject: (input) => read(region, input).headers,
    GetObject: (input, call) => {
      const { bucket, version, span, headers } = read(region, input);
      checkKeyUse(region, call, "kms:Decrypt", { bucket, key: version.key, encryption: version.details.encryption });
      const { from, to } = span ?? { from: 0, to: version.size };
      const Body =
        to - from > STREAM_BYTES
          ? Readable.from(blocks(version.content, from, to), { objectMode: false })
          : version.content.bytes(from, to);
      return { ...headers, Body };
    },
    GetObjectAttributes: (input) => {
      const bucket = bucketOf(region, input);
      const version = objectOf(bucket, input.Key, input.VersionId);
      const wanted = new Set(input.ObjectAttributes ?? []);
      const { details } = version;
      const parts = details.parts ?? [];
      const after = Number(input.PartNumberMarker ?? 0);
      const limit = input.MaxParts ?? 1000;
      const shown = parts.filter((part) => part.partNumber > after).slice(0, pageLimit(limit));
      const last = shown.at(-1)?.partNumber ?? after;
      return {
        LastModified: wholeSecond(version.atMs),
        VersionId: shownVersionId(bucket, version),
        ...(wanted.has("ETag") && { ETag: version.etag.replaceAll('"', "") }),
        ...(wanted.has("ObjectSize") && { ObjectSize: version.size }),
        ...(wanted.has("StorageClass") && { StorageClass: (details.storageClass ?? "STANDARD") as "STANDARD" }),
        ...(wanted.has("Checksum") && details.checksum && { Checksum: checksumMembers(details.checksum) }),
        ...(wanted.has("ObjectParts") &&
          details.parts && {
            ObjectParts: {
              TotalPartsCount: parts.length,
              PartNumberMarker: String(after),
              NextPartNumberMarker: String(last),
              MaxParts: limit,
              IsTruncated: parts.some((part) => part.partNumber > last),
              Parts: shown.map((part) => ({
                PartNumber: part.partNumber,
                Size: part.size,
                ...checksumMembers(part.checksum),
              })),
            },
          }),
      };
    },
  };
}
