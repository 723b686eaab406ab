import type * as Wire from "@aws-sdk/client-s3";
import { Failure } from "../../../base/failure.ts";
import { parsePolicy } from "../../../policy/document.ts";
import { matchesPattern } from "../../../policy/pattern.ts";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import { isPublicPolicy } from "../../world/s3/public-policy.ts";
import { bucketOf, malformedXml } from "./common.ts";

/** Bytes of a bucket policy at most (S3 user guide, bucket policies: 20 KB). */
const POLICY_BYTES = 20_480;

function malformed(why: string): AwsError {
  return new AwsError("MalformedPolicy", why, { status: 400 });
}

/** @throws AwsError PolicyTooLarge; MalformedPolicy for no JSON, no policy, another service's action or another bucket's resource. */
function checkPolicy(bucket: Bucket, policy: string): void {
  if (Buffer.byteLength(policy) > POLICY_BYTES)
    throw new AwsError("PolicyTooLarge", "Your policy exceeds the maximum allowed document size.", { status: 400 });
  const { statements } = parsed(policy);
  if (statements.length === 0) throw malformed("Could not parse the policy: Statement is empty!");
  for (const { action, notAction, resource, notResource } of statements) {
    if (![...(action ?? []), ...(notAction ?? [])].every((name) => name === "*" || /^s3:/i.test(name)))
      throw malformed("Policy has invalid action");
    if (![...(resource ?? []), ...(notResource ?? [])].every((name) => coversBucket(name, bucket.name)))
      throw malformed("Policy has invalid resource");
  }
}

/** Whether a resource can be this bucket or something in it; its bucket may be written with wildcards. */
function coversBucket(resource: string, bucket: string): boolean {
  if (resource === "*") return true;
  const [, pattern] = /^arn:aws[a-z-]*:s3:::([^/]*)/.exec(resource) ?? [];
  return pattern !== undefined && matchesPattern(pattern, bucket, undefined);
}

function parsed(policy: string) {
  try {
    return parsePolicy(policy, "bucket policy", "resource");
  } catch (error) {
    if (error instanceof Failure) throw malformed(error.detail.why);
    throw error;
  }
}

/** Bucket policies and the public access block. Policies are kept here and evaluated by whoever authorizes calls. */
export function policyOperations(region: Region): Operations<typeof Wire> {
  const policyOf = (input: { Bucket: string | undefined }): string => {
    const { policy } = bucketOf(region, input);
    if (policy !== undefined) return policy;
    throw new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", {
      status: 404,
      members: { BucketName: input.Bucket },
    });
  };
  return {
    GetBucketPolicy: (input) => ({ Policy: policyOf(input) }),
    PutBucketPolicy: (input) => {
      const bucket = bucketOf(region, input);
      const policy = input.Policy ?? "";
      checkPolicy(bucket, policy);
      if (bucket.settings.publicAccessBlock?.BlockPublicPolicy && isPublicPolicy(policy))
        throw new AwsError(
          "AccessDenied",
          `User is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucket.name}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
          { status: 403 },
        );
      bucket.policy = policy;
      return {};
    },
    DeleteBucketPolicy: (input) => {
      bucketOf(region, input).policy = undefined;
      return {};
    },
    GetBucketPolicyStatus: (input) => ({ PolicyStatus: { IsPublic: isPublicPolicy(policyOf(input)) } }),
    GetPublicAccessBlock: (input) => {
      const { publicAccessBlock } = bucketOf(region, input).settings;
      if (!publicAccessBlock)
        throw new AwsError(
          "NoSuchPublicAccessBlockConfiguration",
          "The public access block configuration was not found",
          { status: 404, members: { BucketName: input.Bucket } },
        );
      return { PublicAccessBlockConfiguration: publicAccessBlock };
    },
    PutPublicAccessBlock: (input) => {
      const bucket = bucketOf(region, input);
      const asked = input.PublicAccessBlockConfiguration;
      if (!asked || Object.values(asked).every((value) => value === undefined)) throw malformedXml();
      // A setting that is left out is off (S3 API reference, PutPublicAccessBlock).
      bucket.settings.publicAccessBlock = {
        BlockPublicAcls: asked.BlockPublicAcls ?? false,
        IgnorePublicAcls: asked.IgnorePublicAcls ?? false,
        BlockPublicPolicy: asked.BlockPublicPolicy ?? false,
        RestrictPublicBuckets: asked.RestrictPublicBuckets ?? false,
      };
      return {};
    },
    DeletePublicAccessBlock: (input) => {
      delete bucketOf(region, input).settings.publicAccessBlock;
      return {};
    },
  };
}
