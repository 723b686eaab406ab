import type { Policy } from "../../../policy/document.ts";
import type { RandomStream } from "../random.ts";
import { AWS_MANAGED_POLICIES, awsPolicyArn } from "./aws-managed-policies.ts";
import { roleId, uniqueId } from "./identifiers.ts";
import type { AccessKey, Group, Identity, ManagedPolicy, MfaDevice, Role, User } from "./model.ts";
import { policyText } from "./policy-text.ts";

/** Default of MaxSessionDuration (IAM API reference, CreateRole), seconds. */
const SESSION_SECONDS = 3_600;
/** When AWS published AdministratorAccess and its like. */
const AWS_POLICY_CREATED_MS = Date.UTC(2015, 1, 6, 18, 39, 46);

interface IdentityDraft {
  path?: string;
  createdAtMs: number;
  /** Inline policies by name. */
  inline?: Record<string, object>;
  /** ARNs of managed policies. */
  attached?: string[];
  boundaryArn?: string;
  tags?: Record<string, string>;
}

/** IAM's store of an account: users, groups, roles and managed policies. */
export class Iam {
  readonly accountId: string;
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();
  readonly roles = new Map<string, Role>();
  /** By ARN; those that AWS keeps are among them. */
  readonly policies = new Map<string, ManagedPolicy>();
  accountAlias: string | undefined;
  /** When the account was opened, ms since the Unix epoch. */
  openedAtMs = 0;
  readonly #random: (entity: string) => RandomStream;
  readonly #keys = new Map<string, AccessKey>();
  readonly #deletedKeys = new Map<string, AccessKey>();
  readonly #streams = new Map<string, RandomStream>();

  /** @param random the streams of the world, by entity. */
  constructor(accountId: string, random: (entity: string) => RandomStream) {
    this.accountId = accountId;
    this.#random = random;
    for (const { path, name, description, document } of AWS_MANAGED_POLICIES) {
      this.#addManaged(
        awsPolicyArn(`${path.slice(1)}${name}`),
        path,
        name,
        description,
        document,
        AWS_POLICY_CREATED_MS,
      );
    }
  }

  addUser(name: string, draft: IdentityDraft): User {
    const id = uniqueId("AIDA", this.#random(`iam/user/${name}`));
    const user: User = { ...this.#identity("user", name, id, draft), groups: [], accessKeys: [], mfaDevices: [] };
    this.users.set(name, user);
    return user;
  }

  addGroup(name: string, draft: IdentityDraft): Group {
    const id = uniqueId("AGPA", this.#random(`iam/group/${name}`));
    const group = this.#identity("group", name, id, draft);
    this.groups.set(name, group);
    return group;
  }

  /** @param trust the policy that says who may assume the role. */
  addRole(
    name: string,
    trust: object,
    draft: IdentityDraft & { description?: string; maxSessionSeconds?: number },
  ): Role {
    const id = roleId(name, () => this.#random(`iam/role/${name}`));
    const role: Role = {
      ...this.#identity("role", name, id, draft),
      trust: policyText(trust, `trust policy of ${name}`, "trust"),
      description: draft.description ?? "",
      maxSessionSeconds: draft.maxSessionSeconds ?? SESSION_SECONDS,
    };
    this.roles.set(name, role);
    return role;
  }

  /** A customer managed policy with one version. @returns its ARN. */
  addPolicy(name: string, description: string, document: object, createdAtMs: number): string {
    const arn = `arn:aws:iam::${this.accountId}:policy/${name}`;
    this.#addManaged(arn, "/", name, description, document, createdAtMs);
    return arn;
  }

  addAccessKey(user: User, id: string, createdAtMs: number, status: AccessKey["status"] = "Active"): AccessKey {
    const key: AccessKey = { id, userName: user.name, status, createdAtMs };
    user.accessKeys.push(key);
    this.#keys.set(id, key);
    return key;
  }

  removeAccessKey(user: User, key: AccessKey): void {
    user.accessKeys.splice(user.accessKeys.indexOf(key), 1);
    this.#keys.delete(key.id);
    this.#deletedKeys.set(key.id, key);
  }

  /** A virtual MFA device whose serial number is its ARN. @param secret RFC 4226 secret. */
  addVirtualMfa(user: User, secret: Uint8Array, enabledAtMs: number): MfaDevice {
    const serialNumber = `arn:aws:iam::${this.accountId}:mfa/${user.name}`;
    const device: MfaDevice = { serialNumber, enabledAtMs, secret, lastStep: -1 };
    user.mfaDevices.push(device);
    return device;
  }

  /** The stream from which an entity's keys are drawn, one after the other. @param entity such as `user/ann`. */
  keyStream(entity: string): RandomStream {
    let stream = this.#streams.get(entity);
    if (!stream) {
      stream = this.#random(`iam/keys/${entity}`);
      this.#streams.set(entity, stream);
    }
    return stream;
  }

  accessKey(id: string): AccessKey | undefined {
    return this.#keys.get(id);
  }

  /** A key that has been deleted: it opens nothing, but what was done with it stays its user's. */
  deletedKey(id: string): AccessKey | undefined {
    return this.#deletedKeys.get(id);
  }

  /** The default version of a managed policy. */
  defaultVersion(arn: string): Policy | undefined {
    const policy = this.policies.get(arn);
    return policy?.versions.find((version) => version.id === policy.defaultVersionId)?.policy;
  }

  /** The identity policies of a user (with those of its groups), a group or a role. */
  policiesOf(identity: Identity | User): Policy[] {
    const own = [
      ...[...identity.inline.values()].map((text) => text.policy),
      ...[...identity.attached].flatMap((arn) => this.defaultVersion(arn) ?? []),
    ];
    return "groups" in identity ? [...own, ...identity.groups.flatMap((group) => this.policiesOf(group))] : own;
  }

  boundaryOf(identity: Identity): Policy | undefined {
    return identity.boundaryArn === undefined ? undefined : this.defaultVersion(identity.boundaryArn);
  }

  #identity(kind: "user" | "group" | "role", name: string, id: string, draft: IdentityDraft): Identity {
    const path = draft.path ?? "/";
    return {
      name,
      path,
      id,
      arn: `arn:aws:iam::${this.accountId}:${kind}${path}${name}`,
      createdAtMs: draft.createdAtMs,
      inline: new Map(
        Object.entries(draft.inline ?? {}).map(([policy, text]) => [policy, policyText(text, policy, "identity")]),
      ),
      attached: new Set(draft.attached),
      ...(draft.boundaryArn === undefined ? {} : { boundaryArn: draft.boundaryArn }),
      tags: Object.entries(draft.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
    };
  }

  #addManaged(arn: string, path: string, name: string, description: string, document: object, createdAtMs: number) {
    const id = uniqueId("ANPA", this.#random(`iam/policy/${arn}`));
    const version = { id: "v1", createdAtMs, ...policyText(document, arn, "identity") };
    this.policies.set(arn, {
      name,
      path,
      id,
      arn,
      description,
      createdAtMs,
      versions: [version],
      defaultVersionId: "v1",
    });
  }
}
