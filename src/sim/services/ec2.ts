import type * as Wire from "@aws-sdk/client-ec2";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Region } from "../world/region.ts";
import { aclOperations } from "./ec2/acl-operations.ts";
import { groupOperations } from "./ec2/group-operations.ts";
import { networkOperations } from "./ec2/network-operations.ts";

/** Amazon EC2: the network around the lakehouse, no instances. */
export function ec2Service(region: Region): ServiceDefinition {
  return defineService<typeof Wire>({
    signingName: "ec2",
    load: () => import("@aws-sdk/client-ec2"),
    clientName: "EC2Client",
    operations: { ...groupOperations(region), ...networkOperations(region), ...aclOperations(region) },
  });
}
