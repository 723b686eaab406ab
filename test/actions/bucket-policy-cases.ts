import fc from "fast-check";
import type { Caller } from "../../src/policy/principal.ts";

/* Bucket policies and callers, generated: what S3 takes, in the spellings that S3 takes. */

export const HOME = "111122223333";
export const BUCKET = "lake";
export const ARN = `arn:aws:s3:::${BUCKET}`;

export interface Person extends Caller {
  accountId: string;
  userId: string;
  roleName?: string;
}
const session = (path: string, roleName: string, id: string): Person => ({
  type: "role-session",
  arn: `arn:aws:sts::${HOME}:assumed-role/${roleName}/kim`,
  roleArn: `arn:aws:iam::${HOME}:role${path}${roleName}`,
  accountId: HOME,
  userId: `${id}:kim`,
  roleName,
});
const PLAIN = session("/", "responder", "AROAPLAIN");
const PATHED = session("/oncall/eu/", "responder-eu", "AROAPATHED");
const SSO = session("/aws-reserved/sso.amazonaws.com/eu-west-1/", "AWSReservedSSO_Ops_0123456789abcdef", "AROASSO");
export const USER: Person = {
  type: "user",
  arn: `arn:aws:iam::${HOME}:user/ops/ann`,
  accountId: HOME,
  userId: "AIDAANN",
};
const ROOT: Person = { type: "root", arn: `arn:aws:iam::${HOME}:root`, accountId: HOME, userId: HOME };
export const PEOPLE = [PLAIN, PATHED, SSO, USER, ROOT];
export const STRANGERS: Person[] = [
  session("/", "intruder", "AROAINTRUDER"),
  session("/oncall/", "responder2", "AROAOTHER"),
  { type: "user", arn: `arn:aws:iam::${HOME}:user/eve`, accountId: HOME, userId: "AIDAEVE" },
];
export const BREAK_GLASS: Person = {
  type: "user",
  arn: `arn:aws:iam::${HOME}:user/break/glass`,
  accountId: HOME,
  userId: "AIDAGLASS",
};

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const some = <T>(...values: T[]) => fc.subarray(values, { minLength: 1 });
/** S3 also takes a single value without its list. */
const listed = (values: fc.Arbitrary<string[]>) =>
  fc.tuple(values, fc.boolean()).map(([list, isBare]) => (isBare && list.length === 1 ? list[0] : list));
const names = [...PEOPLE, ...STRANGERS].flatMap(({ arn, roleArn }) => (roleArn ? [arn, roleArn] : [arn]));
const principals = fc.oneof(
  fc.constant("*"),
  fc.constant({ AWS: "*" }),
  fc.record({ AWS: listed(some(...names, HOME, "444455556666")) }),
  fc.constant({ Service: "cloudtrail.amazonaws.com" }),
);
const actions = listed(
  some(
    "s3:*",
    "s3:GetObject",
    "s3:Get*",
    "s3:PutObject",
    "s3:Put*",
    "s3:Delete*",
    "S3:putbucketpolicy",
    "s3:GetBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:?etBucketPolicy",
    "s3:ListBucket",
  ),
);
const resources = listed(some(ARN, `${ARN}/*`, `${ARN}*`, `${ARN}/raw/*`, `${ARN}/\${aws:username, 'none'}/*`));
const on = (operators: string[], keys: string[], values: (string | number | boolean)[]) =>
  fc
    .tuple(one(...operators), one(...keys), some(...values))
    .map(([operator, key, list]) => ({ [operator]: { [key]: list } }));
const condition = fc.oneof(
  on(
    ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringNotEqualsIfExists", "StringLikeIfExists"],
    ["aws:userid", "aws:PrincipalAccount", "aws:SourceVpce", "s3:x-amz-server-side-encryption", "aws:username"],
    ["AROAPLAIN:*", "AROASSO:kim", "AIDA*", HOME, "vpce-1", "aws:kms", "ann"],
  ),
  on(
    ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
    ["aws:PrincipalArn"],
    [...names.filter((name) => name.includes(":iam:")), `arn:aws:iam::${HOME}:role/*`, `arn:aws:iam::*:user/ops/*`],
  ),
  on(["Bool", "BoolIfExists"], ["aws:SecureTransport", "aws:MultiFactorAuthPresent"], ["true", "false", false]),
  on(["Null"], ["aws:SourceVpce", "aws:username"], ["true", "false"]),
  on(["IpAddress", "NotIpAddress"], ["aws:SourceIp"], ["10.0.0.0/8", "203.0.113.0/24"]),
  on(["NumericLessThan", "NumericGreaterThanEquals"], ["s3:TlsVersion"], [1.2, "1.3"]),
);
const conditions = fc.oneof(
  fc.constant(undefined),
  condition,
  fc.tuple(condition, condition).map(([a, b]) => ({ ...a, ...b })),
);
const LEVELS_OF = (person: Person) => [
  person.arn,
  ...(person.roleArn ? [person.roleArn] : []),
  `arn:aws:iam::${HOME}:root`,
];
const denyOthers = fc.oneof(
  one(...PEOPLE).map(LEVELS_OF),
  fc.constant(PEOPLE.flatMap(LEVELS_OF)),
  fc.constant([names[0]!]),
);
const statement = fc
  .record({
    effect: one("Allow", "Deny"),
    sid: fc.option(fc.stringMatching(/^[A-Za-z0-9]{1,12}$/), { nil: undefined }),
    principal: principals,
    others: denyOthers,
    not: one(0, 0, 0, 0, 1, 2, 3),
    action: actions,
    resource: resources,
    condition: conditions,
  })
  .map(({ effect, sid, principal, others, not, action, resource, condition: Condition }) => ({
    ...(sid === undefined ? {} : { Sid: sid }),
    ...(not === 1
      ? effect === "Deny"
        ? { NotPrincipal: { AWS: others } }
        : { NotPrincipal: principal }
      : { Principal: principal }),
    Effect: effect,
    [not === 2 ? "NotAction" : "Action"]: action,
    [not === 3 ? "NotResource" : "Resource"]: resource,
    ...(Condition === undefined ? {} : { Condition }),
  }));
const document = fc
  .record({
    list: fc.array(statement, { minLength: 1, maxLength: 4 }),
    version: one("2012-10-17", "2012-10-17", "2008-10-17", undefined),
    isBare: fc.boolean(),
    indent: one("", " ", "  ", "\t"),
    padding: one(0, 0, 0, 0, 0, 0, 0, 0, 0, 19_000, 30_000),
  })
  .map(({ list, version, isBare, indent, padding }) => {
    const Statement = isBare && list.length === 1 ? list[0] : list;
    const text = JSON.stringify(
      { ...(version ? { Version: version } : {}), Id: 'a "]}, {" b', Statement },
      null,
      indent,
    );
    // White space that S3 counts.
    return padding === 0
      ? text
      : text.replace("{", `{${" ".repeat(Math.max(0, Math.min(padding, 20_400 - text.length)))}`);
  });
export const cases = fc.record({
  person: one(...PEOPLE),
  level: one("freeze-deletion", "freeze-writes", "deny-all"),
  exempt: fc.boolean(),
  canReadRoles: one(true, true, true, false),
  policy: fc.option(document, { nil: undefined, freq: 8 }),
  context: fc.record(
    {
      "aws:SourceIp": one("10.1.2.3", "203.0.113.9"),
      "aws:SourceVpce": one("vpce-1", "vpce-2"),
      "aws:MultiFactorAuthPresent": one("true", "false"),
      "s3:TlsVersion": one("1.2", "1.3"),
    },
    { requiredKeys: [] },
  ),
});

/** Whether a Deny names only some of the levels that AWS asks for in NotPrincipal: the evaluators differ there. */
export function namesSomeLevels(policy: string | undefined): boolean {
  if (policy === undefined) return false;
  const list = [JSON.parse(policy).Statement].flat() as { Effect: string; NotPrincipal?: { AWS: string[] } }[];
  return list.some(({ Effect, NotPrincipal }) => Effect === "Deny" && NotPrincipal?.AWS.length === 1);
}
