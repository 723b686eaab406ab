/** Who stands behind an access key id. */
export interface Principal {
  arn: string;
  accountId: string;
  /** sts:GetCallerIdentity's UserId: role id and session name, or user id. */
  userId: string;
  /** CloudTrail's Username: session name or user name. */
  userName: string;
  accessKeyId: string;
  /** May do nothing at all beyond GetCallerIdentity. */
  powerless?: boolean;
  /** Every call is answered with an expired token. */
  expired?: boolean;
}

/** Access key ids with a meaning of their own; every other one is the on-call responder. */
export const ACCESS_KEYS = {
  responder: "ASIASIMULATEDRESPOND",
  otherAccount: "ASIASIMULATEDOTHERAC",
  powerless: "ASIASIMULATEDNOGRANT",
  expired: "ASIASIMULATEDEXPIRED",
} as const;

export const OTHER_ACCOUNT_ID = "999988887777";

function session(accountId: string, role: string, name: string, accessKeyId: string): Principal {
  const roleId = `AROASIM${role
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .padEnd(14, "X")
    .slice(0, 14)}`;
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role}/${name}`;
  return { arn, accountId, userId: `${roleId}:${name}`, userName: name, accessKeyId };
}

/** The callers of a world, by access key id. */
export class Principals {
  readonly responder: Principal;
  readonly #byKey = new Map<string, Principal>();

  constructor(accountId: string) {
    this.responder = session(accountId, "responder", "on-call", ACCESS_KEYS.responder);
    this.add(this.responder);
    this.add(session(OTHER_ACCOUNT_ID, "responder", "on-call", ACCESS_KEYS.otherAccount));
    this.add({ ...session(accountId, "visitor", "guest", ACCESS_KEYS.powerless), powerless: true });
    this.add({ ...session(accountId, "responder", "yesterday", ACCESS_KEYS.expired), expired: true });
  }

  add(principal: Principal): void {
    this.#byKey.set(principal.accessKeyId, principal);
  }

  /** The principal of an access key id; an unknown one is the responder, so that any fake credentials work. */
  of(accessKeyId: string): Principal {
    return this.#byKey.get(accessKeyId) ?? this.responder;
  }
}
