import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../src/policy/document.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { Caller } from "../../src/policy/principal.ts";
import { importsOf, readSource, sourceFiles } from "../support/imports.ts";

const ACCOUNT = "111122223333";
const root = `arn:aws:iam::${ACCOUNT}:root`;
const role = `arn:aws:iam::${ACCOUNT}:role/sso/responder`;
const session: Caller = {
  type: "role-session",
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/responder/ann`,
  roleArn: role,
  accountId: ACCOUNT,
};
const ask = (statement: object, principal: Caller = session) =>
  evaluate(
    { principal, action: "s3:GetObject", resource: "arn:aws:s3:::lake/x", context: {} },
    {
      identity: [],
      resource: parsePolicy(
        { Version: "2012-10-17", Statement: { Action: "s3:*", Resource: "*", ...statement } },
        "bucket policy",
        "resource",
      ),
    },
  );

describe("evaluate", () => {
  test("names the statement that decided", () => {
    expect(ask({ Sid: "Freeze", Effect: "Deny", Principal: "*" })).toEqual({
      effect: "explicit-deny",
      deciding: { policyId: "bucket policy", sid: "Freeze", statementIndex: 0 },
      reason: 'bucket policy, statement "Freeze", denies it',
    });
  });

  test("a Deny with NotPrincipal spares only who is named at every level", () => {
    const deny = (AWS: string[]) => ask({ Effect: "Deny", NotPrincipal: { AWS } }).effect;
    expect(deny([root, role, session.arn])).toBe("implicit-deny");
    expect(deny([role, session.arn])).toBe("explicit-deny");
    expect(deny([root, role])).toBe("explicit-deny");
    expect(deny([root])).toBe("explicit-deny");
  });

  test("the root user is stopped by a resource policy's Deny alone", () => {
    const caller: Caller = { type: "root", arn: root, accountId: ACCOUNT };
    expect(ask({ Effect: "Allow", Principal: { AWS: "444455556666" } }, caller).effect).toBe("allow");
    expect(ask({ Effect: "Deny", Principal: "*" }, caller).effect).toBe("explicit-deny");
  });
});

test("a document that is not valid says where", () => {
  const parse = (statement: object) => () => parsePolicy({ Statement: [statement] }, "p", "resource");
  const good = { Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*" };
  expect(parse(good)).not.toThrow();
  expect(parse({ ...good, Action: [1] })).toThrow("Statement[0].Action");
  expect(parse({ ...good, NotAction: "s3:*" })).toThrow("either Action or NotAction");
  expect(parse({ ...good, Condition: { StringIs: { a: "b" } } })).toThrow("Condition.StringIs");
  expect(parse({ ...good, Principal: { AWS: "arn:aws:iam::1:role/*" } })).toThrow("Principal.AWS");
});

test("the test oracle is AGPL: a development dependency that src/ does not import", () => {
  const imports = sourceFiles(".", "src").flatMap((file) => importsOf(readSource(".", file)));
  expect(imports.filter(({ specifier }) => specifier.startsWith("@cloud-copilot/"))).toEqual([]);
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, Record<string, string>>;
  expect(manifest.devDependencies).toHaveProperty("@cloud-copilot/iam-simulate");
  expect(manifest.dependencies ?? {}).not.toHaveProperty("@cloud-copilot/iam-simulate");
});
