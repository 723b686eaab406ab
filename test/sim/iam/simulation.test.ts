import * as iam from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";
import { policyOf } from "../authorization/support.ts";

const DAGSTER = "arn:aws:iam::111122223333:role/lakehouse-prod-dagster-task";
const BUCKET = "arn:aws:s3:::lakehouse-prod-lakehouse";

test("a role: one result for each action and resource, with the statement that matched and where it stands", async () => {
  const { clients } = await testSimulator();
  const client = new iam.IAMClient(clients);
  const { EvaluationResults: results = [], IsTruncated } = await client.send(
    new iam.SimulatePrincipalPolicyCommand({
      PolicySourceArn: DAGSTER,
      ActionNames: ["s3:GetObject", "s3:ListBucket"],
      ResourceArns: [`${BUCKET}/*`, BUCKET],
    }),
  );
  expect(IsTruncated).toBe(false);
  // The runbook names bucket/* alone: listing needs the bucket's own ARN.
  expect(results.map((one) => [one.EvalActionName, one.EvalResourceName, one.EvalDecision])).toEqual([
    ["s3:GetObject", `${BUCKET}/*`, "allowed"],
    ["s3:GetObject", BUCKET, "implicitDeny"],
    ["s3:ListBucket", `${BUCKET}/*`, "implicitDeny"],
    ["s3:ListBucket", BUCKET, "allowed"],
  ]);
  expect(results[0]?.ResourceSpecificResults).toMatchObject([
    { EvalResourceName: `${BUCKET}/*`, EvalResourceDecision: "allowed" },
  ]);
  const [matched] = results[0]?.MatchedStatements ?? [];
  expect(matched).toMatchObject({
    SourcePolicyId: "role_lakehouse-prod-dagster-task_lakehouse-access",
    SourcePolicyType: "role",
  });
  const inline = await client.send(
    new iam.GetRolePolicyCommand({ RoleName: "lakehouse-prod-dagster-task", PolicyName: "lakehouse-access" }),
  );
  const line = decodeURIComponent(inline.PolicyDocument ?? "").split("\n")[(matched?.StartPosition?.Line ?? 0) - 1];
  const from = (matched?.StartPosition?.Column ?? 0) - 1;
  expect(JSON.parse(line?.slice(from, (matched?.EndPosition?.Column ?? 0) - 1) ?? "")).toMatchObject({
    Sid: "ReadWriteLakehouse",
  });
});

test("a deny is the only statement told; boundaries and missing context keys are told besides", async () => {
  const { clients, world } = await testSimulator();
  const client = new iam.IAMClient(clients);
  const role = world.iam.roles.get("lakehouse-prod-lakehouse-reader")!;
  const put = (PolicyName: string, ...statements: object[]) =>
    client.send(
      new iam.PutRolePolicyCommand({ RoleName: role.name, PolicyName, PolicyDocument: policyOf(...statements) }),
    );
  await put("read", { Effect: "Allow", Action: "s3:Get*", Resource: "*" });
  await put("office", {
    Effect: "Deny",
    Action: "s3:GetObject",
    Resource: `${BUCKET}/\${aws:PrincipalTag/team}/*`,
    Condition: { NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
  });
  const ask = async (extra: Partial<iam.SimulatePrincipalPolicyCommandInput> = {}) => {
    const asked = { PolicySourceArn: role.arn, ActionNames: ["s3:GetObject"], ResourceArns: [`${BUCKET}/a/x`] };
    const { EvaluationResults } = await client.send(new iam.SimulatePrincipalPolicyCommand({ ...asked, ...extra }));
    return EvaluationResults?.[0];
  };
  const team = { ContextKeyName: "aws:PrincipalTag/team", ContextKeyValues: ["a"], ContextKeyType: "string" as const };
  const address = (ip: string) => ({
    ContextKeyName: "aws:SourceIp",
    ContextKeyValues: [ip],
    ContextKeyType: "ip" as const,
  });
  expect((await ask())?.ResourceSpecificResults?.[0]?.MissingContextValues?.toSorted()).toEqual([
    "aws:PrincipalTag/team",
    "aws:SourceIp",
  ]);
  expect((await ask({ ResourceArns: undefined }))?.MissingContextValues).toHaveLength(2);
  const outside = await ask({ ContextEntries: [team, address("203.0.113.9")] });
  expect(outside?.EvalDecision).toBe("explicitDeny");
  expect(outside?.MatchedStatements?.map((one) => one.SourcePolicyId)).toEqual([`role_${role.name}_office`]);
  const inside = await ask({ ContextEntries: [team, address("10.1.2.3")] });
  expect([inside?.EvalDecision, inside?.PermissionsBoundaryDecisionDetail]).toEqual(["allowed", undefined]);
  role.boundaryArn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
  const bounded = await ask({ ContextEntries: [team, address("10.1.2.3")] });
  expect(bounded).toMatchObject({
    EvalDecision: "implicitDeny",
    PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
  });
  const replaced = await ask({
    ContextEntries: [team, address("10.1.2.3")],
    PermissionsBoundaryPolicyInputList: [policyOf({ Effect: "Allow", Action: "s3:*", Resource: "*" })],
  });
  expect(replaced).toMatchObject({
    EvalDecision: "allowed",
    PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
  });
});

test("policies of one's own, a resource policy for a user, pages, and what is refused", async () => {
  const { clients } = await testSimulator();
  const client = new iam.IAMClient(clients);
  const PolicyInputList = [policyOf({ Effect: "Allow", Action: "s3:*", Resource: "*" })];
  const custom = new iam.SimulateCustomPolicyCommand({
    PolicyInputList,
    ActionNames: ["s3:GetObject", "ecs:StopTask"],
  });
  const results = (await client.send(custom)).EvaluationResults ?? [];
  expect(results.map((one) => one.EvalDecision)).toEqual(["allowed", "implicitDeny"]);
  expect(results[0]?.MatchedStatements?.[0]).toMatchObject({ SourcePolicyId: "PolicyInputList.1" });
  const user = "arn:aws:iam::111122223333:user/break-glass";
  const ResourcePolicy = policyOf({ Effect: "Deny", Principal: { AWS: user }, Action: "s3:*", Resource: "*" });
  const asked = { PolicySourceArn: user, ActionNames: ["s3:GetObject"], ResourceArns: [`${BUCKET}/a`] };
  const denied = await client.send(new iam.SimulatePrincipalPolicyCommand({ ...asked, ResourcePolicy }));
  expect(denied.EvaluationResults?.[0]).toMatchObject({
    EvalDecision: "explicitDeny",
    MatchedStatements: [{ SourcePolicyType: "resource" }],
  });
  const forRole = new iam.SimulatePrincipalPolicyCommand({ ...asked, PolicySourceArn: DAGSTER, ResourcePolicy });
  await expect(client.send(forRole)).rejects.toMatchObject({ name: "InvalidInputException" });
  const session = "arn:aws:sts::111122223333:assumed-role/responder/on-call";
  await expect(
    client.send(new iam.SimulatePrincipalPolicyCommand({ ...asked, PolicySourceArn: session })),
  ).rejects.toMatchObject({ name: "InvalidInputException", message: expect.stringContaining("Invalid Entity Arn") });
  const ActionNames = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];
  const decisions: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page: iam.SimulatePrincipalPolicyCommandOutput = await client.send(
      new iam.SimulatePrincipalPolicyCommand({ ...asked, ActionNames, MaxItems: 2, Marker }),
    );
    decisions.push(...(page.EvaluationResults ?? []).map((one) => one.EvalActionName));
    Marker = page.Marker;
  } while (Marker);
  expect(decisions).toEqual(ActionNames);
});
