import { Failure } from "../../base/failure.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { lookupEvents, TRAIL_OPERATIONS, type TrailEvent } from "../sources/trail.ts";
import { bucketEncryption } from "./bucket-facts.ts";
import { deniedCalls } from "./denied-calls.ts";

/** A KMS key that refused somebody, or that encrypts what is written to the bucket. */
export interface KeyState {
  /** Its ARN; where KMS does not know it, what it was called. */
  arn: string;
  /** Enabled, Disabled, PendingDeletion ... as KMS says; `missing`: there is no such key. */
  state: string;
  manager: string;
  /** When a key that is pending deletion is deleted for good, domain ms. */
  deletionMs?: number;
  /** The bucket's default encryption names it. */
  isBuckets: boolean;
  /** The object that the responder asks about is encrypted with it. */
  isObjects: boolean;
}

const KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/;

/** Whether a text is the ARN of a KMS key. */
export const isKeyArn = (text: string): boolean => KEY_ARN.test(text);

/** Keys that are asked about at most, those of the newest refusals first. */
const MOST = 4;
const GRANT_PAGES = 5;

/** The KMS key of the object that the responder asks about; undefined: nobody asks, it is not there, or KMS does not encrypt it. */
export const objectKey: FactSource<{ arn: string | undefined }> = {
  id: "object-kms-key",
  title: "the KMS key of the object",
  operations: ["s3:HeadObject"],
  async fetch(reader) {
    const { principal, key: Key, action = "s3:GetObject" } = reader.given ?? {};
    if (!principal || !Key || action !== "s3:GetObject") return { arn: undefined };
    try {
      const input = { Bucket: reader.deployment.buckets.lakehouse, Key, ExpectedBucketOwner: reader.accountId };
      return { arn: (await reader.call("s3", "HeadObject", input)).SSEKMSKeyId };
    } catch (error) {
      if (error instanceof Failure && error.kind === "not-found") return { arn: undefined };
      throw error;
    }
  },
};

interface KeyInQuestion {
  named: string;
  isBuckets: boolean;
  isObjects: boolean;
}

async function keysInQuestion(reader: FactReader): Promise<KeyInQuestion[]> {
  const [denied, encryption, object] = await Promise.all([
    reader.fact(deniedCalls),
    reader.fact(bucketEncryption),
    reader.fact(objectKey),
  ]);
  const ofObject = object.status === "known" ? object.value.arn : undefined;
  const refused = denied.status === "known" ? denied.value.calls.map(({ resource }) => resource).filter(isKeyArn) : [];
  const own = encryption.status === "known" ? encryption.value?.keyId : undefined;
  const keys = [...new Set([...refused, ...[ofObject, own].flatMap((key) => key ?? [])])];
  if (keys.length === 0) {
    await Promise.all([reader.need(bucketEncryption), reader.need(deniedCalls)]);
    return reader.absent(
      "no refusal names a KMS key, and the bucket has none of its own: AWS's managed key is open to the whole account",
    );
  }
  return keys.slice(0, MOST).map((named) => ({ named, isBuckets: named === own, isObjects: named === ofObject }));
}

/** The state of each key that matters. */
export const keyStates: FactSource<KeyState[]> = {
  id: "kms-keys",
  title: "state of the KMS key",
  operations: ["kms:DescribeKey"],
  async fetch(reader) {
    const keys = await keysInQuestion(reader);
    const found = await Promise.all(
      keys.map(async ({ named, isBuckets, isObjects }): Promise<KeyState> => {
        const metadata = await describe(reader, named);
        if (!metadata) return { arn: named, state: "missing", manager: "", isBuckets, isObjects };
        const { Arn = named, KeyState: state = "", KeyManager: manager = "", DeletionDate } = metadata;
        const deletion = DeletionDate === undefined ? {} : { deletionMs: DeletionDate.getTime() };
        return { arn: Arn, state, manager, ...deletion, isBuckets, isObjects };
      }),
    );
    // The bucket may name by its alias the key that a refusal names by its ARN.
    const arns = [...new Set(found.map(({ arn }) => arn))];
    return arns.map((arn) => {
      const same = found.filter((one) => one.arn === arn);
      const isBuckets = same.some((one) => one.isBuckets);
      return { ...same[0]!, isBuckets, isObjects: same.some((one) => one.isObjects) };
    });
  },
};

async function describe(reader: FactReader, KeyId: string) {
  try {
    return (await reader.call("kms", "DescribeKey", { KeyId })).KeyMetadata;
  } catch (error) {
    if (error instanceof Failure && error.detail.code === "NotFoundException") return undefined;
    throw error;
  }
}

/** A key's policy. */
export interface KeyPolicy {
  arn: string;
  /** JSON; undefined with the reason where it cannot be read from this account. */
  text: string | undefined;
  reason?: string;
  isBuckets: boolean;
  isObjects: boolean;
}

const ownerOf = (arn: string) => arn.split(":")[4] ?? "";

/** The policies of the customer managed keys among them: that of AWS's managed key lets the whole account in. */
export const keyPolicies: FactSource<KeyPolicy[]> = {
  id: "kms-key-policies",
  title: "policy of the KMS key",
  operations: ["kms:GetKeyPolicy"],
  async fetch(reader) {
    const states = await reader.need(keyStates);
    const keys = states.filter(({ state, manager }) => state !== "missing" && manager !== "AWS");
    if (keys.length === 0) return reader.absent("there is no customer managed key whose policy could decide");
    return Promise.all(
      keys.map(async ({ arn, isBuckets, isObjects }): Promise<KeyPolicy> => {
        if (ownerOf(arn) !== reader.accountId) {
          const reason = `it belongs to account ${ownerOf(arn)}, whose key policies cannot be read from here`;
          return { arn, text: undefined, reason, isBuckets, isObjects };
        }
        const { Policy } = await reader.call("kms", "GetKeyPolicy", { KeyId: arn, PolicyName: "default" });
        return { arn, text: Policy ?? "", isBuckets, isObjects };
      }),
    );
  },
};

/** A grant on a key. */
export interface KeyGrant {
  key: string;
  id: string;
  /** ARN of the role or user, or of a service. */
  grantee: string;
  /** Decrypt, GenerateDataKey ... */
  operations: string[];
  /** It holds for some encryption contexts only. */
  constrained: boolean;
}

/** Grants on these keys: what they give needs no statement of the policy. */
export const keyGrants: FactSource<KeyGrant[]> = {
  id: "kms-grants",
  title: "grants on the KMS key",
  operations: ["kms:ListGrants"],
  async fetch(reader) {
    const policies = await reader.need(keyPolicies);
    const own = policies.filter(({ text }) => text !== undefined);
    const grants = await Promise.all(own.map(({ arn }) => grantsOf(reader, arn)));
    return grants.flat();
  },
};

async function grantsOf(reader: FactReader, KeyId: string): Promise<KeyGrant[]> {
  const found: KeyGrant[] = [];
  let Marker: string | undefined;
  for (let page = 0; page < GRANT_PAGES; page++) {
    const output = await reader.call("kms", "ListGrants", { KeyId, Limit: 100, ...(Marker ? { Marker } : {}) });
    for (const { GrantId = "", GranteePrincipal = "", Operations = [], Constraints } of output.Grants ?? []) {
      const grantee = GranteePrincipal;
      found.push({ key: KeyId, id: GrantId, grantee, operations: Operations, constrained: Constraints !== undefined });
    }
    if (!output.Truncated || output.NextMarker === undefined) break;
    Marker = output.NextMarker;
  }
  return found;
}

/** What was done to a key that a refusal names, of the last day, newest first. */
export const keyChanges: FactSource<TrailEvent[]> = {
  id: "kms-key-changes",
  title: "who changed the KMS key (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const [{ calls }, states] = await Promise.all([reader.need(deniedCalls), reader.need(keyStates)]);
    const refusing = states.filter(
      ({ arn, state }) => state !== "Enabled" || calls.some(({ resource }) => resource === arn),
    );
    const found = await Promise.all(
      refusing.map(({ arn }) => lookupEvents(reader, { key: "ResourceName", value: arn })),
    );
    const changes = /^(PutKeyPolicy|DisableKey|ScheduleKeyDeletion|CancelKeyDeletion|RevokeGrant|RetireGrant)$/;
    return found.flat().filter(({ name, errorCode }) => errorCode === undefined && changes.test(name));
  },
};
