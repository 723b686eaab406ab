import { expect } from "vitest";
import { casesOf, isRecent, refusal } from "../server.ts";

/** IAM's users, roles and account, which both servers have from the template. */
export const iamIdentities = casesOf("iam", {
  "a user is told with its path, ARN and date": async ({ clients, names }) => {
    const { User: user } = await clients.iam.getUser({ UserName: "ci-uploader" });
    expect(user).toMatchObject({
      UserName: "ci-uploader",
      Path: "/ci/",
      Arn: `arn:aws:iam::${names.accountId}:user/ci/ci-uploader`,
      UserId: expect.stringMatching(/^\w{16,128}$/),
      CreateDate: expect.any(Date),
    });
  },

  "ids begin with what they are ids of": async ({ clients: { iam }, names }) => {
    const { User: user } = await iam.getUser({ UserName: "ci-uploader" });
    expect(user?.UserId).toMatch(/^AIDA[A-Z0-9]{17}$/);
    const { Policy: policy } = await iam.getPolicy({
      PolicyArn: `arn:aws:iam::${names.accountId}:policy/OnCallOperations`,
    });
    expect(policy?.PolicyId).toMatch(/^ANPA[A-Z0-9]{17}$/);
  },

  "users are listed by path, in order of their names": async ({ clients }) => {
    const all = await clients.iam.listUsers({});
    expect(all.Users?.map(({ UserName }) => UserName)).toEqual(["break-glass", "ci-uploader"]);
    expect(all.IsTruncated).toBe(false);
    const pipelines = await clients.iam.listUsers({ PathPrefix: "/ci/" });
    expect(pipelines.Users?.map(({ UserName }) => UserName)).toEqual(["ci-uploader"]);
  },

  "what is not there is NoSuchEntityException with status 404": async ({ clients: { iam } }) => {
    const missing = { name: "NoSuchEntityException", status: 404 };
    expect(await refusal(iam.getUser({ UserName: "nobody" }))).toEqual(missing);
    expect(await refusal(iam.getRole({ RoleName: "nobody" }))).toEqual(missing);
    expect(await refusal(iam.listAccessKeys({ UserName: "nobody" }))).toEqual(missing);
    expect(await refusal(iam.getPolicy({ PolicyArn: "arn:aws:iam::123456789012:policy/none" }))).toEqual(missing);
    expect(await refusal(iam.getLoginProfile({ UserName: "break-glass" }))).toEqual(missing);
  },

  "a role has a trust policy, a longest session and a description": async ({ clients, names }) => {
    const { Role: role } = await clients.iam.getRole({ RoleName: "responder" });
    expect(role).toMatchObject({
      Path: "/oncall/",
      Arn: `arn:aws:iam::${names.accountId}:role/oncall/responder`,
      RoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}$/),
      MaxSessionDuration: 43_200,
      Description: "On-call responder",
    });
    const trust = JSON.parse(decodeURIComponent(role!.AssumeRolePolicyDocument!));
    expect(trust.Statement[0] ?? trust.Statement).toMatchObject({
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { AWS: `arn:aws:iam::${names.accountId}:root` },
    });
  },

  "roles are listed by path; a page ends with a marker": async ({ clients: { iam } }) => {
    const { Roles: onCall } = await iam.listRoles({ PathPrefix: "/oncall/" });
    expect(onCall?.map(({ RoleName }) => RoleName)).toEqual(["responder"]);
    const first = await iam.listRoles({ MaxItems: 1 });
    expect([first.Roles?.length, first.IsTruncated]).toEqual([1, true]);
    const second = await iam.listRoles({ MaxItems: 1, Marker: first.Marker! });
    expect(second.Roles?.[0]?.RoleName).not.toBe(first.Roles?.[0]?.RoleName);
  },

  "users are listed page by page": async ({ clients: { iam } }) => {
    const first = await iam.listUsers({ MaxItems: 1 });
    expect([first.Users?.[0]?.UserName, first.IsTruncated]).toEqual(["break-glass", true]);
    const second = await iam.listUsers({ MaxItems: 1, Marker: first.Marker! });
    expect([second.Users?.[0]?.UserName, second.IsTruncated]).toEqual(["ci-uploader", false]);
  },

  "the account has an alias and counts what it has": async ({ clients, names }) => {
    expect((await clients.iam.listAccountAliases({})).AccountAliases).toEqual([names.accountAlias]);
    const { SummaryMap: summary } = await clients.iam.getAccountSummary({});
    expect(summary).toMatchObject({ Users: 2, MFADevices: 1, MFADevicesInUse: 1, AccessKeysPerUserQuota: 2 });
  },

  "a user has its groups": async ({ clients }) => {
    const { Groups: groups } = await clients.iam.listGroupsForUser({ UserName: "ci-uploader" });
    expect(groups?.map(({ GroupName }) => GroupName)).toEqual(["pipelines"]);
  },

  "a group's policies are listed and read": async ({ clients: { iam } }) => {
    const named = { GroupName: "pipelines" };
    expect((await iam.listGroupPolicies(named)).PolicyNames).toEqual(["look"]);
    const { PolicyDocument = "" } = await iam.getGroupPolicy({ ...named, PolicyName: "look" });
    expect(JSON.parse(decodeURIComponent(PolicyDocument)).Statement).toMatchObject([{ Action: "ec2:DescribeVpcs" }]);
    expect((await iam.listAttachedGroupPolicies(named)).AttachedPolicies).toEqual([]);
    expect(await refusal(iam.getGroupPolicy({ ...named, PolicyName: "none" }))).toEqual({
      name: "NoSuchEntityException",
      status: 404,
    });
  },

  "a virtual MFA device belongs to its user": async ({ clients, names }) => {
    const serial = `arn:aws:iam::${names.accountId}:mfa/break-glass`;
    const own = await clients.iam.listMFADevices({ UserName: "break-glass" });
    expect(own.MFADevices).toMatchObject([
      { UserName: "break-glass", SerialNumber: serial, EnableDate: expect.any(Date) },
    ]);
    const all = await clients.iam.listVirtualMFADevices({ AssignmentStatus: "Assigned" });
    expect(all.VirtualMFADevices).toMatchObject([{ SerialNumber: serial, User: { UserName: "break-glass" } }]);
  },

  "a console password is told and taken away": async ({ clients: { iam } }) => {
    const { LoginProfile: profile } = await iam.getLoginProfile({ UserName: "ci-uploader" });
    expect([profile?.UserName, profile?.CreateDate]).toEqual(["ci-uploader", expect.any(Date)]);
    await iam.deleteLoginProfile({ UserName: "ci-uploader" });
    expect(await refusal(iam.getLoginProfile({ UserName: "ci-uploader" }))).toEqual({
      name: "NoSuchEntityException",
      status: 404,
    });
  },

  "access keys: two at most, turned off, deleted": async ({ clients: { iam } }) => {
    const user = { UserName: "break-glass" };
    const { AccessKey: key } = await iam.createAccessKey(user);
    expect(key).toMatchObject({ ...user, Status: "Active", AccessKeyId: expect.stringMatching(/^AKIA[A-Z0-9]{16}$/) });
    expect(key?.SecretAccessKey).toHaveLength(40);
    expect(await refusal(iam.createAccessKey(user))).toEqual({ name: "LimitExceededException", status: 409 });
    const named = { ...user, AccessKeyId: key!.AccessKeyId! };
    const unused = await iam.getAccessKeyLastUsed({ AccessKeyId: named.AccessKeyId });
    expect(unused.AccessKeyLastUsed).toMatchObject({ ServiceName: "N/A", Region: "N/A" });
    expect(unused.AccessKeyLastUsed?.LastUsedDate).toBeUndefined();
    await iam.updateAccessKey({ ...named, Status: "Inactive" });
    const { AccessKeyMetadata: both } = await iam.listAccessKeys(user);
    expect(both?.map(({ Status }) => Status)).toEqual(["Active", "Inactive"]);
    expect(isRecent(both?.[1]?.CreateDate)).toBe(true);
    await iam.deleteAccessKey(named);
    expect(await refusal(iam.deleteAccessKey(named))).toEqual({ name: "NoSuchEntityException", status: 404 });
    expect((await iam.listAccessKeys(user)).AccessKeyMetadata).toHaveLength(1);
  },

  "the account's permissions are told in one list": async ({ clients: { iam } }) => {
    const { UserDetailList: users, RoleDetailList: roles } = await iam.getAccountAuthorizationDetails({
      Filter: ["User"],
    });
    expect(roles).toEqual([]);
    expect(users?.map(({ UserName }) => UserName)).toEqual(["break-glass", "ci-uploader"]);
    expect(users?.[1]?.UserPolicyList?.map(({ PolicyName }) => PolicyName)).toEqual(["upload"]);
    expect(users?.[0]?.AttachedManagedPolicies).toEqual([
      { PolicyName: "AdministratorAccess", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    ]);
  },
});
