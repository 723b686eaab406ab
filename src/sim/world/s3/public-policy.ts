import type { Condition } from "../../../policy/condition-document.ts";
import { parsePolicy, type Statement } from "../../../policy/document.ts";

/** Condition keys that, held to fixed values, make a grant to everybody not public (S3 user guide, the meaning of "public"). */
const NARROWING_KEYS = new Set(
  [
    "aws:SourceIp",
    "aws:SourceArn",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:SourceAccount",
    "aws:SourceOwner",
    "aws:PrincipalOrgID",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:DataAccessPointArn",
    "s3:DataAccessPointAccount",
  ].map((key) => key.toLowerCase()),
);

function narrows({ operator, ifExists, key, values }: Condition): boolean {
  const positive = !operator.includes("Not") && operator !== "Null" && !ifExists;
  const fixed = values.every((value) => !/[*?]/.test(value) && !/^(0\.0\.0\.0|::)\/0$/.test(value));
  return positive && NARROWING_KEYS.has(key.toLowerCase()) && fixed;
}

function grantsEverybody({ effect, principal, notPrincipal, conditions }: Statement): boolean {
  const everybody = notPrincipal !== undefined || principal === "*" || (principal?.AWS?.includes("*") ?? false);
  return effect === "Allow" && everybody && !conditions.some(narrows);
}

/** Whether S3 calls a valid bucket policy public: some statement allows something to everybody without a fixed condition. */
export function isPublicPolicy(policy: string): boolean {
  return parsePolicy(policy, "bucket policy", "resource").statements.some(grantsEverybody);
}
