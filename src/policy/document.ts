import { Failure } from "../base/failure.ts";
import { type Condition, parseConditions } from "./condition-document.ts";

/** Whom a statement names: everybody, or lists by kind as the Principal element writes them. */
export type PrincipalElement = "*" | Partial<Record<PrincipalKind, string[]>>;
export type PrincipalKind = "AWS" | "Service" | "Federated" | "CanonicalUser";

/** One statement with its lists made whole: exactly one of each element and its Not form is present. */
export interface Statement {
  sid?: string;
  /** Position in the document, from 0. */
  index: number;
  effect: "Allow" | "Deny";
  principal?: PrincipalElement;
  notPrincipal?: PrincipalElement;
  action?: string[];
  notAction?: string[];
  resource?: string[];
  notResource?: string[];
  conditions: Condition[];
}

/** A parsed policy. `id` is the caller's name for it: a policy ARN, "bucket policy". */
export interface Policy {
  id: string;
  version: "2012-10-17" | "2008-10-17";
  statements: Statement[];
}

export type PolicyKind = "identity" | "resource" | "trust";

const STATEMENT_MEMBERS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/**
 * Parses and validates a policy document by the grammar of the IAM User Guide (reference_policies_grammar). A document
 * without Version counts as 2008-10-17, which has no policy variables (reference_policies_elements_version).
 * @param json the document: its JSON text, or what JSON.parse gave.
 * @param kind identity policies (and permissions boundaries) name no principal; resource policies must. A role's trust
 *   policy names principals and no resource, because the role itself is it (reference_policies_elements_resource).
 * @throws Failure (invalid), which says where: "Statement[2].Action".
 */
export function parsePolicy(json: unknown, id: string, kind: PolicyKind): Policy {
  const invalid = (where: string, why: string) =>
    new Failure({
      kind: "invalid",
      what: `policy ${id}`,
      why: `${where}: ${why}`,
      next: "Correct the policy document at that place.",
    });
  const document = objectOf(typeof json === "string" ? parseJson(json, invalid) : json);
  if (!document) throw invalid("document", "is not a JSON object");
  const version = document.Version ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17") {
    throw invalid("Version", "must be 2012-10-17 or 2008-10-17");
  }
  if (document.Statement === undefined) throw invalid("Statement", "is missing");
  const list: unknown[] = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return { id, version, statements: list.map((raw, index) => parseStatement(raw, index, kind, invalid)) };
}

type Invalid = (where: string, why: string) => Failure;

function parseJson(text: string, invalid: Invalid): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid("document", `is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

function parseStatement(raw: unknown, index: number, kind: PolicyKind, invalid: Invalid): Statement {
  const where = `Statement[${index}]`;
  const members = objectOf(raw);
  if (!members) throw invalid(where, "is not an object");
  for (const name of Object.keys(members)) {
    if (!STATEMENT_MEMBERS.has(name)) throw invalid(`${where}.${name}`, "is not an element of a statement");
  }
  const { Effect: effect, Sid: sid } = members;
  if (effect !== "Allow" && effect !== "Deny") throw invalid(`${where}.Effect`, "must be Allow or Deny");
  if (sid !== undefined && typeof sid !== "string") throw invalid(`${where}.Sid`, "must be a string");
  const strings = (name: string) => parseStrings(members[name], `${where}.${name}`, invalid);
  const exactlyOne = (name: string) => {
    const both = [members[name], members[`Not${name}`]].filter((value) => value !== undefined).length;
    if (both !== 1) throw invalid(where, `needs either ${name} or Not${name}`);
  };
  exactlyOne("Action");
  if (kind !== "trust") exactlyOne("Resource");
  else if (members.Resource !== undefined || members.NotResource !== undefined) {
    throw invalid(where, "a trust policy names no resource");
  }
  if (kind !== "identity") exactlyOne("Principal");
  else if (members.Principal !== undefined || members.NotPrincipal !== undefined) {
    throw invalid(where, "an identity policy names no principal");
  }
  const statement: Statement = {
    index,
    effect,
    conditions: parseConditions(members.Condition, `${where}.Condition`, invalid),
  };
  if (sid !== undefined) statement.sid = sid;
  if (members.Principal !== undefined) {
    statement.principal = parsePrincipal(members.Principal, `${where}.Principal`, invalid);
  }
  if (members.NotPrincipal !== undefined) {
    statement.notPrincipal = parsePrincipal(members.NotPrincipal, `${where}.NotPrincipal`, invalid);
  }
  if (members.Action !== undefined) statement.action = actions(strings("Action"), `${where}.Action`, invalid);
  if (members.NotAction !== undefined) {
    statement.notAction = actions(strings("NotAction"), `${where}.NotAction`, invalid);
  }
  if (kind === "trust") statement.resource = ["*"];
  if (members.Resource !== undefined) statement.resource = strings("Resource");
  if (members.NotResource !== undefined) statement.notResource = strings("NotResource");
  return statement;
}

function actions(values: string[], where: string, invalid: Invalid): string[] {
  const wrong = values.find((value) => value !== "*" && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(value));
  if (wrong !== undefined) throw invalid(where, `"${wrong}" is not service:Action`);
  return values;
}

function parsePrincipal(raw: unknown, where: string, invalid: Invalid): PrincipalElement {
  if (raw === "*") return "*";
  const members = objectOf(raw);
  if (!members) throw invalid(where, 'must be "*" or an object');
  const element: Partial<Record<PrincipalKind, string[]>> = {};
  for (const [kind, value] of Object.entries(members)) {
    if (kind !== "AWS" && kind !== "Service" && kind !== "Federated" && kind !== "CanonicalUser") {
      throw invalid(`${where}.${kind}`, "must be AWS, Service, Federated or CanonicalUser");
    }
    element[kind] = parseStrings(value, `${where}.${kind}`, invalid);
    // IAM accepts "*" alone, but no wildcard inside a principal's name (reference_policies_elements_principal).
    const wild = element[kind].find((name) => name !== "*" && /[*?]/.test(name));
    if (wild !== undefined) throw invalid(`${where}.${kind}`, `"${wild}": a wildcard cannot be part of a name`);
  }
  if (Object.keys(element).length === 0) throw invalid(where, "names nobody");
  return element;
}

function parseStrings(raw: unknown, where: string, invalid: Invalid): string[] {
  const list: unknown[] = Array.isArray(raw) ? raw : [raw];
  if (list.length === 0) throw invalid(where, "is empty");
  return list.map((value) => {
    if (typeof value !== "string" || value === "") throw invalid(where, "must be a string or a list of strings");
    return value;
  });
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
