import type { WireCall } from "../../wire/types.ts";
import { keyRefusal } from "../../world/kms/use.ts";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import type { Encryption } from "../../world/s3/object-version.ts";

/** @throws AwsError as S3 answers when the caller may not use the object's KMS key. */
export function checkKeyUse(
  region: Region,
  call: WireCall,
  action: "kms:Decrypt" | "kms:GenerateDataKey",
  object: { bucket: Bucket; key: string; encryption: Encryption },
): void {
  const principal = region.account.principals.of(call.accessKeyId);
  const refusal = keyRefusal(region, { principal, sourceIp: "127.0.0.1" }, action, object);
  if (refusal) throw refusal;
}
