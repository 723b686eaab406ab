import type { Policy } from "../../policy/document.ts";
import type { Caller } from "../../policy/principal.ts";
import { AwsError } from "../wire/aws-error.ts";
import { expiredToken, unknownAccessKey, unknownToken } from "../wire/credential-errors.ts";
import type { Iam } from "./iam/directory.ts";
import { roleId } from "./iam/identifiers.ts";
import { recordUse } from "./iam/last-use.ts";
import type { Role } from "./iam/model.ts";
import { randomStream } from "./random.ts";

/** Who stands behind an access key id. */
export interface Principal {
  type: Extract<Caller["type"], "user" | "role-session" | "root">;
  arn: string;
  accountId: string;
  /** sts:GetCallerIdentity's UserId: role id and session name, or user id. */
  userId: string;
  /** CloudTrail's Username: session name or user name. */
  userName: string;
  accessKeyId: string;
  /** Of a role session: the role's ARN with its path, which the session's own ARN does not show. */
  roleArn?: string;
  /** Of temporary credentials. */
  session?: Session;
  /** Every call is answered with an expired token. */
  expired?: boolean;
}

/** What temporary credentials carry beside their principal. */
export interface Session {
  issuedAtMs: number;
  /** Undefined: never, and the token is not checked (the special ids of ACCESS_KEYS). */
  issued?: { token: string; expiresAtMs: number };
  /** When the MFA code was given, undefined without MFA. */
  mfaAtMs?: number;
  /** Session policies, which limit the role's permissions. */
  policies?: Policy[];
}

/** Access key ids with a meaning of their own. IAM's users have theirs besides; every other id is the on-call responder. */
export const ACCESS_KEYS = {
  responder: "ASIASIMULATEDRESPOND",
  otherAccount: "ASIASIMULATEDOTHERAC",
  /** A role without any policy. */
  powerless: "ASIASIMULATEDNOGRANT",
  expired: "ASIASIMULATEDEXPIRED",
  /** A console session of the account's root user, who has no key of its own. */
  root: "ASIASIMULATEDROOTUSR",
} as const;

export const OTHER_ACCOUNT_ID = "999988887777";

/** The special sessions are this old when the scenario starts. */
const SESSION_AGE_MS = 20 * 60_000;

/** What authentication looks at of a call. */
export interface SignedCall {
  service: string;
  region: string;
  accessKeyId: string;
  /** The X-Amz-Security-Token header, empty without one. */
  sessionToken: string;
}

/** The callers of a world, by access key id. */
export class Principals {
  readonly responder: Principal;
  readonly #byKey = new Map<string, Principal>();
  readonly #iam: Iam;
  readonly #epochMs: number;

  constructor(iam: Iam, epochMs: number) {
    const { accountId } = iam;
    this.#iam = iam;
    this.#epochMs = epochMs;
    this.responder = this.roleSession("responder", "on-call", ACCESS_KEYS.responder, "/oncall/");
    this.add(this.responder);
    const other = this.roleSession("responder", "on-call", ACCESS_KEYS.otherAccount, "/", OTHER_ACCOUNT_ID);
    this.add(other);
    this.add(this.roleSession("visitor", "guest", ACCESS_KEYS.powerless));
    this.add({ ...this.roleSession("responder", "yesterday", ACCESS_KEYS.expired, "/oncall/"), expired: true });
    this.add({
      type: "root",
      arn: `arn:aws:iam::${accountId}:root`,
      accountId,
      userId: accountId,
      userName: "root",
      accessKeyId: ACCESS_KEYS.root,
      session: { issuedAtMs: epochMs - SESSION_AGE_MS },
    });
  }

  add(principal: Principal): void {
    this.#byKey.set(principal.accessKeyId, principal);
  }

  /**
   * Somebody, or a workload, that assumed a role of the account: for scenarios, and for authorization.decide. It has no
   * credentials of its own until it is added.
   * @param path of a role that IAM does not have; a role's own path otherwise.
   */
  roleSession(
    role: string,
    name: string,
    accessKeyId = "ASIASIMULATEDSOMEONE",
    path = "/",
    accountId = this.#iam.accountId,
  ): Principal {
    const known = accountId === this.#iam.accountId ? this.#iam.roles.get(role) : undefined;
    const id = known?.id ?? roleId(role, () => randomStream(0, `iam/role/${role}`));
    return {
      type: "role-session",
      arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${name}`,
      accountId,
      userId: `${id}:${name}`,
      userName: name,
      accessKeyId,
      roleArn: known?.arn ?? `arn:aws:iam::${accountId}:role${path}${role}`,
      session: { issuedAtMs: this.#epochMs - SESSION_AGE_MS },
    };
  }

  /** The principal of an access key id; an unknown one is the responder, so that any fake credentials work. */
  of(accessKeyId: string): Principal {
    return this.#byKey.get(accessKeyId) ?? this.#userOf(accessKeyId) ?? this.responder;
  }

  /**
   * Who makes a call.
   * @throws AwsError as AWS answers a key that was deactivated or deleted, a token that is not the key's, and an expired one.
   */
  authenticate(call: SignedCall, nowMs: number): Principal {
    const { service, accessKeyId } = call;
    const principal = this.of(accessKeyId);
    if (principal.expired) throw expiredToken(service);
    const key = this.#iam.accessKey(accessKeyId);
    if (this.#iam.deletedKey(accessKeyId) || key?.status === "Inactive") throw unknownAccessKey(service);
    const issued = principal.session?.issued;
    if (issued && call.sessionToken !== issued.token) throw unknownToken(service);
    if (issued && nowMs >= issued.expiresAtMs) throw expiredToken(service);
    if (issued && service === "iam" && principal.type === "user" && principal.session?.mfaAtMs === undefined) {
      // IAM takes a user's temporary credentials only with MFA (STS API reference, GetSessionToken).
      throw new AwsError("InvalidClientTokenId", "The security token included in the request is invalid", {
        status: 403,
      });
    }
    const used = key ?? this.#roleOf(principal);
    if (used) recordUse(used, { atMs: nowMs, service, region: globalRegion(service) ?? call.region });
    return principal;
  }

  #roleOf({ accountId, roleArn }: Principal): Role | undefined {
    return accountId === this.#iam.accountId ? this.#iam.roles.get(roleArn?.split("/").pop() ?? "") : undefined;
  }

  #userOf(accessKeyId: string): Principal | undefined {
    const key = this.#iam.accessKey(accessKeyId) ?? this.#iam.deletedKey(accessKeyId);
    const user = key && this.#iam.users.get(key.userName);
    if (!user) return undefined;
    const { arn, id: userId, name: userName } = user;
    return { type: "user", arn, accountId: this.#iam.accountId, userId, userName, accessKeyId };
  }
}

/** Calls of global services count as us-east-1's, whatever region they are signed for. */
function globalRegion(service: string): string | undefined {
  return service === "iam" || service === "sts" ? "us-east-1" : undefined;
}
