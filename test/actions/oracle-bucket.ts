import { createValidatedPolicy, validateResourcePolicy } from "@cloud-copilot/iam-policy";
import { runUnsafeSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import { expect } from "vitest";
import type { AwsCaller } from "../../src/aws/contract.ts";
import { Failure } from "../../src/base/failure.ts";
import { contextOf } from "../../src/policy/principal.ts";
import { ARN, BREAK_GLASS, HOME, PEOPLE, type Person, USER } from "./bucket-policy-cases.ts";

type OraclePolicy = ReturnType<typeof parse>;
const parse = (text: string) =>
  createValidatedPolicy(JSON.parse(text), validateResourcePolicy, { name: "bucket policy" });

/** The last few policies, parsed: each is asked about many times. */
const known = new Map<string, OraclePolicy>();

function parsed(text: string): OraclePolicy {
  const policy = known.get(text) ?? parse(text);
  if (known.size > 8) known.clear();
  known.set(text, policy);
  return policy;
}

/** What was decided lately: a case asks the same more than once. */
const decided = new Map<string, boolean>();

/** Whether the independent evaluator sees an explicit denial; identity policies allow everything, so nothing else can deny. */
export function isDenied(
  policy: string | undefined,
  person: Person,
  action: string,
  context: Record<string, string>,
): boolean {
  const key = JSON.stringify([policy, person.arn, action, context]);
  const before = decided.get(key);
  if (before !== undefined) return before;
  if (decided.size > 100) decided.clear();
  const now = decide(policy, person, action, context);
  decided.set(key, now);
  return now;
}

function decide(policy: string | undefined, person: Person, action: string, context: Record<string, string>): boolean {
  if (policy === undefined) return false;
  const isObject = /Object/.test(action);
  const simulation: Simulation = {
    request: {
      principal: person.arn,
      action,
      resource: { resource: isObject ? `${ARN}/any` : ARN, accountId: HOME },
      contextVariables: contextOf(person, { ...context, "aws:SecureTransport": "true" }),
    },
    identityPolicies: [
      { name: "all", policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] } },
    ],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: parsed(policy),
    permissionBoundaryPolicies: undefined,
  };
  return runUnsafeSimulation(simulation, {}) === "ExplicitlyDenied";
}

const failure = (kind: "denied" | "not-found", code: string) =>
  new Failure({ kind, what: "call", why: code, next: "", code });

/** A bucket as S3 has it, for one caller. */
export function bucketFor(
  person: Person,
  start: string | undefined,
  context: Record<string, string>,
  canReadRoles: boolean,
) {
  const state = { policy: start };
  const users = [USER, BREAK_GLASS];
  const guarded = (operation: string, then: () => object) => {
    if (isDenied(state.policy, person, `s3:${operation}`, context)) throw failure("denied", "AccessDenied");
    return then();
  };
  const operations: Record<string, (input: Record<string, string>) => object> = {
    GetCallerIdentity: () => ({ Arn: person.arn, Account: HOME, UserId: person.userId }),
    GetRole: ({ RoleName }) => {
      const found = PEOPLE.find(({ roleName }) => roleName === RoleName);
      if (!canReadRoles) throw failure("denied", "AccessDenied");
      if (!found) throw failure("not-found", "NoSuchEntity");
      return { Role: { Arn: found.roleArn, RoleId: found.userId.split(":")[0] } };
    },
    GetUser: ({ UserName }) => {
      const found = users.find(({ arn }) => arn.endsWith(`/${UserName}`));
      if (!found) throw failure("not-found", "NoSuchEntity");
      return { User: { Arn: found.arn, UserId: found.userId } };
    },
    GetBucketPolicy: () =>
      guarded("GetBucketPolicy", () => {
        if (state.policy === undefined) throw failure("not-found", "NoSuchBucketPolicy");
        return { Policy: state.policy };
      }),
    PutBucketPolicy: ({ Policy = "" }) =>
      guarded("PutBucketPolicy", () => {
        expect(Buffer.byteLength(Policy)).toBeLessThanOrEqual(20_480);
        state.policy = Policy;
        return {};
      }),
    DeleteBucketPolicy: () =>
      guarded("DeleteBucketPolicy", () => {
        state.policy = undefined;
        return {};
      }),
  };
  const callByName = async (_service: string, operation: string, input: object) => ({
    output: (operations[operation] ?? (() => ({})))(input as Record<string, string>),
    requestId: "r",
    durationMs: 0,
    attempts: 1,
  });
  return { state, aws: { callByName, call: callByName } as unknown as AwsCaller };
}
