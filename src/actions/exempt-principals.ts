import { Failure, failureDetail } from "../base/failure.ts";
import type { Caller } from "../policy/principal.ts";
import type { Check, PrepareContext } from "./contract.ts";

/** A principal that a quarantine spares, as conditions name it and as the policy evaluator takes it. */
export interface ExemptPrincipal {
  /** For a person: "role /oncall/responder". */
  label: string;
  arns: string[];
  userIds: string[];
  caller: Caller;
  /** False: the role's path could not be read, so that the exact aws:PrincipalArn is not known. */
  isExact: boolean;
  /** How it was found out. */
  check: Check;
}

interface Identity {
  arn: string;
  accountId: string;
  userId: string;
}

/**
 * The caller as a bucket policy's conditions see it. STS leaves a role's path out of a session's ARN, aws:PrincipalArn has it (roles
 * of IAM Identity Center always have one): iam:GetRole tells it. Where that may not be read, the role's unique id exempts it, and its
 * name under any path: role names are unique in an account whatever their path.
 */
export async function exemptCaller(context: PrepareContext, identity: Identity): Promise<ExemptPrincipal> {
  const { arn, accountId, userId } = identity;
  const [, partition = "aws", kind = "", name = ""] =
    /^arn:([^:]+):(?:sts|iam)::\d{12}:(assumed-role|federated-user|user|root)(?:\/(.*))?$/.exec(arn) ?? [];
  const base = { arn, accountId, userId };
  const pass = (detail: string): Check => ({ label: "responder", status: "pass", detail });
  if (kind === "assumed-role") {
    const role = name.split("/")[0] ?? "";
    const roleId = userId.split(":")[0] ?? "";
    const found = await readRole(context, role);
    const known = { label: `role ${role}`, userIds: [`${roleId}:*`] };
    if (found.arn !== undefined && found.id === roleId) {
      const caller: Caller = { type: "role-session", ...base, roleArn: found.arn };
      return { ...known, arns: [found.arn], caller, isExact: true, check: pass(`${found.arn}, ${roleId}`) };
    }
    const prefix = `arn:${partition}:iam::${accountId}:role`;
    const why = found.why ?? `iam:GetRole gave another role's id (${found.id})`;
    return {
      ...known,
      arns: [`${prefix}/${role}`, `${prefix}/*/${role}`],
      caller: { type: "role-session", ...base },
      isExact: false,
      check: {
        label: "responder",
        status: "warn",
        detail: `the path of role ${role} is not known (${why}): it is exempted by its id ${roleId} and by its name under any path`,
      },
    };
  }
  const type = kind === "root" || kind === "user" ? kind : kind === "federated-user" ? "federated-user" : undefined;
  if (type === undefined) {
    throw new Failure({
      kind: "invalid",
      what: "exempt the responder",
      why: `${arn} is no kind of principal that can be exempted here`,
      next: "Log in as a role, an IAM user or the root user.",
    });
  }
  const caller: Caller = { type, ...base };
  return { label: kind, arns: [arn], userIds: [userId], caller, isExact: true, check: pass(`${arn}, ${userId}`) };
}

/** The root user of the bucket's account: S3 lets it lift a policy that denies everybody, so sparing it gives nothing away. */
export function exemptRoot(partition: string, accountId: string): ExemptPrincipal {
  const arn = `arn:${partition}:iam::${accountId}:root`;
  const caller: Caller = { type: "root", arn, accountId, userId: accountId };
  const check: Check = { label: "root user", status: "pass", detail: "spared, as the last way in" };
  return { label: "root user", arns: [arn], userIds: [accountId], caller, isExact: true, check };
}

/** A role or user given by its ARN, such as the break-glass user. S3 does not check names in conditions, so it is looked up here. */
export async function exemptByArn(context: PrepareContext, arn: string): Promise<ExemptPrincipal> {
  const [, , accountId = "", kind = "", path = ""] =
    /^arn:([^:]+):iam::(\d{12}):(role|user)\/([^*?$]+)$/.exec(arn) ?? [];
  if (kind === "") {
    throw new Failure({
      kind: "invalid",
      what: "exempt",
      why: `"${arn}" is not the ARN of a role or user`,
      next: "Give ARNs such as arn:aws:iam::111122223333:role/ops/break-glass, separated by commas, without wildcards.",
    });
  }
  const name = path.split("/").at(-1) ?? "";
  const found =
    accountId !== context.accountId
      ? { why: `it belongs to account ${accountId}` }
      : await (kind === "role" ? readRole(context, name) : readUser(context, name));
  const isWrong = "isMissing" in found || (found.arn !== undefined && found.arn !== arn);
  const label = `${kind} ${path}`;
  const check: Check = {
    label: `exempt ${label}`,
    status: isWrong ? "fail" : found.arn === undefined ? "warn" : "pass",
    detail:
      found.arn !== undefined && isWrong
        ? `its ARN is ${found.arn}: the path must be as IAM has it`
        : (found.why ?? `exists, ${found.id}`),
  };
  const sessions = kind === "role" ? `${found.id}:*` : `${found.id}`;
  const caller: Caller =
    kind === "user"
      ? { type: "user", arn, accountId, ...(found.id ? { userId: found.id } : {}) }
      : {
          type: "role-session",
          arn: arn.replace(/:iam::(\d+):role\/.*/, `:sts::$1:assumed-role/${name}/session`),
          roleArn: arn,
          accountId,
          ...(found.id ? { userId: `${found.id}:session` } : {}),
        };
  return { label, arns: [arn], userIds: found.id ? [sessions] : [], caller, isExact: true, check };
}

/**
 * The configuration's principals for emergencies. One that does not exist, or whose ARN cannot be found out, is left out with a
 * warning: a wrong line in the configuration must not stand in the way of a containment.
 */
export async function exemptBreakGlass(context: PrepareContext, partition: string): Promise<BreakGlass> {
  const { user, role } = context.deployment.breakGlass ?? {};
  const named = [
    ...(user ? [{ kind: "user" as const, user }] : []),
    ...(role ? [{ kind: "role" as const, role }] : []),
  ];
  const found = await Promise.all(
    named.map(async (one) => {
      const given = one.kind === "user" ? one.user : one.role;
      const arn = given.startsWith("arn:") ? given : await arnOf(context, one.kind, given, partition);
      const principal = await exemptByArn(context, arn);
      return { ...principal, check: { ...principal.check, label: `break-glass ${principal.label}` } };
    }),
  );
  return {
    spared: found.filter(({ check }) => check.status !== "fail"),
    leftOut: found
      .filter(({ check }) => check.status === "fail")
      .map(({ check }) => ({ ...check, status: "warn", detail: `not spared: ${check.detail}` })),
  };
}

export interface BreakGlass {
  spared: ExemptPrincipal[];
  /** A warning each. */
  leftOut: Check[];
}

/** The ARN of a user or role by its name; where IAM does not tell its path, the one that it has without a path. */
async function arnOf(context: PrepareContext, kind: "user" | "role", name: string, partition: string): Promise<string> {
  const { arn } = await (kind === "role" ? readRole(context, name) : readUser(context, name));
  return arn ?? `arn:${partition}:iam::${context.accountId}:${kind}/${name}`;
}

interface Found {
  arn?: string;
  id?: string;
  why?: string;
  isMissing?: true;
}

const readRole = (context: PrepareContext, RoleName: string): Promise<Found> =>
  settled(async () => {
    const { output } = await context.aws.call("iam", "GetRole", { RoleName }, optionsOf(context));
    return { arn: output.Role?.Arn, id: output.Role?.RoleId };
  });

const readUser = (context: PrepareContext, UserName: string): Promise<Found> =>
  settled(async () => {
    const { output } = await context.aws.call("iam", "GetUser", { UserName }, optionsOf(context));
    return { arn: output.User?.Arn, id: output.User?.UserId };
  });

async function settled(read: () => Promise<{ arn?: string | undefined; id?: string | undefined }>): Promise<Found> {
  try {
    const { arn, id } = await read();
    return arn && id ? { arn, id } : { why: "IAM gave no ARN" };
  } catch (error) {
    const { why, kind } = failureDetail(error, "iam:GetRole");
    return { why, ...(kind === "not-found" ? { isMissing: true as const } : {}) };
  }
}

const optionsOf = ({ signal }: PrepareContext) => ({ purpose: "action" as const, ...(signal ? { signal } : {}) });
