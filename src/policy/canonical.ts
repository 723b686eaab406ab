import { canonicalJson, type Json, type JsonObject } from "../base/json.ts";

const LISTS = ["Action", "NotAction", "Resource", "NotResource"] as const;

/**
 * A policy in one form for all spellings of the same meaning, so that two can be compared: S3 gives a policy back with single values
 * out of their lists and account ids as ARNs. Statements and lists are sorted, a missing Version is the default 2008-10-17.
 * Text that is not a policy comes back as it is: it equals only itself.
 * @param text the policy document's JSON text.
 */
export function canonicalPolicy(text: string): Json {
  const document = objectOf(parse(text));
  if (!document) return text;
  const { Version, Statement, ...rest } = document;
  const list = Array.isArray(Statement) ? Statement : Statement === undefined ? [] : [Statement];
  return { ...rest, Version: Version ?? "2008-10-17", Statement: sorted(list.map(statement)) };
}

/** The statements in a line, by their Sid or by their place where they have none: what a person tells a policy's versions apart by. */
export function statementLabels(text: string): string {
  const document = objectOf(parse(text));
  const list = document?.Statement === undefined ? [] : [document.Statement].flat();
  return list.map((raw, index) => String(objectOf(raw)?.Sid ?? `statement ${index + 1}`)).join(", ");
}

function statement(raw: Json): Json {
  const members = objectOf(raw);
  if (!members) return raw;
  const result: JsonObject = { ...members };
  for (const name of LISTS) {
    const value = members[name];
    // Action names are compared without regard to case, resources are not.
    if (value !== undefined) result[name] = texts(value, name.endsWith("Action"));
  }
  for (const name of ["Principal", "NotPrincipal"]) {
    const value = objectOf(members[name]);
    if (value) result[name] = mapped(value, (names) => sorted(list(names).map(account)));
  }
  const condition = objectOf(members.Condition);
  if (condition && Object.keys(condition).length === 0) delete result.Condition;
  else if (condition) {
    result.Condition = mapped(condition, (keys) => {
      const values = objectOf(keys);
      return values ? mapped(values, (value) => texts(value, false)) : keys;
    });
  }
  if (members.Sid === "") delete result.Sid;
  return result;
}

const list = (value: Json): Json[] => (Array.isArray(value) ? value : [value]);

function texts(value: Json, isLower: boolean): Json[] {
  const all = list(value).map((one) => (one === null || typeof one === "object" ? one : String(one)));
  return sorted(all.map((one) => (isLower && typeof one === "string" ? one.toLowerCase() : one)));
}

/** An account as its twelve digits, whichever of the two ways it is written. */
function account(name: Json): Json {
  return typeof name === "string" ? (/^arn:[^:]+:iam::(\d{12}):root$/.exec(name)?.[1] ?? name) : name;
}

function sorted(values: Json[]): Json[] {
  const byText = new Map(values.map((value) => [canonicalJson(value), value]));
  return [...byText.keys()].sort().map((key) => byText.get(key) ?? null);
}

function mapped(object: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The caller compares such a text as it is.
    return undefined;
  }
}
