import { describe, expect, test } from "vitest";
import { accessVerdicts } from "../../../src/diagnosis/access/index.ts";
import {
  endpointCheck,
  lakeFormationCheck,
  organisationCheck,
  simulationCheck,
} from "../../../src/diagnosis/access/other-checks.ts";
import {
  bucketPolicyCheck,
  identityPolicyCheck,
  quarantineCheck,
} from "../../../src/diagnosis/access/policy-checks.ts";
import type { Finding } from "../../../src/diagnosis/check.ts";
import { parsePolicy } from "../../../src/policy/document.ts";
import { ago, event, known, said, scope, unknown } from "../facts.ts";
import {
  ALLOW,
  assumed,
  BUCKET,
  call,
  denied,
  deny,
  endpoint,
  policyText,
  ROLE,
  ROLE_ARN,
  subject,
  subjects,
  TEMPLATE,
  workload,
} from "./cases.ts";

const NO_CHANGES = known([]);
const PLACES = known([workload()]);
const textOf = (findings: readonly Finding[]) => findings.map(({ text }) => text).join("\n");

const QUARANTINE = deny({
  Sid: "IncidentQuarantineabcDenyAll",
  Condition: { ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/oncall/responder"] } },
});

describe("1. our own quarantine", () => {
  const judge = (policy: string | undefined, held = scope().held) =>
    quarantineCheck.judge(
      { denied: denied(call()), found: subjects(subject()), policy: { text: policy } },
      scope({ held }),
      {},
    );

  test.each([
    ["no policy", undefined, []],
    ["the template's", policyText(...TEMPLATE), []],
    ["somebody else's deny", policyText(...TEMPLATE, deny()), []],
    ["ours", policyText(...TEMPLATE, QUARANTINE), ["contained-by-us proves"]],
    ["ours, of a level that does not deny this", policyText(deny({ ...QUARANTINE, Action: "s3:DeleteObject" })), []],
  ])("%s", (_name, policy, expected) => {
    expect(said(judge(policy))).toEqual(expected);
  });

  test("says since when this incident holds it, or that it does not", () => {
    const held = [
      {
        runId: "r1",
        actionId: "contain-s3",
        title: "Contain S3",
        badge: "s3 deny-all",
        sinceMs: ago(20),
        resources: [],
      },
    ];
    expect(textOf(judge(policyText(QUARANTINE), held))).toContain("Contain S3 has been held open since 02:40:00 UTC");
    expect(textOf(judge(policyText(QUARANTINE)))).toContain("this incident holds no quarantine");
  });
});

describe("2. the bucket policy", () => {
  const judge = (policy: string, one = call(), places = PLACES) =>
    bucketPolicyCheck.judge({ denied: denied(one), found: subjects(subject()), policy: { text: policy } }, scope(), {
      changes: NO_CHANGES,
      places,
    });
  const put = (encryption: string | null | undefined, change = {}) =>
    call({ action: "s3:PutObject", ...(encryption === undefined ? {} : { encryption }), ...change });
  const words = { layer: "resource" as const, explicit: true, principal: "", action: "s3:PutObject" };

  test.each<[string, Finding[], string[]]>([
    ["the template alone, a read", judge(policyText(...TEMPLATE)), []],
    ["a deny for everybody", judge(policyText(...TEMPLATE, deny())), ["s3-bucket-policy-deny proves"]],
    ["a deny of another action", judge(policyText(deny({ Action: "s3:DeleteObject" }))), []],
    ["a deny of another prefix", judge(policyText(deny({ Resource: `arn:aws:s3:::${BUCKET}/athena-results/*` }))), []],
    [
      "a deny that spares this role",
      judge(policyText(deny({ Condition: { StringNotLike: { "aws:PrincipalArn": [ROLE_ARN] } } }))),
      [],
    ],
    [
      "a deny by NotPrincipal",
      judge(policyText({ ...deny(), Principal: undefined, NotPrincipal: { AWS: "arn:aws:iam::111122223333:role/x" } })),
      ["s3-bucket-policy-deny proves"],
    ],
    [
      "a deny by a key that is not known here",
      judge(policyText(deny({ Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-9" } } }))),
      [],
    ],
    [
      "the same, where AWS says that it was the bucket policy",
      judge(
        policyText(deny({ Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-9" } } })),
        call({ words: { ...words, action: "s3:GetObject" } }),
      ),
      ["s3-bucket-policy-deny proves"],
    ],
    ["our quarantine is not this rung's", judge(policyText(QUARANTINE)), []],
    ["an upload with the header", judge(policyText(...TEMPLATE), put("aws:kms")), []],
    ["an upload without it", judge(policyText(...TEMPLATE), put(null)), ["s3-encryption-header proves"]],
    [
      "an upload with another algorithm",
      judge(policyText(...TEMPLATE), put("AES256")),
      ["s3-encryption-header proves"],
    ],
    ["an upload of which nobody knows the header", judge(policyText(...TEMPLATE), put(undefined)), []],
    [
      "the same, where AWS says that it was the bucket policy",
      judge(policyText(...TEMPLATE), put(undefined, { words })),
      ["s3-encryption-header proves"],
    ],
    ["an upload that succeeded again since", judge(policyText(...TEMPLATE), put(null, { succeededMs: ago(1) })), []],
    [
      "an upload before the present release",
      judge(policyText(...TEMPLATE), put(null), known([workload({ sinceMs: ago(1) })])),
      [],
    ],
    [
      "both",
      judge(policyText(...TEMPLATE, deny()), put(null)),
      ["s3-encryption-header proves", "s3-bucket-policy-deny proves"],
    ],
  ])("%s", (_name, findings, expected) => {
    expect(said(findings)).toEqual(expected);
  });

  test("names who did it, and says when that cannot be told", () => {
    const judged = (changes: Parameters<typeof bucketPolicyCheck.judge>[2]["changes"]) =>
      textOf(
        bucketPolicyCheck.judge(
          { denied: denied(call()), found: subjects(subject()), policy: { text: policyText(deny()) } },
          scope(),
          { changes, places: PLACES },
        ),
      );
    expect(judged(known([event("PutBucketPolicy", {})]))).toContain(
      "platform-engineer/marco did it by PutBucketPolicy",
    );
    expect(judged(known([]))).toContain("CloudTrail has no such event of the last day");
    expect(judged(unknown)).toContain("Who did it: unknown (not read)");
  });

  test("nobody was refused: what Dagster needs is asked, and a deny is a hint only", () => {
    const findings = bucketPolicyCheck.judge(
      { denied: denied(), found: assumed(subject()), policy: { text: policyText(...TEMPLATE, deny()) } },
      scope(),
      { changes: NO_CHANGES, places: PLACES },
    );
    expect(said(findings)).toEqual(["s3-bucket-policy-deny supports", "s3-bucket-policy-deny supports"]);
  });
});

describe("3. the role's own policies", () => {
  const judge = (one: ReturnType<typeof subject>, refused = call()) =>
    identityPolicyCheck.judge({ denied: denied(refused), found: subjects(one) }, scope(), {
      policy: known({ text: policyText(...TEMPLATE) }),
      changes: NO_CHANGES,
    });
  const narrow = { ...ALLOW, Resource: `arn:aws:s3:::${BUCKET}/staging/*` };

  test.each<[string, Finding[], string[]]>([
    ["allowed", judge(subject()), []],
    ["narrowed", judge(subject([narrow])), ["s3-identity-policy proves"]],
    ["without policies", judge(subject([])), ["s3-identity-policy proves"]],
    ["an explicit deny", judge(subject([ALLOW, deny({ Principal: undefined })])), ["s3-identity-policy proves"]],
    [
      "a boundary that does not allow it",
      judge(subject([ALLOW], { boundary: parsePolicy(policyText(narrow), "boundary", "identity") })),
      ["s3-identity-policy proves"],
    ],
    [
      "allowed under a condition that is not known",
      judge(subject([{ ...ALLOW, Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } }])),
      ["s3-identity-policy supports"],
    ],
    [
      "a policy could not be read",
      judge(subject([narrow], { unreadable: ["other: not JSON"] })),
      ["s3-identity-policy supports"],
    ],
    ["only asked about", judge(subject([narrow]), call({ from: "responder" })), ["s3-identity-policy supports"]],
  ])("%s", (_name, findings, expected) => {
    expect(said(findings)).toEqual(expected);
  });

  test("says where it stops, and that the template's roles have none by design", () => {
    expect(textOf(judge(subject([narrow])))).toContain(`allows it on arn:aws:s3:::${BUCKET}/staging/* only`);
    expect(textOf(judge(subject([])))).toContain("reader, writer and admin roles are made so");
  });

  test("offers the former document where CloudTrail has it, and a policy of its own", () => {
    const put = (minutes: number, policyDocument: string) =>
      event(
        "PutRolePolicy",
        { roleName: ROLE, policyName: "lakehouse-access", policyDocument },
        { atMs: ago(minutes) },
      );
    const findings = identityPolicyCheck.judge(
      { denied: denied(call()), found: subjects(subject([narrow])) },
      scope(),
      {
        policy: known({ text: undefined }),
        changes: known([put(20, policyText(narrow)), put(9000, policyText(ALLOW))]),
      },
    );
    const verdict = accessVerdicts.find(({ id }) => id === "s3-identity-policy")!;
    expect(verdict.fixes(findings, scope()).map((fix) => (fix.kind === "action" ? fix.actionId : fix.kind))).toEqual([
      "restore-role-policy",
      "grant-role-access",
      "text",
    ]);
    const denies = identityPolicyCheck.judge(
      { denied: denied(call()), found: subjects(subject([ALLOW, deny({ Principal: undefined })])) },
      scope(),
      { policy: known({ text: undefined }), changes: NO_CHANGES },
    );
    expect(verdict.fixes(denies, scope()).map(({ kind }) => kind)).toEqual(["text"]);
  });

  test("a role that is gone is said, and nothing is claimed of it", () => {
    const findings = identityPolicyCheck.judge(
      {
        denied: denied(call()),
        found: {
          known: [],
          unknown: [{ name: ROLE, reason: "there is no role or user of this name any more" }],
          assumed: false,
        },
      },
      scope(),
      { policy: known({ text: undefined }), changes: NO_CHANGES },
    );
    expect(said(findings)).toEqual([]);
    expect(textOf(findings)).toContain("there is no role or user of this name any more");
  });
});

describe("the other rungs", () => {
  test.each([
    ["allowed", "allowed", []],
    ["denied", "implicitDeny", ["s3-identity-policy supports"]],
  ])("IAM's simulator: %s", (_name, decision, expected) => {
    const simulated = [{ role: ROLE, action: "s3:GetObject", resource: `arn:aws:s3:::${BUCKET}/*`, decision, by: [] }];
    expect(said(simulationCheck.judge({ denied: denied(call()), simulated }, scope(), {}))).toEqual(expected);
  });

  const pass = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
  test.each([
    ["the default policy", [pass], call(), []],
    ["other buckets only", [{ ...pass, Resource: "arn:aws:s3:::other/*" }], call(), ["s3-vpc-endpoint-policy proves"]],
    ["an explicit deny", [pass, deny()], call(), ["s3-vpc-endpoint-policy proves"]],
    [
      "a caller who goes another way",
      [{ ...pass, Resource: "arn:aws:s3:::other/*" }],
      call({ by: "analyst/kim", arn: "arn:aws:sts::111122223333:assumed-role/analyst/kim" }),
      [],
    ],
    [
      "a caller whose event names the endpoint",
      [{ ...pass, Resource: "arn:aws:s3:::other/*" }],
      call({ by: "analyst/kim", vpcEndpointId: "vpce-0a1" }),
      ["s3-vpc-endpoint-policy proves"],
    ],
  ])("VPC endpoint: %s", (_name, statements, one, expected) => {
    const who = subject([ALLOW], { name: one.by.split("/")[0]! });
    const facts = {
      denied: denied(one),
      found: subjects(who),
      endpoints: [endpoint(...statements)],
      places: [workload()],
    };
    expect(said(endpointCheck.judge(facts, scope(), { changes: NO_CHANGES }))).toEqual(expected);
  });

  const lake = call({
    arn: "",
    by: "",
    action: "glue:GetTable",
    resource: "",
    words: { layer: "lake-formation", lakeFormation: { permissions: ["Describe"], on: "orders" } },
  });
  const grant = (permissions: string[], table = "*") => [
    { principal: ROLE_ARN, database: "lakehouse_prod", table, permissions },
  ];
  test.each([
    ["nothing granted", [], ["lake-formation-permissions proves"]],
    ["another table's", grant(["SELECT"], "customers"), ["lake-formation-permissions proves"]],
    ["granted again", grant(["DESCRIBE"]), []],
    ["any permission lets one describe", grant(["SELECT"], "orders"), []],
  ])("Lake Formation: %s", (_name, grants, expected) => {
    const facts = { denied: denied(lake), found: subjects(subject()), grants };
    expect(
      said(lakeFormationCheck.judge(facts, scope(), { revoked: NO_CHANGES, database: known("lakehouse_prod") })),
    ).toEqual(expected);
  });

  test("Lake Formation: the fix grants what was revoked, as CloudTrail tells it", () => {
    const input = {
      principal: { dataLakePrincipalIdentifier: ROLE_ARN },
      resource: { table: { databaseName: "lakehouse_prod", tableWildcard: {} } },
      permissions: ["SELECT", "INSERT"],
    };
    const facts = { denied: denied(lake), found: subjects(subject()), grants: [] };
    const [finding] = lakeFormationCheck.judge(facts, scope(), {
      revoked: known([event("RevokePermissions", input)]),
      database: known("lakehouse_prod"),
    });
    expect(finding?.details).toMatchObject({
      permissions: ["SELECT", "INSERT"],
      table: "*",
      database: "lakehouse_prod",
    });
  });

  test("control policies: what AWS's words say, and what cannot be seen", () => {
    const scp = call({ words: { layer: "service-control", explicit: true } });
    expect(textOf(organisationCheck.judge({ denied: denied(scp) }, scope(), {}))).toContain(
      "only the organisation's administrators",
    );
    expect(textOf(organisationCheck.judge({ denied: denied() }, scope(), {}))).toContain(
      "cannot be seen from this account",
    );
  });
});
