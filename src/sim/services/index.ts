import type { ServiceDefinition } from "../wire/types.ts";
import type { World } from "../world/world.ts";
import { iamService } from "./iam.ts";
import { stsService } from "./sts.ts";

/** All simulated services, bound to a world. */
export function allServices(world: World): ServiceDefinition[] {
  return [stsService(world), iamService(world)];
}
