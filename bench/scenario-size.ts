import { systemClock } from "../src/base/clock.ts";
import { accidentalDeleteOf } from "../src/sim/scenarios/accidental-delete.ts";
import { VirtualClock } from "../src/sim/world/virtual-clock.ts";
import { World } from "../src/sim/world/world.ts";
import { median, type Row } from "./table.ts";

const SMALL = { objects: 10_000, versions: 50_000 };
/** So many times as many objects and versions in the large one. */
const TIMES = 4;
const RUNS = 3;
/** A fixed start: the same world whenever it is measured. */
const EPOCH_MS = Date.parse("2026-11-23T03:00:00Z");

function arrangedMs(size: { objects: number; versions: number }): number {
  const place = { region: "us-east-1", accountId: "111122223333", project: "lakehouse", environment: "prod" };
  const clock = new VirtualClock(EPOCH_MS, 1, true, systemClock());
  const world = new World({ clock, seed: 1, ...place, catalogType: "glue" });
  const startedMs = performance.now();
  accidentalDeleteOf(size).arrange(world);
  world.now();
  return performance.now() - startedMs;
}

/** Arranging the scenario accidental-delete at two sizes: machine ms, the large one beside so many times the small one. */
export function benchScenarioSize(): Row[] {
  const large = { objects: SMALL.objects * TIMES, versions: SMALL.versions * TIMES };
  const times = { small: [] as number[], large: [] as number[] };
  for (let run = 0; run < RUNS; run++) {
    times.small.push(arrangedMs(SMALL));
    times.large.push(arrangedMs(large));
  }
  const even = median(times.small) * TIMES;
  return [
    { name: `accidental-delete, ${SMALL.versions} versions: arranged`, value: median(times.small), unit: "ms" },
    {
      name: `accidental-delete, ${large.versions} versions: arranged`,
      value: median(times.large),
      unit: "ms",
      reference: even,
      referenceName: `${TIMES} times the time of ${SMALL.versions}`,
      ratio: median(times.large) / even,
    },
  ];
}
