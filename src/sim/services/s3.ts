import type * as Wire from "@aws-sdk/client-s3";
import { Failure } from "../../base/failure.ts";
import { parsePolicy } from "../../policy/document.ts";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Bucket, ObjectVersion } from "../world/buckets.ts";
import type { Region } from "../world/region.ts";

/** Keys and versions a page (S3 API reference); bucket policies are limited to 20 KB. */
const PAGE_SIZE = 1000;
const POLICY_BYTES = 20_480;

/** What every region but its own says of a bucket (S3 API reference, error responses: PermanentRedirect). */
function elsewhere(bucket: Bucket): AwsError {
  const message =
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
  return new AwsError("PermanentRedirect", message, {
    status: 301,
    headers: { "x-amz-bucket-region": bucket.region },
    members: { Endpoint: `${bucket.name}.s3.${bucket.region}.amazonaws.com`, Bucket: bucket.name },
  });
}

/** @throws AwsError NoSuchBucket, or PermanentRedirect for a bucket of another region. */
function bucketOf(region: Region, name: string | undefined): Bucket {
  const bucket = region.account.buckets.byName.get(name ?? "");
  if (!bucket)
    throw new AwsError("NoSuchBucket", "The specified bucket does not exist", {
      status: 404,
      members: { BucketName: name },
    });
  if (bucket.region !== region.names.region) throw elsewhere(bucket);
  return bucket;
}

function objectOf(bucket: Bucket, key: string | undefined, versionId: string | undefined): ObjectVersion {
  const versions = bucket.objects.get(key ?? "") ?? [];
  const found = versionId === undefined ? versions[0] : versions.find((version) => version.versionId === versionId);
  if (!found && versionId !== undefined)
    throw new AwsError("NoSuchVersion", "The specified version does not exist.", { status: 404 });
  if (!found || found.deleteMarker)
    throw new AwsError("NoSuchKey", "The specified key does not exist.", { status: 404 });
  return found;
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  const parts: Buffer[] = [];
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

function headOf(version: ObjectVersion) {
  return {
    ContentLength: version.body.byteLength,
    ContentType: version.contentType ?? "application/octet-stream",
    ETag: version.etag,
    LastModified: new Date(Math.floor(version.atMs / 1000) * 1000),
    VersionId: version.versionId,
    Metadata: version.metadata ?? {},
    ServerSideEncryption: "aws:kms" as const,
  };
}

function readablePolicy(policy: string | undefined): string {
  if (Buffer.byteLength(policy ?? "") > POLICY_BYTES)
    throw new AwsError("PolicyTooLarge", "Your policy exceeds the maximum allowed document size.", { status: 400 });
  try {
    parsePolicy(policy ?? "", "bucket policy", "resource");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new AwsError("MalformedPolicy", error.detail.why, { status: 400 });
  }
  return policy ?? "";
}

/** Amazon S3, as far as containment and identity need it. Bucket policies are evaluated before a handler is called. */
export function s3Service(region: Region): ServiceDefinition {
  const { buckets } = region.account;
  return defineService<typeof Wire>({
    signingName: "s3",
    load: () => import("@aws-sdk/client-s3"),
    clientName: "S3Client",
    operations: {
      ListBuckets: () => ({
        Buckets: [...buckets.byName.values()].map((bucket) => ({
          Name: bucket.name,
          CreationDate: new Date(bucket.createdAtMs),
          BucketRegion: bucket.region,
        })),
        Owner: { ID: region.names.accountId },
      }),
      HeadBucket: (input) => ({ BucketRegion: bucketOf(region, input.Bucket).region }),
      GetBucketVersioning: (input) => ({ Status: bucketOf(region, input.Bucket).versioning }),
      GetBucketPolicy: (input) => {
        const { policy } = bucketOf(region, input.Bucket);
        if (policy === undefined)
          throw new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", { status: 404 });
        return { Policy: policy };
      },
      PutBucketPolicy: (input) => {
        bucketOf(region, input.Bucket).policy = readablePolicy(input.Policy);
        return {};
      },
      DeleteBucketPolicy: (input) => {
        delete bucketOf(region, input.Bucket).policy;
        return {};
      },
      ListObjectsV2: (input) => {
        const bucket = bucketOf(region, input.Bucket);
        const after = input.ContinuationToken
          ? Buffer.from(input.ContinuationToken, "base64url").toString("utf8")
          : (input.StartAfter ?? "");
        const keys = buckets
          .keys(bucket, input.Prefix ?? "")
          .filter((key) => key > after && bucket.objects.get(key)?.[0]?.deleteMarker === false);
        const size = Math.min(PAGE_SIZE, input.MaxKeys ?? PAGE_SIZE);
        const page = keys.slice(0, size);
        const truncated = keys.length > size;
        return {
          Name: bucket.name,
          Prefix: input.Prefix ?? "",
          MaxKeys: size,
          KeyCount: page.length,
          IsTruncated: truncated,
          NextContinuationToken: truncated ? Buffer.from(page.at(-1) ?? "").toString("base64url") : undefined,
          Contents: page.map((key) => {
            const version = bucket.objects.get(key)![0]!;
            return {
              Key: key,
              Size: version.body.byteLength,
              ETag: version.etag,
              LastModified: new Date(version.atMs),
              StorageClass: "STANDARD" as const,
            };
          }),
        };
      },
      ListObjectVersions: (input) => {
        const bucket = bucketOf(region, input.Bucket);
        const all = buckets
          .keys(bucket, input.Prefix ?? "")
          .flatMap((key) =>
            (bucket.objects.get(key) ?? []).map((version, index) => ({ version, latest: index === 0 })),
          );
        const marker = all.findIndex(
          ({ version }) => version.key === input.KeyMarker && version.versionId === input.VersionIdMarker,
        );
        const start =
          input.KeyMarker === undefined
            ? 0
            : marker >= 0
              ? marker + 1
              : all.findIndex(({ version }) => version.key > (input.KeyMarker ?? ""));
        const size = Math.min(PAGE_SIZE, input.MaxKeys ?? PAGE_SIZE);
        const rest = start < 0 ? [] : all.slice(start);
        const page = rest.slice(0, size);
        const last = page.at(-1)?.version;
        const truncated = rest.length > size;
        const common = ({ version, latest }: (typeof all)[number]) => ({
          Key: version.key,
          VersionId: version.versionId,
          IsLatest: latest,
          LastModified: new Date(version.atMs),
        });
        return {
          Name: bucket.name,
          Prefix: input.Prefix ?? "",
          MaxKeys: size,
          IsTruncated: truncated,
          NextKeyMarker: truncated ? last?.key : undefined,
          NextVersionIdMarker: truncated ? last?.versionId : undefined,
          Versions: page
            .filter(({ version }) => !version.deleteMarker)
            .map((entry) => ({ ...common(entry), Size: entry.version.body.byteLength, ETag: entry.version.etag })),
          DeleteMarkers: page.filter(({ version }) => version.deleteMarker).map(common),
        };
      },
      HeadObject: (input) => headOf(objectOf(bucketOf(region, input.Bucket), input.Key, input.VersionId)),
      GetObject: (input) => {
        const version = objectOf(bucketOf(region, input.Bucket), input.Key, input.VersionId);
        return { ...headOf(version), Body: version.body };
      },
      PutObject: async (input) => {
        const bucket = bucketOf(region, input.Bucket);
        const { ContentType: contentType, Metadata: metadata } = input;
        const version = buckets.put(bucket, input.Key ?? "", await bytesOf(input.Body), region.account.kernel.nowMs, {
          ...(contentType ? { contentType } : {}),
          ...(metadata ? { metadata } : {}),
        });
        return { ETag: version.etag, VersionId: version.versionId, ServerSideEncryption: "aws:kms" as const };
      },
    },
  });
}
