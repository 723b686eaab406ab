import type { Condition } from "../scenario.ts";
import { liveTasks, pendingCount, runningCount } from "../world/ecs/model.ts";
import type { World } from "../world/world.ts";

/** Nessie is held at zero: nothing runs, and nothing that scales may lift it. */
export const nessieContained: Condition = {
  text: "Desired, running and pending are 0, and autoscaling is suspended with minimum 0.",
  holds: (world) => {
    const { service } = world.lakehouse;
    const target = world.scaling.targets.get(`service/${service.cluster.name}/${service.name}`);
    const held = !target || (target.min === 0 && Object.values(target.suspended).every(Boolean));
    return service.desiredCount === 0 && runningCount(service.tasks) + pendingCount(service.tasks) === 0 && held;
  },
};

/** Whether as many Nessie tasks as desired run, and all their targets have been healthy for `durationMs`. */
export function nessieHealthyFor(world: World, durationMs: number): boolean {
  const { service, targetGroup } = world.lakehouse;
  const wanted = liveTasks(service);
  const sinceMs = world.kernel.nowMs - durationMs;
  return (
    wanted.length > 0 &&
    wanted.length >= service.desiredCount &&
    wanted.every(({ network }) => {
      const target = targetGroup.targets.get(network.privateIp);
      return target?.state === "healthy" && target.sinceMs <= sinceMs;
    })
  );
}
