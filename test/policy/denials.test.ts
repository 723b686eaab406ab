import { expect, it } from "vitest";
import { denialsOf } from "../../src/policy/denials.ts";
import { parsePolicy } from "../../src/policy/document.ts";
import type { Caller } from "../../src/policy/principal.ts";

const user: Caller = {
  type: "user",
  arn: "arn:aws:iam::111122223333:user/ann",
  accountId: "111122223333",
  userId: "AIDAANN",
};
const known = { values: { "aws:SecureTransport": "true" }, absent: ["s3:x-amz-*"] };

function outcome(change: object, uncertain: string[] = []): string {
  const statement = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::lake", ...change };
  const policy = parsePolicy({ Version: "2012-10-17", Statement: [statement] }, "p", "resource");
  const request = { principal: user, action: "s3:PutBucketPolicy", resource: "arn:aws:s3:::lake" };
  const { certain, possible } = denialsOf(request, policy, { ...known, uncertain });
  return certain.length > 0 ? "certain" : possible.length > 0 ? "possible" : "none";
}

it.each([
  ["certain", {}],
  ["none", { Effect: "Allow" }],
  ["none", { Action: "s3:GetObject" }],
  ["none", { Condition: { Bool: { "aws:SecureTransport": "false" } } }],
  ["certain", { Condition: { StringNotEquals: { "s3:x-amz-acl": "private" } } }],
  ["possible", { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }],
  ["none", { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" }, StringLike: { "aws:userId": "AROA*" } } }],
  ["possible", { Condition: { StringEquals: { "aws:userid": `\${aws:SourceVpce}` } } }],
  ["certain", { Condition: { StringEquals: { "aws:userid": `\${aws:userid}` } } }],
  ["possible", { Resource: `arn:aws:s3:::\${aws:PrincipalTag/bucket}` }],
  ["possible", { Resource: undefined, NotResource: `arn:aws:s3:::\${aws:PrincipalTag/bucket}` }],
])("%s: %j", (expected, change) => {
  expect(outcome(change)).toBe(expected);
});

it("an implied key can be uncertain", () => {
  const change = { Condition: { ArnNotLike: { "aws:PrincipalArn": user.arn } } };
  expect(outcome(change)).toBe("none");
  expect(outcome(change, ["aws:principalarn"])).toBe("possible");
});
