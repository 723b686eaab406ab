import type { World } from "../world.ts";
import type { KmsKey } from "./keys.ts";

/** The id of the lakehouse's own key. */
const KEY_ID = "0b7d1e52-4c3a-4f7e-9a61-6a2f0d1c8e35";

/** The statements of the key policy that KMS gives a key by default: the account's own policies decide (KMS developer guide). */
export function accountStatement(accountId: string): object {
  return {
    Sid: "Enable IAM User Permissions",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: "kms:*",
    Resource: "*",
  };
}

/** A statement that lets these roles use the key. @param roles names with their paths: `oncall/responder`. */
export function usageStatement(accountId: string, roles: readonly string[]): object {
  return {
    Sid: "AllowUseOfTheKey",
    Effect: "Allow",
    Principal: { AWS: roles.map((role) => `arn:aws:iam::${accountId}:role/${role}`) },
    Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
    Resource: "*",
  };
}

export const keyPolicy = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

/** A customer managed key for the lakehouse bucket: many organisations ask for one where the template takes AWS's. */
export function addLakehouseKey({ kms, names }: World, createdAtMs: number): KmsKey {
  const { accountId, prefix } = names;
  const roles = ["reader", "writer", "admin"].map((role) => `${prefix}-lakehouse-${role}`);
  return kms.add(
    {
      id: KEY_ID,
      description: `Objects of ${names.lakehouseBucket}`,
      createdAtMs,
      policy: keyPolicy(accountStatement(accountId), usageStatement(accountId, roles)),
    },
    `alias/${prefix}-lakehouse`,
  );
}
