import type { AnyHandler, ServiceDefinition, WireCall } from "../wire/types.ts";
import type { Region } from "../world/region.ts";
import type { World } from "../world/world.ts";

/** A service with a state of its own in every region: the region for which a call is signed answers it. */
export function regional(world: World, service: (region: Region) => ServiceDefinition): ServiceDefinition {
  const home = service(world);
  const byRegion = new Map([[world.names.region, home.operations]]);
  const operationsIn = (name: string) => {
    let operations = byRegion.get(name);
    if (!operations) {
      operations = service(world.region(name)).operations;
      byRegion.set(name, operations);
    }
    return operations;
  };
  const handler =
    (name: string): AnyHandler =>
    (input, call: WireCall) =>
      operationsIn(call.region)[name]?.(input, call);
  return {
    ...home,
    operations: Object.fromEntries(Object.keys(home.operations).map((name) => [name, handler(name)])),
  };
}
