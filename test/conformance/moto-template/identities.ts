import { operationsPolicy, trustOf } from "../../../src/sim/world/iam/people-policies.ts";
import type { Names } from "../../../src/sim/world/names.ts";
import type { Clients } from "../clients.ts";
import { LOOK } from "../server.ts";

/** The people, roles and policies of the template. */
export async function deployIdentities({ iam }: Clients, names: Names): Promise<void> {
  await iam.createAccountAlias({ AccountAlias: names.accountAlias });
  const AssumeRolePolicyDocument = JSON.stringify(trustOf({ AWS: `arn:aws:iam::${names.accountId}:root` }));
  await iam.createRole({
    RoleName: "responder",
    Path: "/oncall/",
    AssumeRolePolicyDocument,
    Description: "On-call responder",
    MaxSessionDuration: 43_200,
  });
  await iam.createRole({ RoleName: "visitor", AssumeRolePolicyDocument });
  const { Policy: operations } = await iam.createPolicy({
    PolicyName: "OnCallOperations",
    PolicyDocument: JSON.stringify(operationsPolicy()),
    Description: "What the on-call runbook needs",
  });
  await iam.attachRolePolicy({ RoleName: "responder", PolicyArn: operations!.Arn! });
  await deployUsers({ iam }, names);
}

async function deployUsers({ iam }: Pick<Clients, "iam">, names: Names): Promise<void> {
  const [breakGlass, uploader] = [{ UserName: "break-glass" }, { UserName: "ci-uploader" }];
  await iam.createUser(breakGlass);
  await iam.attachUserPolicy({ ...breakGlass, PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" });
  await iam.createAccessKey(breakGlass);
  const { VirtualMFADevice: device } = await iam.createVirtualMFADevice({ VirtualMFADeviceName: "break-glass" });
  await iam.enableMFADevice({
    ...breakGlass,
    SerialNumber: device!.SerialNumber!,
    AuthenticationCode1: "123456",
    AuthenticationCode2: "654321",
  });
  await iam.createUser({ ...uploader, Path: "/ci/" });
  await iam.createAccessKey(uploader);
  const Resource = `arn:aws:s3:::${names.lakehouseBucket}/*`;
  const Statement = [{ Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource }];
  await iam.putUserPolicy({
    ...uploader,
    PolicyName: "upload",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
  await iam.createLoginProfile({ ...uploader, Password: "Simulated-Passw0rd" });
  await iam.createGroup({ GroupName: "pipelines" });
  await iam.putGroupPolicy({ GroupName: "pipelines", PolicyName: "look", PolicyDocument: JSON.stringify(LOOK) });
  await iam.addUserToGroup({ ...uploader, GroupName: "pipelines" });
}
