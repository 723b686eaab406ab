import fc from "fast-check";
import { expect, test } from "vitest";
import { containS3 } from "../../src/actions/contain-s3.ts";
import type { CallStep, PrepareContext, Prepared } from "../../src/actions/contract.ts";
import { prepareUndoPlan } from "../../src/actions/undo-preparation.ts";
import type { AwsCaller } from "../../src/aws/contract.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Failure } from "../../src/base/failure.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { NO_COMMUNICATION } from "../support/no-communication.ts";
import { IS_THOROUGH } from "../support/thorough.ts";
import {
  ARN,
  BREAK_GLASS,
  BUCKET,
  cases,
  HOME,
  namesSomeLevels,
  type Person,
  STRANGERS,
} from "./bucket-policy-cases.ts";
import { bucketFor, isDenied } from "./oracle-bucket.ts";

/*
 * Whole plans of contain-s3 against a bucket whose every call is authorized by an independent evaluator, never by ours. Its known
 * differences (header of test/policy/oracle.test.ts) are not leaned on: a Deny whose NotPrincipal names only some of the levels is
 * generated, must never lock anybody out, and is not counted among those that can be contained.
 */
const CASES = IS_THOROUGH ? 10_000 : 1_000;
function send(aws: AwsCaller, step: CallStep) {
  return aws.callByName(step.service, step.operation, step.input, { purpose: "action" });
}

/** The same meaning, told without our own comparison: bare values and lists are the same, so is white space. */
function meaning(policy: string | undefined): unknown {
  if (policy === undefined) return undefined;
  const { Statement, ...rest } = JSON.parse(policy) as { Statement: unknown };
  return { ...rest, Statement: [Statement].flat() };
}

const base: Omit<PrepareContext, "aws"> = {
  deployment: deploymentByNamingRule("lakehouse", "prod", "nessie", "eu-west-1"),
  clock: new ManualClock(0),
  accountId: HOME,
  incident: { id: "inc-20261125-a1b2", title: "", severity: "P1", declaredAtMs: 0 },
  held: [],
  lineOf: () => "",
  operator: "kim",
  communication: NO_COMMUNICATION,
};

const counts: Record<string, number> = {};
const count = (name: string) => {
  counts[name] = (counts[name] ?? 0) + 1;
};

test(`never locks the responder or the undo out, in ${CASES} generated policies and callers`, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ person, level, exempt, canReadRoles, policy, context }) => {
      const { state, aws } = bucketFor(person, policy, context, canReadRoles);
      const denied = (who: Person, action: string) => isDenied(state.policy, who, action, context);
      const isReachable = !denied(person, "s3:GetBucketPolicy") && !denied(person, "s3:PutBucketPolicy");
      const fits = policy === undefined || Buffer.byteLength(policy.replace(/\s/g, "")) < 19_000;
      const isSafe = isReachable && fits && !namesSomeLevels(policy);
      if (isSafe) count("a safe statement exists");
      let prepared: Prepared;
      try {
        prepared = await containS3.prepare(
          { ...base, aws },
          { level: level as "deny-all", bucket: BUCKET, exempt: exempt ? BREAK_GLASS.arn : "" },
        );
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        expect(denied(person, "s3:GetBucketPolicy")).toBe(true);
        count("could not be read");
        return;
      }
      const failed = prepared.checks.filter(({ status }) => status === "fail");
      if (failed.length > 0) {
        count("refused");
        if (isSafe) count("refused although safe");
        return;
      }
      const step = prepared.plan.steps.find(({ kind }) => kind === "call") as CallStep;
      try {
        await send(aws, step);
      } catch (error) {
        // A key that the plan could not know: the plan said so, and nothing has changed.
        expect(isReachable, String(error)).toBe(false);
        expect(prepared.checks.some(({ status, label }) => status === "warn" && /PutBucketPolicy/.test(label))).toBe(
          true,
        );
        expect(state.policy).toBe(policy);
        count("refused by S3, as the plan warned");
        return;
      }
      count("sent");
      if (prepared.checks.some(({ label, status }) => label === "policy size" && status === "warn")) {
        count("sent without white space");
      }
      if (isSafe) count("sent of the safe");
      // Every statement is still there, as it was.
      const now = [(JSON.parse(state.policy ?? "") as { Statement: unknown[] }).Statement].flat();
      const old = policy === undefined ? [] : [JSON.parse(policy).Statement].flat();
      expect(now.slice(0, -1)).toEqual(old);
      expect(JSON.parse(state.policy ?? "").Version).toBe(
        policy === undefined ? "2012-10-17" : JSON.parse(policy).Version,
      );
      // Strangers are out, the responder, the undo and break-glass are not.
      const probe =
        { "freeze-deletion": "s3:DeleteObjectVersion", "freeze-writes": "s3:PutObject" }[level] ?? "s3:GetObject";
      for (const stranger of STRANGERS) {
        expect(denied(stranger, probe)).toBe(true);
        expect(denied(stranger, "s3:PutBucketPolicy")).toBe(true);
      }
      for (const action of ["s3:GetBucketPolicy", "s3:PutBucketPolicy"]) expect(denied(person, action)).toBe(false);
      if (policy === undefined) expect(denied(person, "s3:DeleteBucketPolicy")).toBe(false);
      if (exempt) {
        for (const action of ["s3:PutBucketPolicy", probe]) {
          const was = isDenied(policy, BREAK_GLASS, action, context);
          expect(denied(BREAK_GLASS, action)).toBe(was);
        }
      }
      // The way back, once as it was and once after somebody else added a statement.
      const undo = { ...prepared.plan, tier: "yes" as const, steps: step.undo ?? [] };
      const contained = state.policy ?? "";
      const quiet = await prepareUndoPlan(undo, aws, new AbortController().signal);
      await send(aws, quiet.plan.steps[0] as CallStep);
      expect(meaning(state.policy)).toEqual(meaning(policy));
      if (policy !== undefined) expect(state.policy).toBe(policy);
      const added = { Effect: "Allow", Principal: { AWS: HOME }, Action: "s3:GetObject", Resource: `${ARN}/*` };
      const changed = JSON.parse(contained);
      changed.Statement = [added, ...[changed.Statement].flat()];
      state.policy = JSON.stringify(changed);
      const rebased = await prepareUndoPlan(undo, aws, new AbortController().signal);
      await send(aws, rebased.plan.steps[0] as CallStep);
      expect([JSON.parse(state.policy ?? "").Statement].flat()).toEqual([added, ...old]);
    }),
    { numRuns: CASES, seed: 20_261_125 },
  );
  console.log(`${CASES} cases`, counts);
  expect(counts["sent without white space"] ?? 0).toBeGreaterThan(100);
  expect(counts["a safe statement exists"] ?? 0).toBeGreaterThan(CASES / 3);
  expect((counts["sent of the safe"] ?? 0) / (counts["a safe statement exists"] ?? 1)).toBeGreaterThanOrEqual(0.99);
}, 240_000);
