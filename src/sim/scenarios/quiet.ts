import type { Scenario } from "../scenario.ts";
import type { World } from "../world/world.ts";

const HOUR_MS = 3_600_000;

/** Puts the service's tasks in place, running for days; a Glue lakehouse has none. */
function arrange(world: World): void {
  if (!world.nessie) return;
  const { service } = world.nessie;
  const random = world.random("scenario/quiet");
  for (let index = 0; index < service.desiredCount; index++) {
    world.ecs.addRunningTask(service, world.kernel.nowMs - Math.round(random.between(50, 220) * HOUR_MS));
  }
}

/** Nothing is wrong: the cockpit must say so. */
export const quiet: Scenario = {
  id: "quiet",
  title: "Nothing wrong",
  description: "A healthy lakehouse with ordinary traffic: two Nessie tasks, healthy targets, alarms in OK.",
  catalogs: ["nessie", "glue"],
  diagnosis: { verdict: "nothing-wrong", text: "Nothing is wrong." },
  contained: { text: "Nothing to contain.", holds: () => true },
  resolved: { text: "From the start.", holds: () => true },
  arrange,
};
