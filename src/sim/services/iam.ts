import type * as Wire from "@aws-sdk/client-iam";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import { Iam } from "../world/iam/directory.ts";
import { OTHER_ACCOUNT_ID } from "../world/principals.ts";
import type { World } from "../world/world.ts";
import { authorizationDetailOperations } from "./iam/authorization-details.ts";
import { credentialOperations } from "./iam/credentials.ts";
import { identityOperations } from "./iam/identities.ts";
import { iamAccess } from "./iam/lookup.ts";
import { policyOperations } from "./iam/policies.ts";
import { simulationOperations } from "./iam/simulation.ts";

/** AWS IAM. A caller of another account finds an account without users and roles. */
export function iamService(world: World): ServiceDefinition {
  const access = iamAccess(world, new Iam(OTHER_ACCOUNT_ID, (entity) => world.random(`other/${entity}`)));
  return defineService<typeof Wire>({
    signingName: "iam",
    load: () => import("@aws-sdk/client-iam"),
    clientName: "IAMClient",
    operations: {
      ...identityOperations(world, access),
      ...credentialOperations(access),
      ...policyOperations(access),
      ...simulationOperations(access),
      ...authorizationDetailOperations(access),
    },
  });
}
