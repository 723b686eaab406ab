import { arn, type Place } from "../names.ts";
import { type RandomStream, randomUuid } from "../random.ts";

/** A grant: who may do which of the key's operations beside what its policy says. */
export interface KeyGrant {
  id: string;
  name?: string;
  /** ARN of the role or user. */
  grantee: string;
  /** As KMS calls them: `Decrypt`, `GenerateDataKey`. */
  operations: string[];
  createdAtMs: number;
}

/** A symmetric KMS key. */
export interface KmsKey {
  id: string;
  arn: string;
  /** AWS: a key that AWS manages for a service; its policy and state cannot be changed. */
  manager: "AWS" | "CUSTOMER";
  description: string;
  state: "Enabled" | "Disabled" | "PendingDeletion";
  /** Of a key that is pending deletion, ms since the Unix epoch. */
  deletionAtMs?: number;
  createdAtMs: number;
  /** Its policy `default`, JSON. */
  policy: string;
  grants: KeyGrant[];
}

/** The id of the account's key for S3, which AWS manages; its alias is alias/aws/s3. */
export const S3_KEY_ID = "5e1f0000-0000-4000-a000-0000000000c3";
export const S3_KEY_ALIAS = "alias/aws/s3";

/**
 * What the policy of the account's key for S3 says (KMS developer guide, AWS managed keys): everybody of the account uses it through S3,
 * and the account may look at it.
 */
function managedPolicy(place: Place): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Id: "auto-s3-2",
    Statement: [
      {
        Sid: "Allow access through S3 for all principals in the account that are authorized to use S3",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: {
          StringEquals: {
            "kms:CallerAccount": place.accountId,
            "kms:ViaService": `s3.${place.region}.amazonaws.com`,
          },
        },
      },
      {
        Sid: "Allow direct access to key metadata to the account",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${place.accountId}:root` },
        Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        Resource: "*",
      },
    ],
  });
}

/** The KMS keys of the account in one region. */
export class Keys {
  readonly byId = new Map<string, KmsKey>();
  /** Ids by alias, `alias/aws/s3`. */
  readonly aliases = new Map<string, string>();
  readonly #place: Place;
  readonly #random: RandomStream;

  /** @param createdAtMs of the account's key for S3, ms since the Unix epoch. */
  constructor(place: Place, createdAtMs: number, random: RandomStream) {
    this.#place = place;
    this.#random = random;
    this.#add(
      {
        id: S3_KEY_ID,
        manager: "AWS",
        description: "Default key that protects my S3 objects when no other key is defined",
        createdAtMs,
        policy: managedPolicy(place),
      },
      S3_KEY_ALIAS,
    );
  }

  /** Adds a customer managed key. */
  add(key: Pick<KmsKey, "id" | "description" | "createdAtMs" | "policy">, alias: string): KmsKey {
    return this.#add({ ...key, manager: "CUSTOMER" }, alias);
  }

  /** A customer managed key without an alias, as CreateKey makes it. */
  create(description: string, policy: string, createdAtMs: number): KmsKey {
    return this.#add({ id: randomUuid(this.#random), manager: "CUSTOMER", description, policy, createdAtMs });
  }

  /** A grant on a key. */
  grant(key: KmsKey, grant: Omit<KeyGrant, "id" | "createdAtMs">, createdAtMs: number): KeyGrant {
    const added = { ...grant, id: this.#random.hex(64), createdAtMs };
    key.grants.push(added);
    return added;
  }

  /** A key by its id or ARN, or by the name or ARN of an alias. */
  find(named: string): KmsKey | undefined {
    const [, , service, region, accountId, resource = ""] = named.split(":");
    if (service !== undefined) {
      const here = service === "kms" && region === this.#place.region && accountId === this.#place.accountId;
      return here ? this.find(resource.replace(/^key\//, "")) : undefined;
    }
    return this.byId.get(this.aliases.get(named) ?? named);
  }

  #add(key: Omit<KmsKey, "arn" | "state" | "grants">, alias?: string): KmsKey {
    const added: KmsKey = { ...key, arn: arn(this.#place, "kms", `key/${key.id}`), state: "Enabled", grants: [] };
    this.byId.set(added.id, added);
    if (alias !== undefined) this.aliases.set(alias, added.id);
    return added;
  }
}
