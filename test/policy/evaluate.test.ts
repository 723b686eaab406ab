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
      layer: "resource",
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

/** Decides s3:GetObject for the session: identity allows, the others as given. */
function limited(others: { resource?: object; session?: object[]; endpoint?: object }, principal: Caller = session) {
  const identity = { Effect: "Allow", Action: "s3:*", Resource: "*" };
  const policies = (statements: object[], kind: "identity" | "resource") =>
    parsePolicy(
      { Version: "2012-10-17", Statement: statements.map((statement) => ({ ...identity, ...statement })) },
      kind,
      kind,
    );
  const { effect, layer } = evaluate(
    { principal, action: "s3:GetObject", resource: "arn:aws:s3:::lake/x", context: {} },
    {
      identity: [policies([{}], "identity")],
      ...(others.resource ? { resource: policies([others.resource], "resource") } : {}),
      ...(others.session ? { session: others.session.map((statement) => policies([statement], "identity")) } : {}),
      ...(others.endpoint ? { endpoint: policies([others.endpoint], "resource") } : {}),
    },
  );
  return `${effect} ${layer}`;
}

describe("what limits a grant", () => {
  test("a session policy: several of them allow together, a Deny in one wins", () => {
    expect(limited({ session: [{ Action: "s3:Put*" }, {}] })).toBe("allow identity");
    expect(limited({ session: [{ Action: "s3:Put*" }] })).toBe("implicit-deny session");
    expect(limited({ session: [{}, { Effect: "Deny" }] })).toBe("explicit-deny session");
  });

  test("a session policy limits what a bucket grants to the role, not what it grants to the session", () => {
    const narrow = [{ Action: "s3:Put*" }];
    expect(limited({ session: narrow, resource: { Principal: { AWS: role } } })).toBe("implicit-deny session");
    expect(limited({ session: narrow, resource: { Principal: { AWS: session.arn } } })).toBe("allow resource");
  });

  test("a VPC endpoint's policy must allow whoever asks, and grants nothing by itself", () => {
    expect(limited({ endpoint: { Principal: "*" } })).toBe("allow identity");
    expect(limited({ endpoint: { Principal: "*", Resource: "arn:aws:s3:::other/*" } })).toBe("implicit-deny endpoint");
    expect(limited({ endpoint: { Principal: "*", Effect: "Deny" } })).toBe("explicit-deny endpoint");
    const stranger: Caller = {
      ...session,
      arn: "arn:aws:iam::444455556666:user/eve",
      type: "user",
      accountId: "444455556666",
    };
    expect(limited({ endpoint: { Principal: { AWS: ACCOUNT } } }, stranger)).toBe("implicit-deny endpoint");
    expect(limited({ endpoint: { Principal: { AWS: ACCOUNT } } })).toBe("allow identity");
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
