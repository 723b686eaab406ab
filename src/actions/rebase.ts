import type { Json, JsonObject } from "../base/json.ts";
import { insertStatement, removeStatement, statementTexts } from "../policy/text.ts";
import type { CallStep } from "./contract.ts";
import { sameValue } from "./reading.ts";
import { lifecycleInput, lifecycleState, policyCall, policyState } from "./s3-readings.ts";

/**
 * An undo step made again from what is there now: it takes out only what the action put in, and keeps what somebody else changed.
 * @param now what the step's own reading picked of the live state.
 */
export function rebaseUndo(step: CallStep, now: Record<string, Json>): CallStep {
  const { rebase, state } = step;
  if (!rebase || !state) return step;
  const bucket = String(step.input.Bucket);
  const accountId = String(step.input.ExpectedBucketOwner);
  const before = Object.fromEntries(Object.keys(state.before).map((label) => [label, now[label] ?? null]));
  if (rebase.kind === "bucket-policy-statement") {
    const text = typeof now.text === "string" ? removeStatement(now.text, rebase.sid) : undefined;
    const call = policyCall(bucket, accountId, text);
    return { ...step, ...call, state: { ...state, before, after: policyState(text) } };
  }
  if (rebase.kind === "bucket-policy-insert") {
    const text = withStatement(typeof now.text === "string" ? now.text : undefined, rebase.statement);
    const call = policyCall(bucket, accountId, text);
    return { ...step, ...call, state: { ...state, before, after: policyState(text) } };
  }
  const rules = ((now.text ?? []) as JsonObject[]).map((rule) =>
    rebase.ids.includes(String(rule.ID)) ? { ...rule, Status: "Enabled" } : rule,
  );
  const input = lifecycleInput(bucket, accountId, rules, now.minimumSize ?? null);
  return { ...step, input, state: { ...state, before, after: rules.length === 0 ? before : lifecycleState(rules) } };
}

/** A policy's text with the statement, which is not put in twice. */
export function withStatement(text: string | undefined, statement: string): string {
  if (text === undefined) return `{"Version":"2012-10-17","Statement":[${statement}]}`;
  const same = statementTexts(text).some((one) => sameValue(JSON.parse(one) as Json, JSON.parse(statement) as Json));
  return same ? text : insertStatement(text, statement);
}
