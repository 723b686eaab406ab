import { expect } from "vitest";
import { ACCOUNT_ID, casesOf, isRecent, REGION, refusal } from "../server.ts";

const ROOT = `arn:aws:iam::${ACCOUNT_ID}:root`;
const policy = (Sid: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid, Effect: "Allow", Principal: { AWS: ROOT }, Action: "kms:*", Resource: "*" }],
  });
const MISSING = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/00000000-0000-4000-8000-000000000000`;

/** KMS keys. */
export const kms = casesOf("kms", {
  "a key is made and described, by its id and its ARN": async ({ clients: { kms } }) => {
    const { KeyMetadata: made } = await kms.createKey({
      Description: "contract: kůň & on-call",
      KeyUsage: "ENCRYPT_DECRYPT",
    });
    expect(made?.Arn).toBe(`arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${made?.KeyId}`);
    expect(isRecent(made?.CreationDate)).toBe(true);
    for (const KeyId of [made?.KeyId, made?.Arn]) {
      const { KeyMetadata } = await kms.describeKey({ KeyId });
      expect(KeyMetadata).toMatchObject({
        AWSAccountId: ACCOUNT_ID,
        Description: "contract: kůň & on-call",
        Enabled: true,
        KeyState: "Enabled",
        KeyManager: "CUSTOMER",
        KeyUsage: "ENCRYPT_DECRYPT",
        Origin: "AWS_KMS",
      });
    }
    expect(await refusal(kms.describeKey({ KeyId: MISSING }))).toEqual({ name: "NotFoundException", status: 400 });
  },

  "a new key leaves it to the account's policies; its policy can be replaced": async ({ clients: { kms } }) => {
    const { KeyMetadata } = await kms.createKey({});
    const KeyId = KeyMetadata!.KeyId!;
    const { Policy = "" } = await kms.getKeyPolicy({ KeyId, PolicyName: "default" });
    expect(JSON.parse(Policy).Statement).toMatchObject([
      { Effect: "Allow", Principal: { AWS: ROOT }, Action: "kms:*" },
    ]);
    await kms.putKeyPolicy({ KeyId, PolicyName: "default", Policy: policy("Contract") });
    const { Policy: now = "" } = await kms.getKeyPolicy({ KeyId, PolicyName: "default" });
    expect(JSON.parse(now)).toEqual(JSON.parse(policy("Contract")));
    expect(await refusal(kms.getKeyPolicy({ KeyId: MISSING, PolicyName: "default" }))).toEqual({
      name: "NotFoundException",
      status: 400,
    });
  },

  "a policy that is none is refused": async ({ clients: { kms } }) => {
    const { KeyMetadata } = await kms.createKey({});
    const KeyId = KeyMetadata!.KeyId!;
    expect(await refusal(kms.putKeyPolicy({ KeyId, PolicyName: "default", Policy: "{" }))).toEqual({
      name: "MalformedPolicyDocumentException",
      status: 400,
    });
  },

  "a key is disabled and enabled again": async ({ clients: { kms } }) => {
    const { KeyMetadata } = await kms.createKey({});
    const KeyId = KeyMetadata!.KeyId!;
    await kms.disableKey({ KeyId });
    expect((await kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({ KeyState: "Disabled", Enabled: false });
    await kms.enableKey({ KeyId });
    expect((await kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({ KeyState: "Enabled", Enabled: true });
  },

  "a key waits to be deleted; cancelled, it is disabled": async ({ clients: { kms } }) => {
    const { KeyMetadata } = await kms.createKey({});
    const KeyId = KeyMetadata!.KeyId!;
    const scheduled = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    const { KeyMetadata: waiting } = await kms.describeKey({ KeyId });
    expect(waiting).toMatchObject({ KeyState: "PendingDeletion", Enabled: false });
    expect(waiting?.DeletionDate?.getTime()).toBe(scheduled.DeletionDate?.getTime());
    await kms.cancelKeyDeletion({ KeyId });
    const { KeyMetadata: kept } = await kms.describeKey({ KeyId });
    expect([kept?.KeyState, kept?.DeletionDate]).toEqual(["Disabled", undefined]);
  },

  "a key that waits to be deleted cannot be enabled": async ({ clients: { kms } }) => {
    const { KeyMetadata } = await kms.createKey({});
    const KeyId = KeyMetadata!.KeyId!;
    await kms.scheduleKeyDeletion({ KeyId });
    expect(await refusal(kms.enableKey({ KeyId }))).toEqual({ name: "KMSInvalidStateException", status: 400 });
  },

  "grants are listed with grantee and operations": async ({ clients: { kms } }) => {
    const { KeyMetadata } = await kms.createKey({});
    const KeyId = KeyMetadata!.Arn!;
    const GranteePrincipal = `arn:aws:iam::${ACCOUNT_ID}:role/contract`;
    const { GrantId } = await kms.createGrant({ KeyId, GranteePrincipal, Operations: ["Decrypt"], Name: "contract" });
    const { Grants, Truncated } = await kms.listGrants({ KeyId });
    expect(Grants).toMatchObject([{ GrantId, GranteePrincipal, Operations: ["Decrypt"], Name: "contract" }]);
    expect(Truncated ?? false).toBe(false);
  },
});
