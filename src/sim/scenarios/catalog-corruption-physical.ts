import type { Scenario } from "../scenario.ts";
import type { Table } from "../world/dynamodb/table.ts";
import { steadyBehaviour, type TaskBehaviour } from "../world/ecs/behaviour.ts";
import type { Task } from "../world/ecs/model.ts";
import { History } from "../world/history.ts";
import { quarkusLine } from "../world/logs/nessie-lines.ts";
import { NessieError } from "../world/nessie/model.ts";
import { tableNames } from "../world/nessie/persist.ts";
import { TABLE_PREFIX_VARIABLE } from "../world/nessie/server.ts";
import type { RandomStream } from "../world/random.ts";
import type { World } from "../world/world.ts";
import { catalogOf } from "./catalog-corruption-logical.ts";
import { nessieContained, nessieHealthyFor } from "./conditions.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
const DAMAGED_MS = -37 * MINUTE_MS;
/** A script that was meant for another table deletes every item but each third, and writes over the references. */
const SPARED_EVERY = 3;
/** Items of one BatchWriteItem (DynamoDB API reference). */
const BATCH_ITEMS = 25;
const BATCH_LATENCY_MS = 9;

/** The head of main before the damage. */
const heads = new WeakMap<World, string>();

/** Whether main's history is whole down to the first commit, and has the head from before the damage. */
function storeIsWhole(world: World): boolean {
  const head = heads.get(world);
  if (head === undefined) return true;
  try {
    const catalog = catalogOf(world);
    let found = false;
    for (const { hash } of catalog.history(catalog.reference("main").hash)) found ||= hash === head;
    return found;
  } catch (error) {
    if (error instanceof NessieError) return false;
    throw error;
  }
}

/** What the script does to the tables, visible in their meters alone: CloudTrail has no events of items. */
function damage(world: World): void {
  const { kernel, dynamodb, names } = world;
  const { refs, objs } = tableNames(names.nessieTablePrefix);
  const atMs = kernel.nowMs;
  const gone = (dynamodb.byName.get(objs)?.rows() ?? []).filter((_, index) => index % SPARED_EVERY !== 0);
  const objects = dynamodb.byName.get(objs)!;
  for (const row of gone) objects.set(row.key, undefined, atMs);
  const references = dynamodb.byName.get(refs)!;
  overwriteReferences(references, world.random("scenario/catalog-corruption"), atMs);
  dynamodb.recordServed(objs, "BatchWriteItem", gone.length, BATCH_LATENCY_MS, Math.ceil(gone.length / BATCH_ITEMS));
  dynamodb.recordServed(refs, "BatchWriteItem", references.itemCount, BATCH_LATENCY_MS, 1);
  world.journal.note(
    atMs,
    `a script deleted ${gone.length} items of ${objs} and wrote over ${references.itemCount} of ${refs}`,
  );
}

function overwriteReferences(table: Table, random: RandomStream, atMs: number): void {
  for (const { item } of table.rows()) {
    table.put({ ...item, p: { B: Buffer.from(random.hex(64), "hex") }, d: { BOOL: false } }, atMs);
  }
}

function damagedLine(atMs: number, random: RandomStream): string {
  const id = random.hex(64);
  const request = random.pick([
    "GET /api/v2/trees/main/entries",
    "GET /api/v2/trees/main/history",
    "POST /api/v2/trees/main/history/commit",
  ]);
  const text = `${request} failed: org.projectnessie.versioned.storage.common.exceptions.ObjNotFoundException: Object with ID ${id} not found.`;
  return quarkusLine(
    atMs,
    "ERROR",
    "org.pro.ser.res.RestV2TreeResource",
    `executor-thread-${random.whole(1, 24)}`,
    text,
  );
}

/** A task over a damaged store: it is well itself, its health check passes, and most requests fail. */
function overStore(world: World, damaged: History, task: Task, random: RandomStream): TaskBehaviour {
  const steady = steadyBehaviour(random);
  const startedAtMs = task.startedAtMs ?? world.kernel.nowMs;
  const { environment } = task.definition.container;
  const own = environment.find(({ name }) => name === TABLE_PREFIX_VARIABLE)?.value === world.names.nessieTablePrefix;
  const share = (ageMs: number) => (own ? damaged.atMinuteOf(startedAtMs + ageMs) : 0);
  return {
    ...steady,
    errorShareAt: (ageMs) => 0.85 * share(ageMs),
    trouble: { share: (ageMs) => 0.5 * share(ageMs), line: (atMs, _ageMs, stream) => damagedLine(atMs, stream) },
  };
}

function arrange(world: World): void {
  const { kernel } = world;
  const damaged = new History();
  world.behaviourOf = (task, random) => overStore(world, damaged, task, random);
  runNessieForDays(world, "catalog-corruption");
  kernel.at(world.epochMs + DAMAGED_MS, () => {
    heads.set(world, catalogOf(world).reference("main").hash);
    damage(world);
    kernel.every(kernel.nowMs, MINUTE_MS, () => damaged.note(kernel.nowMs, storeIsWhole(world) ? 0 : 1));
  });
}

/** Items of Nessie's DynamoDB tables were deleted and overwritten. */
export const catalogCorruptionPhysical: Scenario = {
  id: "catalog-corruption:physical",
  title: "Nessie's store is damaged",
  description:
    "A script deleted most items of Nessie's objects table and wrote over its references: Nessie runs, health checks pass, but requests on main fail with 404 and 500, and commits are impossible.",
  catalogs: ["nessie"],
  diagnosis: {
    verdict: "catalog-physical-damage",
    text: "main points at an object that the store does not have (ObjNotFoundException in the log), and the objects table lost most of its items. The meters show BatchWriteItem on both tables 37 minutes before the start; Nessie itself writes single items. Who did it cannot be told: CloudTrail has no data events of DynamoDB here. The last good second is just before that; both tables have to be restored to it.",
  },
  contained: {
    text: "Nessie is held at zero, so that nothing is written on top of the damage, or its store is whole.",
    holds: (world) => storeIsWhole(world) || nessieContained.holds(world),
  },
  resolved: {
    text: "Nessie's tasks open tables in which the history of main is whole and has the head from before the damage (both restored to a point before it, table prefix switched by a new revision), and have been healthy for two minutes.",
    holds: (world) => {
      const { service } = world.lakehouse;
      return service.deployments.length === 1 && storeIsWhole(world) && nessieHealthyFor(world, 2 * MINUTE_MS);
    },
  },
  arrange,
};
