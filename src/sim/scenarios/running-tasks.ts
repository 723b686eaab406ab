import type { World } from "../world/world.ts";

const HOUR_MS = 3_600_000;

/** Puts Nessie's tasks in place as if they had been running for days. @param scenario names the random stream. */
export function runNessieForDays(world: World, scenario: string): void {
  const { service } = world.lakehouse;
  const random = world.random(`scenario/${scenario}`);
  for (let index = 0; index < service.desiredCount; index++) {
    world.ecs.addRunningTask(service, world.kernel.nowMs - Math.round(random.between(50, 220) * HOUR_MS));
  }
}
