import type * as Wire from "@aws-sdk/client-s3";
import { pageLimit } from "../../wire/partial-page.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import { compareKeys } from "../../world/s3/key-order.ts";
import { commonPrefixOf } from "../../world/s3/listing.ts";
import type { MultipartUpload } from "../../world/s3/multipart-upload.ts";
import { bucketOf, keyEncoder, pageSize, wholeSecond } from "./common.ts";

const inOrder = (a: MultipartUpload, b: MultipartUpload) =>
  compareKeys(a.key, b.key) || a.atMs - b.atMs || compareKeys(a.uploadId, b.uploadId);

/** Uploads behind the marker: of later keys, or of the same key behind the marked upload. */
function behind(uploads: MultipartUpload[], keyMarker: string | undefined, uploadIdMarker: string | undefined) {
  if (!keyMarker) return uploads;
  const marked = uploads.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === uploadIdMarker);
  return uploads.filter(({ key }, index) => {
    const order = compareKeys(key, keyMarker);
    return order > 0 || (order === 0 && marked >= 0 && index > marked);
  });
}

/** ListMultipartUploads. */
export function uploadListing(region: Region): Operations<typeof Wire> {
  return {
    ListMultipartUploads: (input) => {
      const bucket = bucketOf(region, input);
      const { Prefix: prefix = "", Delimiter: delimiter = "", KeyMarker, UploadIdMarker } = input;
      const encode = keyEncoder(input.EncodingType);
      const limit = pageSize(input.MaxUploads, "max-uploads");
      const uploads = behind([...bucket.uploads.values()].sort(inOrder), KeyMarker, UploadIdMarker);
      const groups = new Set<string>();
      const page: MultipartUpload[] = [];
      let truncated = false;
      let last: { key: string; uploadId: string } | undefined;
      for (const upload of uploads) {
        if (!upload.key.startsWith(prefix)) continue;
        const group = commonPrefixOf(upload.key, prefix, delimiter);
        if (group !== undefined && (groups.has(group) || group === KeyMarker)) continue;
        if (groups.size + page.length >= pageLimit(limit)) {
          truncated = limit > 0;
          break;
        }
        if (group === undefined) page.push(upload);
        else groups.add(group);
        last = group === undefined ? upload : { key: group, uploadId: "" };
      }
      return {
        Bucket: bucket.name,
        Prefix: encode(prefix),
        Delimiter: input.Delimiter === undefined ? undefined : encode(input.Delimiter),
        KeyMarker: encode(KeyMarker ?? ""),
        UploadIdMarker: UploadIdMarker ?? "",
        NextKeyMarker: truncated && last ? encode(last.key) : undefined,
        NextUploadIdMarker: truncated && last ? last.uploadId : undefined,
        EncodingType: input.EncodingType,
        MaxUploads: limit,
        IsTruncated: truncated,
        Uploads: page.map((upload) => ({
          UploadId: upload.uploadId,
          Key: encode(upload.key),
          Initiated: wholeSecond(upload.atMs),
          StorageClass: (upload.details.storageClass ?? "STANDARD") as "STANDARD",
          ChecksumAlgorithm: upload.checksum?.algorithm,
          ChecksumType: upload.checksum?.type,
        })),
        CommonPrefixes: [...groups].map((group) => ({ Prefix: encode(group) })),
      };
    },
  };
}
