import { createValidatedPolicy, validateResourcePolicy } from "@cloud-copilot/iam-policy";
import { runUnsafeSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePolicy } from "../../src/policy/document.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { type Caller, contextOf } from "../../src/policy/principal.ts";

/*
 * Compared with an independent evaluator. Classes left out, because it differs there from AWS's documentation or does
 * not model them: a Deny whose NotPrincipal names only some of the levels (it spares on any; AWS asks for all), the
 * root user, policy variables in documents of 2008-10-17, ForAnyValue:...IfExists without the key, dates as UNIX
 * seconds (it reads milliseconds), ARNs that are cut short, and a
 * negated element with a variable that has neither value nor default, of which AWS says nothing (it never applies).
 */
const CASES = 10_000;
const HOME = "111122223333";
const OTHER = "444455556666";
const user: Caller = { type: "user", arn: `arn:aws:iam::${HOME}:user/ops/ann`, accountId: HOME, userId: "AIDAANN" };
const session: Caller = {
  type: "role-session",
  arn: `arn:aws:sts::${HOME}:assumed-role/responder/ann`,
  roleArn: `arn:aws:iam::${HOME}:role/sso/responder`,
  accountId: HOME,
  userId: "AROARESP:ann",
};
const service: Caller = { type: "service", arn: "cloudtrail.amazonaws.com" };
const levels = (caller: Caller) => [
  caller.arn,
  ...(caller.roleArn ? [caller.roleArn] : []),
  `arn:aws:iam::${HOME}:root`,
];

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const some = <T>(...values: T[]) => fc.subarray(values, { minLength: 1 });
const NAMES = [
  user.arn,
  session.arn,
  session.roleArn!,
  HOME,
  `arn:aws:iam::${HOME}:root`,
  OTHER,
  `arn:aws:iam::${OTHER}:user/eve`,
];
const principals = fc.oneof(
  fc.constant("*"),
  fc.record({ AWS: some(...NAMES) }),
  fc.constant({ AWS: "*" }),
  fc.constant({ Service: service.arn }),
);
const actions = some("s3:GetObject", "s3:Get*", "s3:*", "*", "S3:putobject", "s3:?etObject", "ecs:*", "s3:Delete*");
const resources = some(
  "*",
  "arn:aws:s3:::lake",
  "arn:aws:s3:::lake/*",
  "arn:aws:s3:::lake/a?b",
  `arn:aws:s3:::\${aws:username, 'nobody'}/*`,
  "arn:aws:s3:::other/*",
  "arn:*:s3:::l*",
);
const on = (operators: string[], keys: string[], values: string[], forms: string[] = ["", "IfExists"]) =>
  fc.tuple(one(...operators), one(...forms), one(...keys), some(...values)).map(([operator, form, key, list]) => ({
    [form.endsWith(":") ? form + operator : operator + form]: { [key]: list },
  }));
const condition = fc.oneof(
  on(
    [
      "StringEquals",
      "StringNotEquals",
      "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase",
      "StringLike",
      "StringNotLike",
    ],
    ["aws:userid", "AWS:PrincipalAccount", "s3:prefix", "s3:x-amz-server-side-encryption", "aws:SourceVpce"],
    [
      "AROARESP:*",
      "AROARESP:ann",
      HOME,
      "raw/*",
      "RAW/",
      "aws:kms",
      "vpce-1",
      `\${s3:prefix, 'none'}`,
      `\${aws:none, 'vpce-1'}`,
      `\${*}`,
    ],
  ),
  on(
    ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
    ["aws:PrincipalArn"],
    [user.arn, session.roleArn!, "arn:aws:iam::*:role/*", `arn:aws:iam::${HOME}:user/*`],
  ),
  on(["Bool"], ["aws:SecureTransport", "aws:MultiFactorAuthPresent"], ["true", "FALSE"]),
  on(["Null"], ["aws:SourceVpce", "s3:prefix"], ["true", "false"], [""]),
  on(["IpAddress", "NotIpAddress"], ["aws:SourceIp"], ["10.0.0.0/8", "10.1.2.3/32", "203.0.113.0/24", "2001:db8::/32"]),
  on(
    [
      "NumericEquals",
      "NumericNotEquals",
      "NumericLessThan",
      "NumericLessThanEquals",
      "NumericGreaterThan",
      "NumericGreaterThanEquals",
    ],
    ["s3:max-keys"],
    ["5", "10", "10.5"],
  ),
  on(
    ["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"],
    ["aws:CurrentTime"],
    ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"],
  ),
  on(
    ["StringEquals", "StringLike", "StringNotEquals"],
    ["aws:TagKeys", "aws:SourceVpce"],
    ["a", "b*", "vpce-1"],
    ["ForAnyValue:", "ForAllValues:", ""],
  ),
);
const conditions = fc.oneof(
  fc.constant({}),
  condition,
  fc.tuple(condition, condition).map(([a, b]) => ({ ...a, ...b })),
);
const common = fc
  .tuple(one("Allow", "Allow", "Deny"), one("", "", "Not"), actions, one("", "", "Not"), resources, conditions)
  .map(([Effect, notA, action, notR, resource, Condition]) => ({
    Effect,
    [`${notA}Action`]: action,
    [`${notR}Resource`]: resource,
    Condition,
  }));
const named = fc
  .tuple(common, principals, one("Principal", "Principal", "Principal", "NotPrincipal"))
  .chain(([statement, element, name]) =>
    name === "NotPrincipal" && statement.Effect === "Deny"
      ? one([...levels(user), ...levels(session)], [OTHER, `arn:aws:iam::${OTHER}:user/eve`]).map((AWS) => ({
          ...statement,
          NotPrincipal: { AWS },
        }))
      : fc.constant({ ...statement, [name]: element }),
  );
const policy = <T>(statement: fc.Arbitrary<T>) =>
  fc.array(statement, { minLength: 1, maxLength: 4 }).map((Statement) => ({ Version: "2012-10-17", Statement }));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const request = fc.record({
  principal: one(user, session, session, service),
  action: one("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
  resource: one("arn:aws:s3:::lake", "arn:aws:s3:::lake/a/b", "arn:aws:s3:::lake/a.b", "arn:aws:s3:::ann/x"),
  resourceAccountId: one(HOME, HOME, OTHER),
  context: fc.record(
    {
      "aws:SourceIp": one("10.1.2.3", "203.0.113.9", "2001:db8::1"),
      "aws:SourceVpce": one("vpce-1", "vpce-2"),
      "aws:SecureTransport": one("true", "false"),
      "aws:MultiFactorAuthPresent": one("true", "false"),
      "aws:CurrentTime": one("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z"),
      "s3:prefix": one("raw/", "raw/x", "vpce-1"),
      "s3:max-keys": one("5", "10", "11"),
      "s3:x-amz-server-side-encryption": one("aws:kms", "AES256"),
      "aws:TagKeys": fc.subarray(["a", "b", "bc"], { minLength: 1 }),
    },
    { requiredKeys: [] },
  ),
});

test(`decides as the independent evaluator does, in ${CASES} generated cases`, () => {
  const effects: Record<string, string> = {
    Allowed: "allow",
    ExplicitlyDenied: "explicit-deny",
    ImplicitlyDenied: "implicit-deny",
  };
  const counts: Record<string, number> = {};
  fc.assert(
    fc.property(
      request,
      fc.array(policy(common), { maxLength: 2 }),
      maybe(policy(named)),
      fc.option(policy(common), { nil: undefined, freq: 2 }),
      (asked, identityPolicies, resourcePolicy, givenBoundary) => {
        // A service has no policies of its own.
        const own = asked.principal.type !== "service";
        const identity = own ? identityPolicies : [];
        const boundary = own ? givenBoundary : undefined;
        const simulation: Simulation = {
          request: {
            principal: asked.principal.arn,
            action: asked.action,
            resource: { resource: asked.resource, accountId: asked.resourceAccountId },
            contextVariables: contextOf(asked.principal, asked.context),
          },
          identityPolicies: identity.map((document, index) => ({ name: `identity ${index}`, policy: document })),
          serviceControlPolicies: [],
          resourceControlPolicies: [],
          // It reads the name of a resource policy, which only this wrapper carries through its unvalidated entry.
          resourcePolicy:
            resourcePolicy && createValidatedPolicy(resourcePolicy, validateResourcePolicy, { name: "bucket policy" }),
          permissionBoundaryPolicies: boundary && [{ name: "boundary", policy: boundary }],
        };
        const ours = evaluate(asked, {
          identity: identity.map((document, index) => parsePolicy(document, `identity ${index}`, "identity")),
          ...(resourcePolicy ? { resource: parsePolicy(resourcePolicy, "bucket policy", "resource") } : {}),
          ...(boundary ? { boundary: parsePolicy(boundary, "boundary", "identity") } : {}),
        });
        expect(ours.effect).toBe(effects[runUnsafeSimulation(simulation, {})]);
        const where = asked.resourceAccountId === HOME ? "same account" : "cross account";
        const name = `${asked.principal.type}, ${where}${boundary ? ", boundary" : ""}: ${ours.effect}`;
        counts[name] = (counts[name] ?? 0) + 1;
      },
    ),
    { numRuns: CASES, seed: 20_261_123 },
  );
  console.log(`${CASES} cases agree`, counts);
  expect(new Set(Object.keys(counts).map((name) => name.split(": ")[1])).size).toBe(3);
}, 120_000);
