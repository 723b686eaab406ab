import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

const MISSING = { name: "NoSuchEntityException", status: 404 };
const MALFORMED = { name: "MalformedPolicyDocumentException", status: 400 };
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
/** Signs that have to survive URL encoding and XML: IAM allows them in a condition's value. */
const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: "arn:aws:s3:::lakehouse-prod-lakehouse/a+b (1)/*",
    Condition: { StringEquals: { "aws:PrincipalTag/team": "on & <call>" } },
  },
});

const decoded = (document: string | undefined) => JSON.parse(decodeURIComponent(document ?? ""));

/** Inline and managed policies. */
export const iamPolicies = casesOf("iam policies", {
  "an inline policy of a role comes back as it was put": async ({ clients: { iam } }) => {
    const place = { RoleName: "visitor", PolicyName: "read" };
    await iam.putRolePolicy({ ...place, PolicyDocument: POLICY });
    const back = await iam.getRolePolicy(place);
    expect(back).toMatchObject(place);
    expect(decoded(back.PolicyDocument)).toEqual(JSON.parse(POLICY));
    expect((await iam.listRolePolicies({ RoleName: "visitor" })).PolicyNames).toEqual(["read"]);
    await iam.deleteRolePolicy(place);
    expect((await iam.listRolePolicies({ RoleName: "visitor" })).PolicyNames).toEqual([]);
    expect(await refusal(iam.getRolePolicy(place))).toEqual(MISSING);
    expect(await refusal(iam.deleteRolePolicy(place))).toEqual(MISSING);
  },

  "an inline policy of a user comes back as it was put": async ({ clients: { iam } }) => {
    const place = { UserName: "ci-uploader", PolicyName: "read" };
    await iam.putUserPolicy({ ...place, PolicyDocument: POLICY });
    expect(decoded((await iam.getUserPolicy(place)).PolicyDocument)).toEqual(JSON.parse(POLICY));
    expect((await iam.listUserPolicies({ UserName: "ci-uploader" })).PolicyNames?.sort()).toEqual(["read", "upload"]);
    await iam.deleteUserPolicy(place);
    expect(await refusal(iam.getUserPolicy(place))).toEqual(MISSING);
    expect((await iam.listUserPolicies({ UserName: "ci-uploader" })).PolicyNames).toEqual(["upload"]);
  },

  "a policy that is none is refused": async ({ clients: { iam } }) => {
    for (const PolicyDocument of ["{", '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps","Action":"s3:*"}]}']) {
      expect(await refusal(iam.putRolePolicy({ RoleName: "visitor", PolicyName: "bad", PolicyDocument }))).toEqual(
        MALFORMED,
      );
    }
  },

  "a managed policy is attached to a role and taken off": async ({ clients: { iam } }) => {
    const place = { RoleName: "visitor", PolicyArn: ADMINISTRATOR };
    await iam.attachRolePolicy(place);
    await iam.attachRolePolicy(place);
    const { AttachedPolicies: attached } = await iam.listAttachedRolePolicies({ RoleName: "visitor" });
    expect(attached).toEqual([{ PolicyName: "AdministratorAccess", PolicyArn: ADMINISTRATOR }]);
    await iam.detachRolePolicy(place);
    expect((await iam.listAttachedRolePolicies({ RoleName: "visitor" })).AttachedPolicies).toEqual([]);
    expect(await refusal(iam.detachRolePolicy(place))).toEqual(MISSING);
    expect(await refusal(iam.attachRolePolicy({ ...place, PolicyArn: `${ADMINISTRATOR}Not` }))).toEqual(MISSING);
  },

  "a managed policy is attached to a user and taken off": async ({ clients: { iam } }) => {
    const place = { UserName: "ci-uploader", PolicyArn: ADMINISTRATOR };
    await iam.attachUserPolicy(place);
    const { AttachedPolicies: attached } = await iam.listAttachedUserPolicies({ UserName: "ci-uploader" });
    expect(attached).toEqual([{ PolicyName: "AdministratorAccess", PolicyArn: ADMINISTRATOR }]);
    await iam.detachUserPolicy(place);
    expect(await refusal(iam.detachUserPolicy(place))).toEqual(MISSING);
  },

  "a managed policy has versions, one of them the default": async ({ clients: { iam }, names }) => {
    const PolicyArn = `arn:aws:iam::${names.accountId}:policy/OnCallOperations`;
    const { Policy: policy } = await iam.getPolicy({ PolicyArn });
    expect(policy).toMatchObject({
      PolicyName: "OnCallOperations",
      Arn: PolicyArn,
      Path: "/",
      DefaultVersionId: "v1",
      AttachmentCount: 1,
      IsAttachable: true,
      Description: "What the on-call runbook needs",
      CreateDate: expect.any(Date),
    });
    const { Versions: versions } = await iam.listPolicyVersions({ PolicyArn });
    expect(versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([["v1", true]]);
    const { PolicyVersion: version } = await iam.getPolicyVersion({ PolicyArn, VersionId: "v1" });
    expect([version?.VersionId, version?.IsDefaultVersion]).toEqual(["v1", true]);
    expect(decoded(version?.Document).Version).toBe("2012-10-17");
    expect(await refusal(iam.getPolicyVersion({ PolicyArn, VersionId: "v9" }))).toEqual(MISSING);
  },

  "the policy simulator says what a principal may do, and by which policy": async ({ clients: { iam }, names }) => {
    const { EvaluationResults: results } = await iam.simulatePrincipalPolicy({
      PolicySourceArn: `arn:aws:iam::${names.accountId}:user/ci/ci-uploader`,
      ActionNames: ["s3:PutObject", "s3:DeleteObject"],
      ResourceArns: [`arn:aws:s3:::${names.lakehouseBucket}/a`],
    });
    expect(results?.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision])).toEqual([
      ["s3:PutObject", "allowed"],
      ["s3:DeleteObject", "implicitDeny"],
    ]);
    expect(results?.[0]?.MatchedStatements?.[0]?.SourcePolicyId).toBe("user_ci-uploader_upload");
  },

  "the policy simulator takes policies that nobody has": async ({ clients: { iam } }) => {
    const { EvaluationResults: results } = await iam.simulateCustomPolicy({
      PolicyInputList: [POLICY],
      ActionNames: ["s3:GetObject"],
      ResourceArns: ["arn:aws:s3:::lakehouse-prod-lakehouse/a+b (1)/c"],
      ContextEntries: [
        { ContextKeyName: "aws:PrincipalTag/team", ContextKeyType: "string", ContextKeyValues: ["on & <call>"] },
      ],
    });
    expect(results?.[0]?.EvalDecision).toBe("allowed");
  },
});
