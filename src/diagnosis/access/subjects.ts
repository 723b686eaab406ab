import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { type Policy, parsePolicy } from "../../policy/document.ts";
import type { Caller } from "../../policy/principal.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { callerName, type DeniedCall, deniedCalls } from "./denied-calls.ts";
import { workloads } from "./workloads.ts";

/** A role or user whose calls are looked at, with what its policies say. */
export interface Subject {
  kind: "role" | "user";
  name: string;
  /** IAM's ARN with its path. */
  arn: string;
  accountId: string;
  /** AROA... or AIDA... */
  uniqueId: string;
  identity: Policy[];
  /** The documents of its own (inline) policies, as JSON text, by name. */
  inline: Record<string, string>;
  /** ARNs of the managed policies that are attached. */
  attached: string[];
  boundary?: Policy;
  /** Documents that could not be read or parsed, a sentence each. */
  unreadable: string[];
}

/** Why nothing is known of somebody who is refused. */
export interface UnknownSubject {
  name: string;
  reason: string;
  failure?: Failure;
}

export interface Subjects {
  known: Subject[];
  unknown: UnknownSubject[];
  /** True: nobody was seen to be refused, and Dagster's role is looked at instead. */
  assumed: boolean;
}

/** Callers that are looked at, those refused last. */
const MOST = 3;

const READS = [
  "iam:GetRole",
  "iam:ListRolePolicies",
  "iam:GetRolePolicy",
  "iam:ListAttachedRolePolicies",
  "iam:GetUser",
  "iam:ListUserPolicies",
  "iam:GetUserPolicy",
  "iam:ListAttachedUserPolicies",
  "iam:ListGroupsForUser",
  "iam:ListGroupPolicies",
  "iam:GetGroupPolicy",
  "iam:ListAttachedGroupPolicies",
  "iam:GetPolicy",
  "iam:GetPolicyVersion",
];

/** The policies of those who are refused; where nobody was seen to be, those of Dagster's tasks. */
export const subjects: FactSource<Subjects> = {
  id: "refused-principals",
  title: "policies of the refused role",
  operations: READS,
  async fetch(reader) {
    const [denied, places] = await Promise.all([reader.need(deniedCalls), reader.fact(workloads)]);
    const dagster = places.status === "known" ? places.value.map(({ roleArn }) => roleArn) : [];
    const refused = denied.calls.map((call) => call.roleArn ?? (call.arn === "" ? (dagster[0] ?? "") : call.arn));
    const wanted = new Map((refused.length > 0 ? refused : dagster).map((arn) => [nameOf(arn), arn]));
    wanted.delete("");
    const found = await Promise.all([...wanted.values()].slice(0, MOST).map((arn) => subjectOf(reader, arn)));
    const failure = found.map((one) => ("reason" in one ? one.failure : undefined)).find((one) => one !== undefined);
    if (failure && found.every((one) => "reason" in one)) throw failure;
    return {
      known: found.filter((one): one is Subject => "identity" in one),
      unknown: found.filter((one): one is UnknownSubject => "reason" in one),
      assumed: refused.length === 0,
    };
  },
};

/** The name of the role or user behind an ARN of IAM or STS. */
export function nameOf(arn: string): string {
  const [, kind = "", path = ""] = /^arn:[^:]*:(?:sts|iam)::\d*:(assumed-role|role|user)\/(.+)$/.exec(arn) ?? [];
  return (kind === "assumed-role" ? path.split("/")[0] : path.split("/").at(-1)) ?? "";
}

async function subjectOf(reader: FactReader, arn: string): Promise<Subject | UnknownSubject> {
  const name = nameOf(arn);
  const accountId = arn.split(":")[4] ?? "";
  if (accountId !== reader.accountId)
    return { name, reason: `it belongs to account ${accountId}, whose policies cannot be read from here` };
  try {
    return await (arn.includes(":user/") ? readUser(reader, name) : readRole(reader, name));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { kind, why, missingPermission } = error.detail;
    if (kind === "not-found") return { name, reason: "there is no role or user of this name any more" };
    return { name, reason: missingPermission ? `needs ${missingPermission}` : why, failure: error };
  }
}

async function readRole(reader: FactReader, RoleName: string): Promise<Subject> {
  const [{ Role }, { PolicyNames = [] }, { AttachedPolicies = [] }] = await Promise.all([
    reader.call("iam", "GetRole", { RoleName }),
    reader.call("iam", "ListRolePolicies", { RoleName }),
    reader.call("iam", "ListAttachedRolePolicies", { RoleName }),
  ]);
  const inline = PolicyNames.map(async (PolicyName) => {
    const { PolicyDocument = "" } = await reader.call("iam", "GetRolePolicy", { RoleName, PolicyName });
    return [PolicyName, decodeURIComponent(PolicyDocument)] as const;
  });
  const attached = AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []);
  return assembled(reader, await Promise.all(inline), attached, Role?.PermissionsBoundary?.PermissionsBoundaryArn, {
    kind: "role",
    name: RoleName,
    arn: Role?.Arn ?? "",
    uniqueId: Role?.RoleId ?? "",
  });
}

async function readUser(reader: FactReader, UserName: string): Promise<Subject> {
  const [{ User }, { PolicyNames = [] }, { AttachedPolicies = [] }, groups] = await Promise.all([
    reader.call("iam", "GetUser", { UserName }),
    reader.call("iam", "ListUserPolicies", { UserName }),
    reader.call("iam", "ListAttachedUserPolicies", { UserName }),
    readGroups(reader, UserName),
  ]);
  const inline = PolicyNames.map(async (PolicyName) => {
    const { PolicyDocument = "" } = await reader.call("iam", "GetUserPolicy", { UserName, PolicyName });
    return [PolicyName, decodeURIComponent(PolicyDocument)] as const;
  });
  const attached = AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []);
  const found = await assembled(
    reader,
    await Promise.all(inline),
    attached,
    User?.PermissionsBoundary?.PermissionsBoundaryArn,
    { kind: "user", name: UserName, arn: User?.Arn ?? "", uniqueId: User?.UserId ?? "" },
  );
  return {
    ...found,
    identity: [...found.identity, ...groups.policies],
    unreadable: [...found.unreadable, ...groups.unreadable],
  };
}

/** The policies of a user's groups, which count as its own; what may not be read is named and leaves the rest. */
async function readGroups(reader: FactReader, UserName: string): Promise<Parsed> {
  try {
    const { Groups = [] } = await reader.call("iam", "ListGroupsForUser", { UserName });
    const read = await Promise.all(Groups.map(({ GroupName = "" }) => readGroup(reader, GroupName)));
    return { policies: read.flatMap(({ policies }) => policies), unreadable: read.flatMap((one) => one.unreadable) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { missingPermission, why } = error.detail;
    const reason = missingPermission ? `needs ${missingPermission}` : why;
    return { policies: [], unreadable: [`the policies of the user's groups: ${reason}`] };
  }
}

async function readGroup(reader: FactReader, GroupName: string): Promise<Parsed> {
  const [{ PolicyNames = [] }, { AttachedPolicies = [] }] = await Promise.all([
    reader.call("iam", "ListGroupPolicies", { GroupName }),
    reader.call("iam", "ListAttachedGroupPolicies", { GroupName }),
  ]);
  const named = (policy: string) => sanitizeLine(`${policy} of group ${GroupName}`);
  const documents = await Promise.all([
    ...PolicyNames.map(async (PolicyName) => {
      const { PolicyDocument = "" } = await reader.call("iam", "GetGroupPolicy", { GroupName, PolicyName });
      return [named(PolicyName), decodeURIComponent(PolicyDocument)] as const;
    }),
    ...AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []).map(
      async (arn) => [named(arn.split("/").at(-1) ?? arn), await managedDocument(reader, arn)] as const,
    ),
  ]);
  return together(documents.map(([id, json]) => parsed(json, id)));
}

interface Parsed {
  policies: Policy[];
  /** A sentence for each document that is none. */
  unreadable: string[];
}

const together = (parts: readonly Parsed[]): Parsed => ({
  policies: parts.flatMap(({ policies }) => policies),
  unreadable: parts.flatMap(({ unreadable }) => unreadable),
});

function parsed(json: string, id: string): Parsed {
  try {
    return { policies: [parsePolicy(json, id, "identity")], unreadable: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { policies: [], unreadable: [`${id}: ${error.detail.why}`] };
  }
}

async function assembled(
  reader: FactReader,
  inline: readonly (readonly [name: string, json: string])[],
  attached: string[],
  boundaryArn: string | undefined,
  who: Pick<Subject, "kind" | "name" | "arn" | "uniqueId">,
): Promise<Subject> {
  const managed = async (arn: string) => parsed(await managedDocument(reader, arn), arn.split("/").at(-1) ?? arn);
  const [ofAttached, boundary] = await Promise.all([
    Promise.all(attached.map(managed)),
    boundaryArn === undefined ? undefined : managed(boundaryArn),
  ]);
  const own = together([...inline.map(([name, json]) => parsed(json, sanitizeLine(name))), ...ofAttached]);
  const limit = boundary?.policies[0];
  return {
    ...who,
    accountId: reader.accountId,
    identity: own.policies,
    inline: Object.fromEntries(inline),
    attached,
    ...(limit ? { boundary: limit } : {}),
    unreadable: [...own.unreadable, ...(boundary?.unreadable ?? [])],
  };
}

async function managedDocument(reader: FactReader, PolicyArn: string): Promise<string> {
  const { Policy: policy } = await reader.call("iam", "GetPolicy", { PolicyArn });
  const VersionId = policy?.DefaultVersionId ?? "v1";
  const { PolicyVersion } = await reader.call("iam", "GetPolicyVersion", { PolicyArn, VersionId });
  return decodeURIComponent(PolicyVersion?.Document ?? "");
}

/** The one among the subjects who made a refused call; Lake Formation's refusals do not say who: it was Dagster's role. */
export function subjectOfCall(call: DeniedCall, { known }: Subjects): Subject | undefined {
  return call.arn === "" ? known[0] : known.find(({ name }) => name === callerName(call));
}

/** The subject as the policy evaluator takes it. */
export function callerOf(subject: Subject, call: Pick<DeniedCall, "arn">): Caller {
  const { arn, accountId, name, uniqueId } = subject;
  if (subject.kind === "user") return { type: "user", arn, accountId, userId: uniqueId };
  const isSession = call.arn.includes(":assumed-role/");
  const session = isSession ? (call.arn.split("/").at(-1) ?? "session") : "session";
  const partition = arn.split(":")[1] || "aws";
  return {
    type: "role-session",
    arn: isSession ? call.arn : `arn:${partition}:sts::${accountId}:assumed-role/${name}/${session}`,
    roleArn: arn,
    accountId,
    userId: `${uniqueId}:${session}`,
  };
}
