import type { PrincipalElement } from "./document.ts";
import type { Context } from "./pattern.ts";

/** Who makes a request. `arn` is the caller's own: an assumed-role session's is its sts ARN, a service's is its name. */
export interface Caller {
  type: "user" | "role-session" | "root" | "federated-user" | "service" | "anonymous";
  arn: string;
  /** Twelve digits; a service and an anonymous caller have none. */
  accountId?: string;
  /** The unique id, as sts:GetCallerIdentity gives it: AIDA..., or AROA...:session. */
  userId?: string;
  /** Of a role session: the role's ARN with its path, which the session's ARN does not show. */
  roleArn?: string;
}

/**
 * How a Principal element names a caller: by itself or everybody ("direct"), by the role of its session ("role"), by
 * its account ("account", which only lets the account's own policies decide), or not at all.
 */
export type PrincipalMatch = "direct" | "role" | "account" | "none";

/** The ARN of a session's role: with its path where the caller gives it, else from the session's own ARN. */
export function roleArnOf(caller: Caller): string | undefined {
  if (caller.type !== "role-session") return undefined;
  if (caller.roleArn !== undefined) return caller.roleArn;
  const parts = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(caller.arn);
  return parts ? `arn:${parts[1]}:iam::${parts[2]}:role/${parts[3]}` : undefined;
}

/** How the element names the caller, the closest way first (reference_policies_elements_principal). */
export function principalMatch(element: PrincipalElement, caller: Caller): PrincipalMatch {
  if (element === "*") return "direct";
  const names = element.AWS ?? [];
  if (names.includes("*")) return "direct";
  if (caller.type === "service") return element.Service?.includes(caller.arn) ? "direct" : "none";
  if (caller.type === "anonymous") return "none";
  if (element.Federated?.includes(caller.arn)) return "direct";
  if (caller.type !== "root" && names.includes(caller.arn)) return "direct";
  if (names.some((name) => isRoleOf(name, caller))) return "role";
  return names.some((name) => isAccountOf(name, caller)) ? "account" : "none";
}

/**
 * Whether a Deny with this NotPrincipal spares the caller. AWS asks for every level to be named: the account and the
 * user, or the account, the role and the session; what is left out is denied
 * (reference_policies_elements_notprincipal, "Specifying NotPrincipal with Deny").
 */
export function sparedByNotPrincipal(element: PrincipalElement, caller: Caller): boolean {
  if (element === "*" || element.AWS?.includes("*")) return true;
  const names = element.AWS ?? [];
  const account = names.some((name) => isAccountOf(name, caller));
  switch (caller.type) {
    case "service":
      return element.Service?.includes(caller.arn) ?? false;
    case "anonymous":
      return false;
    case "root":
      return account;
    case "role-session":
      return account && names.includes(caller.arn) && names.some((name) => isRoleOf(name, caller));
    default:
      return account && (names.includes(caller.arn) || (element.Federated?.includes(caller.arn) ?? false));
  }
}

/** The condition keys that follow from who calls; a value that the request's own context gives goes first. */
export function contextOf(caller: Caller, given: Context): Context {
  const implied: Context = {};
  const set = (key: string, value: string | undefined) => {
    if (value !== undefined) implied[key.toLowerCase()] = value;
  };
  if (caller.type !== "anonymous" && caller.type !== "service") {
    set("aws:PrincipalArn", roleArnOf(caller) ?? caller.arn);
    set("aws:PrincipalAccount", caller.accountId);
    set("aws:userid", caller.userId);
  }
  // Only an IAM user has a name (reference_policies_variables, table of principal values).
  if (caller.type === "user") set("aws:username", caller.arn.split("/").at(-1));
  for (const [key, value] of Object.entries(given)) implied[key.toLowerCase()] = value;
  return implied;
}

function isAccountOf(name: string, caller: Caller): boolean {
  const account = /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1];
  return account !== undefined && account === caller.accountId;
}

/** Whether a role's ARN is that of the caller's session. Role names are unique in an account, whatever their path. */
function isRoleOf(name: string, caller: Caller): boolean {
  const role = roleArnOf(caller);
  if (role === undefined) return false;
  const key = (arn: string) => {
    const parts = /^(arn:[^:]+:iam::\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn);
    return parts && `${parts[1]} ${parts[2]!.toLowerCase()}`;
  };
  return key(name) !== null && key(name) === key(role);
}
