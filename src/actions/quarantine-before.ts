import { formatUtcTime } from "../base/duration.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import { removeStatement, statementTexts } from "../policy/text.ts";
import type { CallStep, Check, HeldRun, PrepareContext } from "./contract.ts";
import { type ExemptPrincipal, exemptByArn } from "./exempt-principals.ts";
import type { Exemption } from "./quarantine-statement.ts";
import { sameValue } from "./reading.ts";

/** This incident's own quarantine of the same level as it was put there, before somebody changed or lifted it. */
export interface EarlierQuarantine {
  run: HeldRun;
  /** The whole policy as it was sent. */
  policy: string;
}

/** The newest run that is held open and whose policy had the statement of this Sid. */
export function earlierQuarantine(
  held: readonly HeldRun[],
  bucket: string,
  sid: string,
): EarlierQuarantine | undefined {
  for (const run of [...held].reverse()) {
    const call = run.badge === "" ? undefined : run.calls.find((step) => putsStatement(step, bucket, sid));
    if (call) return { run, policy: String(call.input.Policy) };
  }
  return undefined;
}

function putsStatement({ operation, input, undo = [] }: CallStep, bucket: string, sid: string): boolean {
  const isOurs = undo.some(
    (step) => step.kind === "call" && step.rebase?.kind === "bucket-policy-statement" && step.rebase.sid === sid,
  );
  return operation === "PutBucketPolicy" && input.Bucket === bucket && isOurs;
}

/**
 * The statements of others that the policy had when it was contained and has no more, by Sid or place, with where its text of that time
 * is. Undefined: none.
 * @param now the policy without our statement; undefined: there is none.
 */
export function lostStatements(
  { run, policy }: EarlierQuarantine,
  sid: string,
  now: string | undefined,
): { check: Check; effect: string } | undefined {
  const then = removeStatement(policy, sid);
  const present = now === undefined ? [] : statementTexts(now).map(parsed);
  const lost = (then === undefined ? [] : statementTexts(then).map(parsed)).flatMap((statement, index) =>
    present.some((one) => sameValue(one, statement)) ? [] : [nameOf(statement, index)],
  );
  if (lost.length === 0) return undefined;
  const since = formatUtcTime(run.sinceMs);
  const file = run.evidence.find((name) => name.endsWith("-policy.json"));
  const where = file
    ? `the policy of ${since} UTC is in ${file}`
    : `the policy of ${since} UTC is in the plan of that run, in the record`;
  const many = lost.length === 1 ? "1 statement of others is" : `${lost.length} statements of others are`;
  return {
    check: {
      label: "other statements",
      status: "warn",
      detail: `${many} gone or changed since ${since} UTC: ${lost.join(", ")}; NOT put back by this; ${where}`,
    },
    effect: `${many} gone or changed since ${since} UTC (${lost.join(", ")}): neither setting it again nor its undo puts that back; ${where}.`,
  };
}

const parsed = (text: string): Json => JSON.parse(text) as Json;

function nameOf(statement: Json, index: number): string {
  const { Sid } = (statement ?? {}) as { Sid?: Json };
  return typeof Sid === "string" && Sid !== "" ? `"${sanitizeLine(Sid)}"` : `statement ${index + 1}`;
}

/** Whom the statement spared before, and this caller's own exemption does not name. */
export interface SparedBefore {
  principals: ExemptPrincipal[];
  /** As the statement had it, for what no principal can be made of: a role under any path, ids. */
  exemption: Exemption;
  checks: Check[];
}

/**
 * Who was spared stays spared when another responder sets it again: the first one still works under it. Exact names are looked up
 * again, and one that is gone is left out.
 */
export async function sparedBefore(
  context: PrepareContext,
  earlier: EarlierQuarantine,
  sid: string,
  now: readonly ExemptPrincipal[],
): Promise<SparedBefore> {
  const statement = statementTexts(earlier.policy)
    .map(parsed)
    .find((one) => (one as JsonObject).Sid === sid) as JsonObject | undefined;
  const condition = (statement?.Condition ?? {}) as Record<string, JsonObject | undefined>;
  const besides = (value: Json | undefined, known: (one: ExemptPrincipal) => string[]) => {
    const named = new Set(now.flatMap(known));
    return [value ?? []].flat().filter((one): one is string => typeof one === "string" && !named.has(one));
  };
  const arns = besides(condition.ArnNotLike?.["aws:PrincipalArn"], (one) => one.arns);
  const userIds = besides(condition.StringNotLike?.["aws:userId"], (one) => one.userIds);
  const isExact = (arn: string) => /^arn:[^:]+:iam::\d{12}:(role|user)\/[^*?$]+$/.test(arn);
  const found = await Promise.all(arns.filter(isExact).map((arn) => exemptByArn(context, arn)));
  const patterns = arns.filter((arn) => !isExact(arn));
  const since = formatUtcTime(earlier.run.sinceMs);
  const others = patterns.length > 0 ? [alsoSpared(`also ${patterns.join(", ")}`, since)] : [];
  return {
    principals: found.filter(({ check }) => check.status !== "fail"),
    exemption: { arns: patterns, userIds },
    checks: [
      ...found.map(({ label, check }) =>
        check.status === "fail"
          ? { label: `spared since ${since}`, status: "warn" as const, detail: `${label} no more: ${check.detail}` }
          : alsoSpared(`${label} stays spared`, since),
      ),
      ...others,
    ],
  };
}

const alsoSpared = (who: string, since: string): Check => ({
  label: `spared since ${since}`,
  status: "pass",
  detail: `${sanitizeLine(who)}; to leave it out undo the containment and contain again`,
});
