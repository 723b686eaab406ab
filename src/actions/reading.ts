import { createHash } from "node:crypto";
import type { AwsCaller, CallOptions, CallResult } from "../aws/contract.ts";
import { Failure } from "../base/failure.ts";
import { canonicalJson, type Json, toJson } from "../base/json.ts";
import { showReferences } from "../base/references.ts";
import { sanitizeLine } from "../base/text.ts";
import { canonicalPolicy, statementLabels } from "../policy/canonical.ts";
import type { Expectation, Reading } from "./contract.ts";

/**
 * The value at `path` of a JSON value; null when there is nothing. A path is made of
 * - `name`: a member; - `[n]`: an element; - `[key.path=value]`: the elements whose member equals the text;
 * - `[]`: all elements; - `.length`: how many there are; a name after a list is taken from each of its elements;
 * - `(policy)`: a policy's text in its canonical form; - `(statements)`: the names of its statements in a line;
 * - `(decoded)`: a URL-encoded text as it was; - `(sorted)`: a list of texts in their order;
 * - `(sha256)`: the first 12 digits of the hash of the canonical JSON, so that long values can be told apart in a line.
 * Example: `TargetHealthDescriptions[TargetHealth.State=healthy].length`.
 */
export function readPath(value: Json, path: string): Json {
  let current: Json = value;
  for (const token of path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? []) current = follow(current, token);
  return current;
}

function follow(current: Json, token: string): Json {
  if (token.startsWith("(")) return current === null ? null : derive(current, token);
  if (token.startsWith("[")) {
    if (!Array.isArray(current)) return token === "[]" || token.includes("=") ? [] : null;
    const inner = token.slice(1, -1);
    if (inner === "") return current;
    if (/^\d+$/.test(inner)) return current[Number(inner)] ?? null;
    const [key = "", wanted = ""] = inner.split("=");
    return current.filter((element) => String(readPath(element, key)) === wanted);
  }
  if (token === "length" && Array.isArray(current)) return current.length;
  if (Array.isArray(current)) return current.map((element) => follow(element, token));
  if (current !== null && typeof current === "object") return current[token] ?? null;
  return null;
}

function derive(current: Json, token: string): Json {
  if (token === "(sha256)") return shortHash(current);
  if (token === "(sorted)") return Array.isArray(current) ? [...current].sort() : null;
  if (token === "(decoded)") return typeof current === "string" ? decodeURIComponent(current) : null;
  if (typeof current !== "string") return null;
  return token === "(policy)" ? canonicalPolicy(current) : token === "(statements)" ? statementLabels(current) : null;
}

/** What `(sha256)` gives. */
export function shortHash(value: Json): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 12);
}

export interface ReadingResult {
  picked: Record<string, Json>;
  requestId: string;
}

/** Makes the read and picks its values. Rejects with the Failure of the call, unless its code says that there is nothing. */
export async function takeReading(aws: AwsCaller, reading: Reading, options: CallOptions): Promise<ReadingResult> {
  const { output, requestId } = await answerOf(aws, reading, options);
  const json = toJson(output);
  const picked: Record<string, Json> = {};
  for (const [label, path] of Object.entries(reading.pick))
    picked[label] = readPath(json, path) ?? reading.otherwise?.[label] ?? null;
  return { picked, requestId };
}

async function answerOf(
  aws: AwsCaller,
  reading: Reading,
  options: CallOptions,
): Promise<Pick<CallResult<unknown>, "output" | "requestId">> {
  try {
    return await aws.callByName(reading.service, reading.operation, reading.input, options);
  } catch (error) {
    const { code, requestId = "" } = error instanceof Failure ? error.detail : {};
    if (code === undefined || !reading.absent?.includes(code)) throw error;
    return { output: null, requestId };
  }
}

/** Whether the promise holds for the picked values. */
export function holds(expectation: Expectation, picked: Record<string, Json>): boolean {
  const found = picked[expectation.label] ?? null;
  const { value } = expectation;
  switch (expectation.op) {
    case "equals":
      return sameValue(found, value);
    case "atLeast":
      return typeof found === "number" && typeof value === "number" && found >= value;
    case "atMost":
      return typeof found === "number" && typeof value === "number" && found <= value;
    case "in":
      return Array.isArray(value) && value.some((candidate) => sameValue(candidate, found));
  }
}

/** Equality of JSON values, whatever the order of their members. */
export function sameValue(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => sameValue(item, b[i] ?? null))
    );
  }
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameValue(a[key] ?? null, b[key] ?? null));
}

/** The labels whose values differ, as `label: expected 2, found 0`. Empty: equal in all labels of `expected`. */
export function differences(expected: Record<string, Json>, found: Record<string, Json>): string[] {
  return Object.entries(expected)
    .filter(([label, value]) => !sameValue(value, found[label] ?? null))
    .map(([label, value]) => `${label}: expected ${showValue(value)}, found ${showValue(found[label] ?? null)}`);
}

/** A value in a sentence: text without quotes and safe to draw, nothing as `none`, the rest as JSON. */
export function showValue(value: Json): string {
  if (value === null) return "none";
  const shown = showReferences(value);
  return sanitizeLine(typeof shown === "string" ? shown : JSON.stringify(shown));
}

/** An expectation in words, for plans and messages. */
export function describeExpectation(expectation: Expectation): string {
  const value = showValue(expectation.value);
  switch (expectation.op) {
    case "equals":
      return `${expectation.label} = ${value}`;
    case "atLeast":
      return `${expectation.label} at least ${value}`;
    case "atMost":
      return `${expectation.label} at most ${value}`;
    case "in":
      return `${expectation.label} one of ${value}`;
  }
}
