// The scenario accidental-delete at the size of the bench, with one call of twenty to S3 turned away: `node recovery-simulator.ts`.
// Prints where it is. Each line of its standard input is answered with how things stand; it ends when its standard input does.
import { createInterface } from "node:readline";
import { startSimulator } from "../../src/sim/index.ts";
import { accidentalDeleteOf } from "../../src/sim/scenarios/accidental-delete.ts";
import type { ObjectVersion } from "../../src/sim/world/s3/object-version.ts";

const [objects = 200_000, versions = 1_000_000] = process.argv.slice(2).map(Number);
const scenario = accidentalDeleteOf({ objects, versions });
const simulator = await startSimulator({ scenario, rateLimits: false });
const { world } = simulator;
world.dagster.runs.scheduled = false;
simulator.faults.add({ kind: "throttle", service: "s3", every: 20 });
const { lakehouse } = world.storage;
const atMs = simulator.epochMs;

/** What is deleted on purpose or by the job, as it was at the start: by key, how many versions, and the newest with data. */
const start = new Map<string, { count: number; data: ObjectVersion | undefined; isDeleted: boolean }>();
let all = 0;
for (const [key, list] of lakehouse.objects.from()) {
  all += list.length;
  const isDeleted = list[0]!.deleteMarker;
  start.set(key, { count: list.length, data: list.find(({ deleteMarker }) => !deleteMarker), isDeleted });
}

/** Keys that came back as they were, and keys that are otherwise than at the start without having come back. */
function compared() {
  let back = 0;
  let otherwise = 0;
  for (const [key, { count, data, isDeleted }] of start) {
    const now = lakehouse.objects.get(key) ?? [];
    if (now.length === count) continue;
    const isBack = isDeleted && now[0] === data && now.every(({ deleteMarker }) => !deleteMarker);
    if (isBack) back += 1;
    else otherwise += 1;
  }
  return { back, otherwise };
}

const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const time = (minutes: number) => new Date(atMs - minutes * 60_000).toISOString();
say({ endpoint: simulator.endpoint, since: time(33), until: time(29), versions: all });
createInterface({ input: process.stdin }).on("line", () => {
  say({ resolved: scenario.resolved.holds(world), ...compared() });
});
process.stdin.once("end", () => process.exit());
