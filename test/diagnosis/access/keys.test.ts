import { describe, expect, test } from "vitest";
import type { DeniedCall } from "../../../src/diagnosis/access/denied-calls.ts";
import { accessVerdicts } from "../../../src/diagnosis/access/index.ts";
import { keyCheck, keyPolicyCheck } from "../../../src/diagnosis/access/key-checks.ts";
import type { KeyGrant, KeyPolicy, KeyState } from "../../../src/diagnosis/access/key-facts.ts";
import type { Subjects } from "../../../src/diagnosis/access/subjects.ts";
import type { Finding } from "../../../src/diagnosis/check.ts";
import { parsePolicy } from "../../../src/policy/document.ts";
import { ago, event, known, NOW_MS, said, scope, unknown } from "../facts.ts";
import {
  ALLOW,
  assumed,
  call,
  denied,
  policyText,
  ROLE,
  ROLE_ARN,
  type StatementText,
  subject,
  subjects,
} from "./cases.ts";

// Table tests of the fourth rung: can the KMS key be used, and by whom.

const KEY = "arn:aws:kms:us-east-1:111122223333:key/0b7d1e52-4c3a-4f7e-9a61-6a2f0d1c8e35";
const NO_CHANGES = known([]);
const ENCRYPTED = known({ algorithm: "aws:kms", keyId: KEY });
const textOf = (findings: readonly Finding[]) => findings.map(({ text }) => text).join("\n");
const refused = (change: Partial<DeniedCall> = {}) =>
  call({
    action: "kms:GenerateDataKey",
    resource: KEY,
    words: { layer: "resource", explicit: false, action: "kms:GenerateDataKey" },
    ...change,
  });

describe("4. the key's state", () => {
  const state = (change: Partial<KeyState> = {}): KeyState => ({
    arn: KEY,
    state: "Enabled",
    manager: "CUSTOMER",
    isBuckets: true,
    isObjects: false,
    ...change,
  });
  const judge = (key: KeyState, ...calls: DeniedCall[]) =>
    keyCheck.judge({ denied: denied(...calls), states: [key] }, scope(), {
      changes: NO_CHANGES,
      encryption: ENCRYPTED,
    });

  test.each<[string, Finding[], string[]]>([
    ["enabled", judge(state(), refused()), []],
    ["disabled, and refusals name it", judge(state({ state: "Disabled" }), refused()), ["s3-kms-key-unusable proves"]],
    ["disabled, nobody was refused", judge(state({ state: "Disabled" })), ["s3-kms-key-unusable supports"]],
    [
      "disabled, refusals name another key",
      judge(state({ state: "Disabled" }), refused({ resource: `${KEY}0` })),
      ["s3-kms-key-unusable supports"],
    ],
    ["pending deletion", judge(state({ state: "PendingDeletion" }), refused()), ["s3-kms-key-unusable proves"]],
    ["gone", judge(state({ state: "missing" }), refused()), ["s3-kms-key-unusable proves"]],
  ])("%s", (_name, found, expected) => {
    expect(said(found)).toEqual(expected);
  });

  test("says who disabled it, and when it is deleted for good", () => {
    const deed = event("DisableKey", { keyId: KEY }, { by: "platform-engineer/cleanup" });
    const other = event("DisableKey", { keyId: `${KEY}0` }, { by: "somebody/else" });
    const found = keyCheck.judge({ denied: denied(refused()), states: [state({ state: "Disabled" })] }, scope(), {
      changes: known([other, deed]),
      encryption: ENCRYPTED,
    });
    expect(textOf(found)).toContain("platform-engineer/cleanup did it by DisableKey");
    const deletionMs = NOW_MS + 7 * 86_400_000;
    expect(textOf(judge(state({ state: "PendingDeletion", deletionMs }), refused()))).toContain(
      "deleted for good at 2026-11-30 03:00:00 UTC",
    );
  });

  test.each([
    ["Disabled", "enable-kms-key"],
    ["PendingDeletion", "enable-kms-key"],
    ["missing", "text"],
    ["PendingImport", "text"],
  ])("what is offered for a key that is %s: %s", (name, expected) => {
    const [fix] = fixesOf("s3-kms-key-unusable", judge(state({ state: name }), refused()));
    expect(fix?.kind === "action" ? fix.actionId : fix?.kind).toBe(expected);
    if (fix?.kind === "action") expect(fix.parameters).toEqual({ key: KEY });
  });
});

const fixesOf = (id: string, evidence: readonly Finding[]) =>
  accessVerdicts.find((one) => one.id === id)!.fixes(evidence, scope());

const ACCOUNT: StatementText = {
  Sid: "Account",
  Effect: "Allow",
  Principal: { AWS: "arn:aws:iam::111122223333:root" },
  Action: "kms:*",
  Resource: "*",
};
const use = (principal: string, change: StatementText = {}): StatementText => ({
  Sid: "Use",
  Effect: "Allow",
  Principal: { AWS: principal },
  Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
  Resource: "*",
  ...change,
});
const OTHERS = use("arn:aws:iam::111122223333:role/lakehouse-prod-lakehouse-writer");
const KEYS_ALLOWED: StatementText = { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*" };

interface Facts {
  call?: DeniedCall;
  found?: Subjects;
  grants?: KeyGrant[];
  key?: Partial<KeyPolicy>;
  /** ARN of the key of the object that is asked about. */
  object?: string;
}

const judgePolicy = (
  statements: StatementText[],
  { call: one = refused(), found, grants = [], key = {}, object }: Facts = {},
) =>
  keyPolicyCheck.judge(
    {
      denied: found?.assumed ? denied() : denied(one),
      found: found ?? subjects(subject([ALLOW, KEYS_ALLOWED])),
      policies: [{ arn: KEY, text: policyText(...statements), isBuckets: true, isObjects: false, ...key }],
    },
    scope(),
    { grants: known(grants), changes: NO_CHANGES, object: known({ arn: object }) },
  );

const withoutKeys = { found: subjects(subject([ALLOW])) };
const grant = (change: Partial<KeyGrant> = {}): KeyGrant => ({
  key: KEY,
  id: "a".repeat(64),
  grantee: ROLE_ARN,
  operations: ["Decrypt", "GenerateDataKey"],
  constrained: false,
  ...change,
});
const implied = call({ action: "s3:PutObject" });
const asked = call({ action: "s3:GetObject", from: "responder" });

describe("4a. the key's policy, its grants and the caller's own policies", () => {
  test.each<[string, Finding[], string[]]>([
    ["the account is named, and the role's policies allow it", judgePolicy([ACCOUNT, OTHERS]), []],
    [
      "the account is named, and the role's policies do not allow it",
      judgePolicy([ACCOUNT, OTHERS], withoutKeys),
      ["s3-identity-policy proves"],
    ],
    [
      "nobody names the account or the role: its policies have no say",
      judgePolicy([OTHERS]),
      ["s3-kms-key-policy proves"],
    ],
    ["the role is named: its own policies are not needed", judgePolicy([use(ROLE_ARN)], withoutKeys), []],
    [
      "named for reading only, and a write was refused",
      judgePolicy([use(ROLE_ARN, { Action: "kms:Decrypt" })]),
      ["s3-kms-key-policy proves"],
    ],
    [
      "a Deny of the key's policy wins",
      judgePolicy([ACCOUNT, use(ROLE_ARN, { Sid: "No", Effect: "Deny" })]),
      ["s3-kms-key-policy proves"],
    ],
    ["a Deny for others", judgePolicy([ACCOUNT, { ...OTHERS, Effect: "Deny" }]), []],
    [
      "through S3 only, as it was",
      judgePolicy([use(ROLE_ARN, { Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } } })]),
      [],
    ],
    [
      "through another service only",
      judgePolicy([
        use(ROLE_ARN, { Condition: { StringEquals: { "kms:ViaService": "dynamodb.us-east-1.amazonaws.com" } } }),
      ]),
      ["s3-kms-key-policy supports"],
    ],
    [
      "a Deny by a condition key that is not known, and AWS names no deny",
      judgePolicy([
        ACCOUNT,
        use(ROLE_ARN, { Effect: "Deny", Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-9" } } }),
      ]),
      [],
    ],
    [
      "the same, where AWS says that a statement denies it",
      judgePolicy(
        [ACCOUNT, use(ROLE_ARN, { Effect: "Deny", Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-9" } } })],
        {
          call: refused({ words: { layer: "resource", explicit: true, action: "kms:GenerateDataKey" } }),
        },
      ),
      ["s3-kms-key-policy supports"],
    ],
    ["a grant gives what the policy does not", judgePolicy([OTHERS], { grants: [grant()] }), []],
    [
      "a grant of another operation",
      judgePolicy([OTHERS], { grants: [grant({ operations: ["Decrypt"] })] }),
      ["s3-kms-key-policy proves"],
    ],
    [
      "a grant to somebody else",
      judgePolicy([OTHERS], { grants: [grant({ grantee: `${ROLE_ARN}2` })] }),
      ["s3-kms-key-policy proves"],
    ],
    [
      "an explicit deny in the role's own policies",
      judgePolicy([ACCOUNT], { found: subjects(subject([ALLOW, KEYS_ALLOWED, { ...KEYS_ALLOWED, Effect: "Deny" }])) }),
      ["s3-identity-policy proves"],
    ],
    [
      "a permissions boundary without KMS",
      judgePolicy([ACCOUNT], {
        found: subjects(
          subject([ALLOW, KEYS_ALLOWED], { boundary: parsePolicy(policyText(ALLOW), "boundary", "identity") }),
        ),
      }),
      ["s3-identity-policy proves"],
    ],
    [
      "documents of the role that could not be read leave it open",
      judgePolicy([ACCOUNT], { found: subjects(subject([ALLOW], { unreadable: ["x: not JSON"] })) }),
      ["s3-identity-policy supports"],
    ],
    [
      "S3 gave no reason: the bucket's key is asked about",
      judgePolicy([OTHERS], { call: implied }),
      ["s3-kms-key-policy supports"],
    ],
    [
      "S3 named another layer",
      judgePolicy([OTHERS], { call: { ...implied, words: { layer: "identity", explicit: false } } }),
      [],
    ],
    [
      "S3 gave no reason, and the key is not the bucket's",
      judgePolicy([OTHERS], { call: implied, key: { isBuckets: false } }),
      [],
    ],
    [
      "somebody asks about an object under this key",
      judgePolicy([OTHERS], { call: asked, object: KEY, key: { isBuckets: false, isObjects: true } }),
      ["s3-kms-key-policy supports"],
    ],
    [
      "somebody asks about an object under AWS's key, and the bucket's key is another",
      judgePolicy([OTHERS], { call: asked, object: `${KEY}0` }),
      [],
    ],
    ["nobody was refused: worth showing, no verdict", judgePolicy([OTHERS], { found: assumed(subject([ALLOW])) }), []],
    [
      "the key of another account",
      judgePolicy([], {
        key: {
          text: undefined,
          reason: "it belongs to account 999988887777, whose key policies cannot be read from here",
        },
      }),
      [],
    ],
    [
      "the caller's calls succeeded again",
      judgePolicy([OTHERS], { call: refused({ succeededMs: ago(1) }) }),
      ["s3-kms-key-policy proves", "s3-kms-key-policy against"],
    ],
  ])("%s", (_name, found, expected) => {
    expect(said(found)).toEqual(expected);
  });

  test("names the deciding statement, to whom the key is open, and who wrote the policy", () => {
    expect(textOf(judgePolicy([OTHERS]))).toContain(
      'Its statement "Use" allows it to role/lakehouse-prod-lakehouse-writer only.',
    );
    expect(textOf(judgePolicy([ACCOUNT, use(ROLE_ARN, { Sid: "No", Effect: "Deny" })]))).toContain(
      `role ${ROLE}: kms:GenerateDataKey on the KMS key key/0b7d1e52-4c3a-4f7e-9a61-6a2f0d1c8e35, refused 3 times, last 02:58:00 UTC: statement "No" of the key's policy denies it.`,
    );
    const found = keyPolicyCheck.judge(
      {
        denied: denied(refused()),
        found: subjects(subject([ALLOW, KEYS_ALLOWED])),
        policies: [{ arn: KEY, text: policyText(OTHERS), isBuckets: true, isObjects: false }],
      },
      scope(),
      {
        grants: unknown,
        object: unknown,
        changes: known([event("PutKeyPolicy", { keyId: KEY }, { by: "platform-engineer/hardening" })]),
      },
    );
    expect(textOf(found)).toContain("Its grants are not known");
    expect(textOf(found)).toContain("platform-engineer/hardening did it by PutKeyPolicy");
  });

  test("what is offered: the statement to add or to take out by hand, or the role's own policy", () => {
    const [add] = fixesOf("s3-kms-key-policy", judgePolicy([OTHERS]));
    expect(add).toMatchObject({ kind: "text", text: expect.stringContaining(`"AWS": "${ROLE_ARN}"`) });
    const [remove] = fixesOf("s3-kms-key-policy", judgePolicy([ACCOUNT, use(ROLE_ARN, { Sid: "No", Effect: "Deny" })]));
    expect(remove).toMatchObject({ kind: "text", text: expect.stringContaining('Take the statement "No" out') });
    const [give] = fixesOf("s3-identity-policy", judgePolicy([ACCOUNT], withoutKeys));
    expect(give).toMatchObject({
      actionId: "grant-role-access",
      parameters: { role: ROLE, actions: "kms:Decrypt,kms:GenerateDataKey", resource: KEY },
    });
  });
});
