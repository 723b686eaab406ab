import type * as Wire from "@aws-sdk/client-s3";
import { AwsError } from "../../wire/aws-error.ts";
import { pageLimit } from "../../wire/partial-page.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import { bucketOf, invalidArgument, notImplemented, wholeSecond } from "./common.ts";
import { canonicalId } from "./listing.ts";

/** Whether the name may be a bucket's (S3 user guide, general purpose bucket naming rules). */
function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3)$/.test(name)
  );
}

/** The region that LocationConstraint means: none is us-east-1, EU is eu-west-1 (S3 API reference, CreateBucket). */
function wantedRegion(constraint: string | undefined): string {
  return constraint === "EU" ? "eu-west-1" : (constraint ?? "us-east-1");
}

const BUCKETS_PAGE = 10_000;

/** The buckets themselves, and versioning. */
export function bucketOperations(region: Region): Operations<typeof Wire> {
  const { buckets, kernel } = region.account;
  return {
    ListBuckets: (input) => {
      const { Prefix: prefix = "", ContinuationToken: token, BucketRegion, MaxBuckets: limit = BUCKETS_PAGE } = input;
      if (limit < 1 || limit > BUCKETS_PAGE)
        throw invalidArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets", limit);
      const after = token === undefined ? "" : Buffer.from(token, "base64url").toString("utf8");
      const found = buckets
        .sorted()
        .filter(({ name }) => name.startsWith(prefix) && name > after)
        .filter((bucket) => BucketRegion === undefined || bucket.region === BucketRegion);
      const page = found.slice(0, pageLimit(limit));
      const next = found.length > page.length ? page.at(-1)?.name : undefined;
      return {
        Buckets: page.map((bucket) => ({
          Name: bucket.name,
          CreationDate: wholeSecond(bucket.createdAtMs),
          BucketRegion: bucket.region,
        })),
        Owner: { ID: canonicalId(region.names.accountId) },
        Prefix: input.Prefix,
        ContinuationToken: next && Buffer.from(next).toString("base64url"),
      };
    },
    HeadBucket: (input) => ({ BucketRegion: bucketOf(region, input).region, AccessPointAlias: false }),
    GetBucketLocation: (input) => {
      const { region: name } = bucketOf(region, input);
      return { LocationConstraint: name === "us-east-1" ? undefined : (name as "eu-west-1") };
    },
    CreateBucket: (input) => {
      const name = input.Bucket ?? "";
      if (!isBucketName(name))
        throw new AwsError("InvalidBucketName", "The specified bucket is not valid.", {
          status: 400,
          members: { BucketName: name },
        });
      const wanted = wantedRegion(input.CreateBucketConfiguration?.LocationConstraint);
      if (wanted !== region.names.region)
        throw new AwsError(
          "IllegalLocationConstraintException",
          `The ${wanted === "us-east-1" ? "unspecified" : wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
          { status: 400 },
        );
      if (buckets.byName.has(name))
        throw new AwsError(
          "BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it.",
          { status: 409, members: { BucketName: name } },
        );
      const ownership = input.ObjectOwnership;
      buckets.add({
        name,
        region: region.names.region,
        createdAtMs: kernel.nowMs,
        settings: {
          ...(ownership && { ownership }),
          ...(input.CreateBucketConfiguration?.Tags && { tags: input.CreateBucketConfiguration.Tags }),
        },
      });
      return { Location: region.names.region === "us-east-1" ? `/${name}` : `http://${name}.s3.amazonaws.com/` };
    },
    DeleteBucket: (input) => {
      const bucket = bucketOf(region, input);
      if (bucket.objects.size > 0)
        throw new AwsError(
          "BucketNotEmpty",
          bucket.versioning === undefined
            ? "The bucket you tried to delete is not empty"
            : "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
          { status: 409, members: { BucketName: bucket.name } },
        );
      buckets.byName.delete(bucket.name);
      return {};
    },
    GetBucketVersioning: (input) => ({ Status: bucketOf(region, input).versioning }),
    PutBucketVersioning: (input) => {
      const bucket = bucketOf(region, input);
      const status = input.VersioningConfiguration?.Status;
      if (input.MFA !== undefined || input.VersioningConfiguration?.MFADelete === "Enabled")
        throw notImplemented("x-amz-mfa");
      if (status !== "Enabled" && status !== "Suspended")
        throw new AwsError("IllegalVersioningConfigurationException", "The Versioning element must be specified", {
          status: 400,
        });
      if (status === "Suspended" && bucket.settings.replication)
        throw new AwsError(
          "InvalidBucketState",
          "A replication configuration is present on this bucket, so the versioning state cannot be changed.",
          { status: 409 },
        );
      bucket.versioning = status;
      return {};
    },
  };
}
