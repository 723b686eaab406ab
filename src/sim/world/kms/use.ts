import { AwsError } from "../../wire/aws-error.ts";
import { accessDenied } from "../authorization/access-denied.ts";
import type { AccessRequest } from "../authorization/authorization.ts";
import type { Region } from "../region.ts";
import type { Bucket } from "../s3/bucket.ts";
import type { Encryption } from "../s3/object-version.ts";

/** Who reads or writes an object, and from where. */
export type KeyUser = Pick<AccessRequest, "principal" | "sourceIp">;

/**
 * The refusal with which S3 answers because of an object's KMS key, undefined when the key may be used: S3 asks KMS on behalf of the
 * caller, who needs `kms:GenerateDataKey` to write and `kms:Decrypt` to read (S3 user guide, SSE-KMS permissions). A key that the
 * simulated account does not know is not asked about.
 */
export function keyRefusal(
  region: Region,
  user: KeyUser,
  action: "kms:Decrypt" | "kms:GenerateDataKey",
  object: { bucket: Bucket; key: string; encryption: Encryption },
): AwsError | undefined {
  const { keyId, bucketKey } = object.encryption;
  const key = keyId === undefined ? undefined : region.kms.find(keyId);
  if (!key) return undefined;
  // S3 passes KMS's refusals on with a prefix of their own (S3 API reference, error codes of SSE-KMS).
  if (key.state === "Disabled")
    return new AwsError("KMS.DisabledException", `${key.arn} is disabled.`, { status: 400 });
  if (key.state === "PendingDeletion")
    return new AwsError("KMS.KMSInvalidStateException", `${key.arn} is pending deletion.`, { status: 400 });
  const { principal } = user;
  const bucketArn = `arn:aws:s3:::${object.bucket.name}`;
  const decision = region.account.authorization.decide({
    ...user,
    action,
    resource: key.arn,
    region: region.names.region,
    context: {
      "aws:ViaAWSService": "true",
      "kms:CallerAccount": principal.accountId,
      "kms:ViaService": `s3.${region.names.region}.amazonaws.com`,
      // With a bucket key the bucket is the context, otherwise the object (S3 user guide, S3 Bucket Keys).
      "kms:EncryptionContext:aws:s3:arn": bucketKey ? bucketArn : `${bucketArn}/${object.key}`,
      "kms:EncryptionContextKeys": ["aws:s3:arn"],
    },
  });
  const grantee = principal.roleArn ?? principal.arn;
  const isGranted =
    decision.effect === "implicit-deny" &&
    key.grants.some(({ grantee: to, operations }) => to === grantee && operations.includes(action.slice(4)));
  if (decision.effect === "allow" || isGranted) return undefined;
  const { message } = accessDenied({ principal, service: "kms", requirement: { action, resource: key.arn }, decision });
  return new AwsError("AccessDenied", message, { status: 403 });
}
