import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { World } from "../world/world.ts";

/** AWS IAM, as far as an identity header needs it. */
export function iamService(world: World): ServiceDefinition {
  return defineService<typeof import("@aws-sdk/client-iam")>({
    signingName: "iam",
    load: () => import("@aws-sdk/client-iam"),
    clientName: "IAMClient",
    operations: {
      ListAccountAliases: (_input, call) => {
        const { accountId } = world.principals.of(call.accessKeyId);
        const own = accountId === world.names.accountId;
        return { AccountAliases: own ? [world.names.accountAlias] : [], IsTruncated: false };
      },
    },
  });
}
