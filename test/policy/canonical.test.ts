import { expect, it } from "vitest";
import { canonicalPolicy, statementLabels } from "../../src/policy/canonical.ts";

const statement = {
  Sid: "a",
  Effect: "Deny",
  Principal: { AWS: ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/x"] },
  Action: ["s3:GetObject", "s3:PutObject"],
  Resource: ["arn:aws:s3:::lake/*"],
  Condition: { Bool: { "aws:SecureTransport": ["false"] } },
};
const of = (...Statement: object[]) => canonicalPolicy(JSON.stringify({ Version: "2012-10-17", Statement }));

it("is the same for every spelling of the same meaning", () => {
  const spelled = {
    Condition: { Bool: { "aws:SecureTransport": false } },
    Resource: "arn:aws:s3:::lake/*",
    Action: ["S3:putobject", "s3:GetObject", "s3:GetObject"],
    Principal: { AWS: ["arn:aws:iam::111122223333:user/x", "111122223333"] },
    Effect: "Deny",
    Sid: "a",
  };
  expect(of(spelled)).toEqual(of(statement));
  expect(of({ ...statement, Sid: "b" }, statement)).toEqual(of(statement, { ...statement, Sid: "b" }));
  const text = (document: object) => canonicalPolicy(JSON.stringify(document));
  expect(text({ Statement: statement })).toEqual(text({ Version: "2008-10-17", Statement: [statement] }));
});

it.each([
  ["another effect", { Effect: "Allow" }],
  ["another case of a resource", { Resource: ["arn:aws:s3:::lake/A*"] }],
  ["one action less", { Action: ["s3:GetObject"] }],
  ["no condition", { Condition: {} }],
  ["another value", { Condition: { Bool: { "aws:SecureTransport": "true" } } }],
  ["everybody", { Principal: "*" }],
])("differs for %s", (_name, change) => {
  expect(of({ ...statement, ...change })).not.toEqual(of(statement));
});

it("a text that is no policy equals only itself; statements are named in a line", () => {
  expect(canonicalPolicy("nonsense")).toBe("nonsense");
  expect(statementLabels(JSON.stringify({ Statement: [statement, { Effect: "Allow" }] }))).toBe("a, statement 2");
});
