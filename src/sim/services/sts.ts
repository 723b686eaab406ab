import type * as Wire from "@aws-sdk/client-sts";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import { Sessions } from "../world/iam/sessions.ts";
import type { World } from "../world/world.ts";

/** AWS STS. Whether a caller may assume a role has been decided before a handler is called. */
export function stsService(world: World): ServiceDefinition {
  const { iam, principals } = world;
  const sessions = new Sessions(iam, principals);
  return defineService<typeof Wire>({
    signingName: "sts",
    load: () => import("@aws-sdk/client-sts"),
    clientName: "STSClient",
    operations: {
      GetCallerIdentity: (_input, call) => {
        const principal = principals.of(call.accessKeyId);
        return { Account: principal.accountId, Arn: principal.arn, UserId: principal.userId };
      },
      GetAccessKeyInfo: (input) => ({ Account: principals.of(input.AccessKeyId ?? "").accountId }),
      GetSessionToken: (input, call) => {
        const mfa = { serialNumber: input.SerialNumber, code: input.TokenCode };
        const caller = principals.of(call.accessKeyId);
        return { Credentials: sessions.sessionToken(caller, input.DurationSeconds, mfa, call.atMs) };
      },
      AssumeRole: (input, call) => {
        const caller = principals.of(call.accessKeyId);
        const role = iam.roles.get(input.RoleArn?.split("/").pop() ?? "");
        if (role?.arn !== input.RoleArn || !role) {
          const action = "sts:AssumeRole";
          const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${input.RoleArn}`;
          throw new AwsError("AccessDenied", message, { status: 403 });
        }
        const request = {
          role,
          sessionName: input.RoleSessionName ?? "",
          durationSeconds: input.DurationSeconds,
          policy: input.Policy,
          policyArns: (input.PolicyArns ?? []).flatMap(({ arn }) => arn ?? []),
          mfa: { serialNumber: input.SerialNumber, code: input.TokenCode },
        };
        const { principal, issued } = sessions.assumeRole(caller, request, call.atMs);
        return {
          Credentials: issued,
          AssumedRoleUser: { Arn: principal.arn, AssumedRoleId: principal.userId },
        };
      },
    },
  });
}
