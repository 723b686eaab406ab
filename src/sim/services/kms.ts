import type * as Wire from "@aws-sdk/client-kms";
import { Failure } from "../../base/failure.ts";
import { parsePolicy } from "../../policy/document.ts";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { KmsKey } from "../world/kms/keys.ts";
import { accountStatement, keyPolicy } from "../world/kms/lakehouse-key.ts";
import type { Region } from "../world/region.ts";
import { pageOf } from "./paging.ts";

const DAY_MS = 86_400_000;
/** Days of the waiting period before a key is deleted (KMS API reference, ScheduleKeyDeletion). */
const WAITING_DAYS = { least: 7, most: 30 };
/** Grants of a page, unless fewer are asked for (KMS API reference, ListGrants). */
const PAGE_SIZE = 50;
/** The one policy that a key has. */
const POLICY_NAME = "default";

/** KMS answers every refusal with 400 (KMS API reference, errors of each operation). */
const refusal = (code: string, message: string) => new AwsError(code, message, { status: 400 });
const invalid = (message: string) => refusal("ValidationException", message);
const page = <T>(items: readonly T[], input: { Limit?: number | undefined; Marker?: string | undefined }) =>
  pageOf(items, Math.min(1000, input.Limit ?? PAGE_SIZE), input.Marker, () =>
    refusal("InvalidMarkerException", "Could not deserialize marker"),
  );

/** @throws AwsError NotFoundException. @param byAlias whether the operation takes an alias for the key. */
function keyOf(region: Region, named: string | undefined, byAlias = false): KmsKey {
  const key = named === undefined || (!byAlias && /(^|:)alias\//.test(named)) ? undefined : region.kms.find(named);
  if (key) return key;
  const { names } = region;
  const arn = named?.startsWith("arn:")
    ? named
    : `arn:aws:kms:${names.region}:${names.accountId}:${named?.startsWith("alias/") ? named : `key/${named}`}`;
  throw refusal("NotFoundException", `${/alias\//.test(arn) ? "Alias" : "Key"} '${arn}' does not exist`);
}

/** A key that its owner may change. @throws AwsError NotFoundException, AccessDeniedException for AWS's own. */
function ownKey(region: Region, named: string | undefined): KmsKey {
  const key = keyOf(region, named);
  if (key.manager === "AWS") {
    const text = `The operation is not permitted on the AWS managed key ${key.arn}`;
    throw refusal("AccessDeniedException", text);
  }
  return key;
}

function pendingDeletion(key: KmsKey): AwsError {
  return refusal("KMSInvalidStateException", `${key.arn} is pending deletion.`);
}

function metadataOf(region: Region, key: KmsKey): Wire.KeyMetadata {
  return {
    AWSAccountId: region.names.accountId,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdAtMs),
    Enabled: key.state === "Enabled",
    Description: key.description,
    KeyUsage: "ENCRYPT_DECRYPT",
    KeyState: key.state,
    ...(key.deletionAtMs === undefined ? {} : { DeletionDate: new Date(key.deletionAtMs) }),
    Origin: "AWS_KMS",
    KeyManager: key.manager,
    CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    KeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    MultiRegion: false,
  };
}

function putPolicy(region: Region, { KeyId, PolicyName, Policy = "" }: Wire.PutKeyPolicyCommandInput): void {
  const key = ownKey(region, KeyId);
  if (key.state === "PendingDeletion") throw pendingDeletion(key);
  if (PolicyName !== undefined && PolicyName !== POLICY_NAME) throw invalid(`Policy ${PolicyName} does not exist`);
  checkPolicy(Policy);
  key.policy = Policy;
}

/** @throws AwsError MalformedPolicyDocumentException. */
function checkPolicy(policy: string): void {
  try {
    parsePolicy(policy, "key policy", "resource");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw refusal("MalformedPolicyDocumentException", error.detail.why);
  }
}

/** AWS Key Management Service: keys with their policies, states and grants. Nothing is encrypted. */
export function kmsService(region: Region): ServiceDefinition {
  const { kernel } = region.account;
  return defineService<typeof Wire>({
    signingName: "kms",
    load: () => import("@aws-sdk/client-kms"),
    clientName: "KMSClient",
    operations: {
      CreateKey: ({ Description: description = "", Policy }) => {
        if (Policy !== undefined) checkPolicy(Policy);
        const { accountId } = region.names;
        const key = region.kms.create(description, Policy ?? keyPolicy(accountStatement(accountId)), kernel.nowMs);
        return { KeyMetadata: metadataOf(region, key) };
      },
      CreateGrant: ({ KeyId, GranteePrincipal: grantee = "", Operations: operations = [], Name: name }) => {
        const key = ownKey(region, KeyId);
        if (key.state === "Disabled") throw refusal("DisabledException", `${key.arn} is disabled.`);
        if (key.state === "PendingDeletion") throw pendingDeletion(key);
        const grant = region.kms.grant(
          key,
          { grantee, operations, ...(name === undefined ? {} : { name }) },
          kernel.nowMs,
        );
        return { GrantId: grant.id, GrantToken: Buffer.from(grant.id).toString("base64") };
      },
      DescribeKey: ({ KeyId }) => ({ KeyMetadata: metadataOf(region, keyOf(region, KeyId, true)) }),
      GetKeyPolicy: ({ KeyId, PolicyName = POLICY_NAME }) => {
        const key = keyOf(region, KeyId);
        if (PolicyName !== POLICY_NAME) throw refusal("NotFoundException", `No such policy ${PolicyName}`);
        return { Policy: key.policy, PolicyName };
      },
      PutKeyPolicy: (input) => {
        putPolicy(region, input);
        return {};
      },
      ListGrants: (input) => {
        const key = keyOf(region, input.KeyId);
        const { items, next } = page(key.grants, input);
        return {
          Grants: items.map(({ id, name, grantee, operations, createdAtMs }) => ({
            KeyId: key.arn,
            GrantId: id,
            ...(name === undefined ? {} : { Name: name }),
            CreationDate: new Date(createdAtMs),
            GranteePrincipal: grantee,
            IssuingAccount: `arn:aws:iam::${region.names.accountId}:root`,
            Operations: operations as Wire.GrantOperation[],
          })),
          Truncated: next !== undefined,
          NextMarker: next,
        };
      },
      EnableKey: ({ KeyId }) => {
        const key = ownKey(region, KeyId);
        if (key.state === "PendingDeletion") throw pendingDeletion(key);
        key.state = "Enabled";
        return {};
      },
      DisableKey: ({ KeyId }) => {
        const key = ownKey(region, KeyId);
        if (key.state === "PendingDeletion") throw pendingDeletion(key);
        key.state = "Disabled";
        return {};
      },
      ScheduleKeyDeletion: ({ KeyId, PendingWindowInDays = WAITING_DAYS.most }) => {
        const key = ownKey(region, KeyId);
        if (key.state === "PendingDeletion") throw pendingDeletion(key);
        if (PendingWindowInDays < WAITING_DAYS.least || PendingWindowInDays > WAITING_DAYS.most)
          throw invalid("PendingWindowInDays must be between 7 and 30");
        key.state = "PendingDeletion";
        key.deletionAtMs = kernel.nowMs + PendingWindowInDays * DAY_MS;
        return {
          KeyId: key.arn,
          DeletionDate: new Date(key.deletionAtMs),
          KeyState: key.state,
          PendingWindowInDays,
        };
      },
      // The key is disabled afterwards (KMS API reference, CancelKeyDeletion).
      CancelKeyDeletion: ({ KeyId }) => {
        const key = ownKey(region, KeyId);
        if (key.state !== "PendingDeletion")
          throw refusal("KMSInvalidStateException", `${key.arn} is not pending deletion.`);
        key.state = "Disabled";
        delete key.deletionAtMs;
        return { KeyId: key.arn };
      },
    },
  });
}
