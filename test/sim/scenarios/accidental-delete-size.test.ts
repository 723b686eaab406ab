import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { accidentalDeleteOf } from "../../../src/sim/scenarios/accidental-delete.ts";
import { VirtualClock } from "../../../src/sim/world/virtual-clock.ts";
import { World } from "../../../src/sim/world/world.ts";
import { TEST_EPOCH_MS } from "../../support/simulator.ts";

/** A world of its own, without a server: what counts here is how many versions it holds. */
function sized(objects: number, versions: number) {
  const clock = new VirtualClock(TEST_EPOCH_MS, 1, true, systemClock());
  const place = { region: "us-east-1", accountId: "111122223333", project: "lakehouse", environment: "prod" };
  const world = new World({ clock, seed: 1, ...place, catalogType: "glue" });
  const scenario = accidentalDeleteOf({ objects, versions });
  scenario.arrange(world);
  world.now();
  let count = 0;
  let deleted = 0;
  for (const [, list] of world.storage.lakehouse.objects.from()) {
    count += list.length;
    if (list[0]?.deleteMarker) deleted += 1;
  }
  return { world, scenario, count, deleted };
}

test("40 000 deleted objects among 200 000 versions are there, and the world knows when they are back", () => {
  const large = sized(40_000, 200_000);
  expect(large.count).toBeGreaterThan(199_000);
  expect(large.count).toBeLessThan(202_000);
  expect(large.deleted).toBeGreaterThan(39_000);
  expect(large.scenario.resolved.holds(large.world)).toBe(false);
  const { lakehouse } = large.world.storage;
  for (const [key, [newest]] of lakehouse.objects.from()) {
    const inWindow = newest!.atMs > TEST_EPOCH_MS - 33 * 60_000 && newest!.atMs < TEST_EPOCH_MS - 29 * 60_000;
    if (newest!.deleteMarker && inWindow) lakehouse.deleteVersion(key, newest!.versionId);
  }
  expect(large.scenario.resolved.holds(large.world)).toBe(true);
});
