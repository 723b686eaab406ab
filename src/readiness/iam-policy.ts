import type { NeededPermission } from "./needs.ts";
import { type Place, type Scope, scopeOf } from "./scopes.ts";

export interface PolicyStatement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string>>;
}

/** One statement with what a person wants to know of it. */
export interface ExplainedStatement {
  statement: PolicyStatement;
  access: "read" | "write";
  /** Why it is no narrower; undefined: it is scoped to the deployment's own resources. */
  why?: string;
  /** What does not work without it. */
  usedBy: string[];
}

/** A managed policy has at most 6 144 characters, an inline policy of a role 10 240, white space not counted (IAM quotas). */
export const MANAGED_POLICY_CHARACTERS = 6144;
export const ROLE_POLICY_CHARACTERS = 10_240;

/** The statements that grant these permissions and nothing else: one for each set of resources and kind of access. */
export function policyStatements(permissions: readonly NeededPermission[], place: Place): ExplainedStatement[] {
  const groups = new Map<string, { access: "read" | "write"; scope: Scope; permissions: NeededPermission[] }>();
  for (const permission of permissions) {
    const scope = scopeOf(permission.action, place);
    const key = JSON.stringify([permission.access, scope]);
    const group = groups.get(key) ?? { access: permission.access, scope, permissions: [] };
    groups.set(key, { ...group, permissions: [...group.permissions, permission] });
  }
  const sids = new Map<string, number>();
  // Reads first: what only looks is granted with less thought than what changes something.
  const ordered = [...groups.values()].sort((a, b) => (a.access === b.access ? 0 : a.access === "read" ? -1 : 1));
  return ordered.map(({ access, scope, permissions: of }) => ({
    statement: {
      Sid: sidOf(access, of, sids),
      Effect: "Allow",
      Action: of.map(({ action }) => action),
      Resource: scope.resources,
      ...(scope.condition ? { Condition: scope.condition } : {}),
    },
    access,
    ...(scope.why === undefined ? {} : { why: scope.why }),
    usedBy: [...new Set(of.flatMap(({ usedBy }) => usedBy))],
  }));
}

/** `ReadEcs`, `WriteS3`, `ReadSeveral`; a number where it is taken. A Sid has letters and digits only. */
function sidOf(access: "read" | "write", permissions: readonly NeededPermission[], taken: Map<string, number>): string {
  const services = new Set(permissions.map(({ action }) => action.split(":")[0] ?? ""));
  const [only = ""] = services;
  const words = services.size === 1 ? only.split("-") : ["several"];
  const name = [access, ...words].map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  const count = (taken.get(name) ?? 0) + 1;
  taken.set(name, count);
  return count === 1 ? name : `${name}${count}`;
}

export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: PolicyStatement[];
}

export function policyDocument(statements: readonly ExplainedStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements.map(({ statement }) => statement) };
}

/** How long IAM finds the document: without white space. */
export function policyCharacters(document: PolicyDocument): number {
  return JSON.stringify(document).replace(/\s/g, "").length;
}
