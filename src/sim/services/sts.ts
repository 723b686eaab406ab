import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { World } from "../world/world.ts";

/** AWS STS. */
export function stsService(world: World): ServiceDefinition {
  return defineService<typeof import("@aws-sdk/client-sts")>({
    signingName: "sts",
    load: () => import("@aws-sdk/client-sts"),
    clientName: "STSClient",
    operations: {
      GetCallerIdentity: (_input, call) => {
        const principal = world.principals.of(call.accessKeyId);
        return { Account: principal.accountId, Arn: principal.arn, UserId: principal.userId };
      },
    },
  });
}
