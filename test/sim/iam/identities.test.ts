import * as iam from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { USER_KEYS } from "../../../src/sim/world/iam/people.ts";
import { testSimulator } from "../../support/simulator.ts";
import { policyOf, withKey } from "../authorization/support.ts";

const document = (encoded: string | undefined) => JSON.parse(decodeURIComponent(encoded ?? ""));

test("the template's roles, with their path, trust, inline and attached policies", async () => {
  const { clients } = await testSimulator();
  const client = new iam.IAMClient(clients);
  const { Role } = await client.send(new iam.GetRoleCommand({ RoleName: "responder" }));
  expect(Role).toMatchObject({
    Arn: "arn:aws:iam::111122223333:role/oncall/responder",
    Path: "/oncall/",
    MaxSessionDuration: 43_200,
  });
  expect(document(Role?.AssumeRolePolicyDocument).Statement[0]).toMatchObject({ Action: "sts:AssumeRole" });
  const reader = { RoleName: "lakehouse-prod-lakehouse-reader" };
  expect((await client.send(new iam.ListRolePoliciesCommand(reader))).PolicyNames).toEqual([]);
  expect((await client.send(new iam.ListAttachedRolePoliciesCommand(reader))).AttachedPolicies).toEqual([]);
  const dagster = { RoleName: "lakehouse-prod-dagster-task" };
  expect((await client.send(new iam.ListRolePoliciesCommand(dagster))).PolicyNames).toEqual(["lakehouse-access"]);
  const inline = await client.send(new iam.GetRolePolicyCommand({ ...dagster, PolicyName: "lakehouse-access" }));
  expect(document(inline.PolicyDocument).Statement[0]).toMatchObject({ Sid: "ListLakehouse" });
  const { AttachedPolicies = [] } = await client.send(
    new iam.ListAttachedRolePoliciesCommand({ RoleName: "lakehouse-prod-nessie-exec" }),
  );
  expect(AttachedPolicies.map((policy) => policy.PolicyName)).toEqual(["AmazonECSTaskExecutionRolePolicy"]);
  await expect(client.send(new iam.GetRoleCommand({ RoleName: "nope" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
    $metadata: { httpStatusCode: 404 },
    message: "The role with name nope cannot be found.",
  });
  const named = new iam.ListRolesCommand({ PathPrefix: "/oncall/" });
  expect((await client.send(named)).Roles?.map((role) => role.RoleName)).toEqual(["responder"]);
});

test("a Glue lakehouse has no roles for Nessie", async () => {
  const { world } = await testSimulator({ catalogType: "glue" });
  expect([...world.iam.roles.keys()].filter((name) => name.includes("nessie"))).toEqual([]);
  expect(world.iam.roles.has("lakehouse-prod-lakehouse-reader")).toBe(true);
});

test("lists come in pages with IsTruncated and Marker", async () => {
  const { world, clients } = await testSimulator();
  for (let index = 0; index < 130; index++) {
    world.iam.addUser(`user-${String(index).padStart(3, "0")}`, { createdAtMs: world.epochMs });
  }
  const client = new iam.IAMClient(clients);
  const sizes: number[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new iam.ListUsersCommand({ Marker }));
    sizes.push(page.Users?.length ?? 0);
    expect(page.IsTruncated).toBe(page.Marker !== undefined);
    Marker = page.Marker;
  } while (Marker);
  expect(sizes).toEqual([100, 32]);
  await expect(client.send(new iam.ListUsersCommand({ Marker: "junk" }))).rejects.toMatchObject({
    name: "ValidationError",
  });
  await expect(client.send(new iam.ListUsersCommand({ MaxItems: 1001 }))).rejects.toMatchObject({
    name: "ValidationError",
  });
});

test("break-glass: administrator, MFA device, no console password, one old key", async () => {
  const { clients, epochMs } = await testSimulator();
  const client = new iam.IAMClient(clients);
  const UserName = "break-glass";
  const attached = await client.send(new iam.ListAttachedUserPoliciesCommand({ UserName }));
  expect(attached.AttachedPolicies?.map((policy) => policy.PolicyArn)).toEqual([
    "arn:aws:iam::aws:policy/AdministratorAccess",
  ]);
  const devices = await client.send(new iam.ListMFADevicesCommand({ UserName }));
  const SerialNumber = "arn:aws:iam::111122223333:mfa/break-glass";
  expect(devices.MFADevices).toMatchObject([{ UserName, SerialNumber }]);
  const all = await client.send(new iam.ListVirtualMFADevicesCommand({}));
  expect(all.VirtualMFADevices).toMatchObject([{ SerialNumber, User: { UserName } }]);
  await expect(client.send(new iam.GetLoginProfileCommand({ UserName }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: "Login Profile for User break-glass cannot be found.",
  });
  const { AccessKeyMetadata: keys = [] } = await client.send(new iam.ListAccessKeysCommand({ UserName }));
  expect(keys).toHaveLength(1);
  expect(epochMs - (keys[0]?.CreateDate?.getTime() ?? 0)).toBeGreaterThan(90 * 86_400_000);
  const summary = await client.send(new iam.GetAccountSummaryCommand({}));
  expect(summary.SummaryMap).toMatchObject({ Users: 2, AccessKeysPerUserQuota: 2, MFADevicesInUse: 1 });
});

test("a console password can be taken away once", async () => {
  const { world, clients } = await testSimulator();
  world.iam.users.get("break-glass")!.loginProfile = { createdAtMs: world.epochMs };
  const client = new iam.IAMClient(clients);
  const UserName = "break-glass";
  expect((await client.send(new iam.GetLoginProfileCommand({ UserName }))).LoginProfile?.UserName).toBe(UserName);
  await client.send(new iam.DeleteLoginProfileCommand({ UserName }));
  await expect(client.send(new iam.DeleteLoginProfileCommand({ UserName }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});

test("without UserName a call is about the calling user; a role's session has none", async () => {
  const simulator = await testSimulator();
  const user = new iam.IAMClient(withKey(simulator, USER_KEYS.breakGlass));
  const { User } = await user.send(new iam.GetUserCommand({}));
  expect(User).toMatchObject({ UserName: "break-glass", Arn: "arn:aws:iam::111122223333:user/break-glass" });
  expect((await user.send(new iam.ListAccessKeysCommand({}))).AccessKeyMetadata).toHaveLength(1);
  const session = new iam.IAMClient(simulator.clients);
  await expect(session.send(new iam.GetUserCommand({}))).rejects.toMatchObject({
    name: "ValidationError",
    message: "Must specify userName when calling with non-User credentials",
  });
});

test("policies are put, attached, detached and deleted, and nonsense is refused", async () => {
  const { clients, world } = await testSimulator();
  const client = new iam.IAMClient(clients);
  const RoleName = "lakehouse-prod-lakehouse-reader";
  const PolicyArn = "arn:aws:iam::aws:policy/PowerUserAccess";
  const put = (PolicyDocument: string) =>
    client.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: "read", PolicyDocument }));
  await put(policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }));
  await client.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const attached = await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName }));
  expect(attached.AttachedPolicies?.map((policy) => policy.PolicyName)).toEqual(["PowerUserAccess"]);
  const { Policy } = await client.send(new iam.GetPolicyCommand({ PolicyArn }));
  expect(Policy).toMatchObject({ DefaultVersionId: "v1", AttachmentCount: 3, IsAttachable: true });
  const { Versions } = await client.send(new iam.ListPolicyVersionsCommand({ PolicyArn }));
  expect(Versions).toMatchObject([{ VersionId: "v1", IsDefaultVersion: true }]);
  const version = await client.send(new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
  expect(document(version.PolicyVersion?.Document).Statement[0].NotAction).toContain("iam:*");
  await client.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await client.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName: "read" }));
  const again = client.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName: "read" }));
  await expect(again).rejects.toMatchObject({ name: "NoSuchEntityException" });
  await expect(client.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
  await expect(put('{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}')).rejects.toMatchObject({
    name: "MalformedPolicyDocumentException",
    $metadata: { httpStatusCode: 400 },
  });
  const long = policyOf({ Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${"x".repeat(10_240)}` });
  await expect(put(long)).rejects.toMatchObject({ name: "LimitExceededException" });
  const [linked = ""] = [...world.iam.roles.keys()].filter((name) => name.startsWith("AWSServiceRole"));
  await expect(client.send(new iam.AttachRolePolicyCommand({ RoleName: linked, PolicyArn }))).rejects.toMatchObject({
    name: "UnmodifiableEntityException",
  });
});

test("everything about permissions in one list, in pages and by kind", async () => {
  const { clients } = await testSimulator();
  const client = new iam.IAMClient(clients);
  const all = { users: 0, roles: 0, policies: 0 };
  let Marker: string | undefined;
  let pages = 0;
  do {
    const page: iam.GetAccountAuthorizationDetailsCommandOutput = await client.send(
      new iam.GetAccountAuthorizationDetailsCommand({ MaxItems: 5, Marker }),
    );
    all.users += page.UserDetailList?.length ?? 0;
    all.roles += page.RoleDetailList?.length ?? 0;
    all.policies += page.Policies?.length ?? 0;
    Marker = page.Marker;
    pages++;
  } while (Marker);
  expect([all, pages]).toEqual([{ users: 2, roles: 14, policies: 5 }, 5]);
  const { RoleDetailList = [], UserDetailList } = await client.send(
    new iam.GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }),
  );
  expect(UserDetailList ?? []).toEqual([]);
  const dagster = RoleDetailList.find((role) => role.RoleName === "lakehouse-prod-dagster-task");
  expect(document(dagster?.RolePolicyList?.[0]?.PolicyDocument).Statement).toHaveLength(8);
});

test("the root user is told about itself", async () => {
  const simulator = await testSimulator();
  const client = new iam.IAMClient(simulator.clientsOf("root"));
  expect((await client.send(new iam.GetUserCommand({}))).User?.Arn).toBe("arn:aws:iam::111122223333:root");
});

test("a group's policies are its users'", async () => {
  const simulator = await testSimulator();
  const { iam: directory } = simulator.world;
  const group = directory.addGroup("auditors", {
    createdAtMs: 0,
    inline: { look: JSON.parse(policyOf({ Effect: "Allow", Action: "iam:List*", Resource: "*" })) },
  });
  const user = directory.users.get("ci-uploader")!;
  const client = new iam.IAMClient(withKey(simulator, USER_KEYS.uploader));
  await expect(client.send(new iam.ListUsersCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
  user.groups.push(group);
  expect((await client.send(new iam.ListUsersCommand({}))).Users).toHaveLength(2);
  const groups = await client.send(new iam.ListGroupsForUserCommand({ UserName: "ci-uploader" }));
  expect(groups.Groups?.map((one) => one.GroupName)).toEqual(["auditors"]);
});
