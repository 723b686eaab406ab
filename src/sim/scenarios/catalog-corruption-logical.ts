import type { Scenario } from "../scenario.ts";
import { type Entry, keyText, NessieCatalog } from "../world/nessie/catalog.ts";
import { NessieError, type NessieOperation } from "../world/nessie/model.ts";
import { NessiePersist } from "../world/nessie/persist.ts";
import { TABLE_PREFIX_VARIABLE } from "../world/nessie/server.ts";
import type { World } from "../world/world.ts";
import { nessieContained, nessieHealthyFor } from "./conditions.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
const DAMAGED_MS = -34 * MINUTE_MS;
/** Tables that the migration drops, and the one that it points at a copy which was never finished. */
const DROPPED = ["orders", "customers"];
const MISDIRECTED = "event_stream";

/** The catalog of the tables that the newest deployment's tasks open, read without leaving a trace in the meters. */
export function catalogOf(world: World): NessieCatalog {
  const { environment } = world.lakehouse.service.deployments[0]!.definition.container;
  const prefix = environment.find(({ name }) => name === TABLE_PREFIX_VARIABLE)?.value ?? "";
  const access = (name: string) => {
    const table = world.dynamodb.byName.get(name);
    if (table?.status !== "ACTIVE") throw new NessieError(500, "UNKNOWN", `table ${name} cannot be read`);
    return table;
  };
  return new NessieCatalog(new NessiePersist(access, prefix, () => world.kernel.nowMs));
}

/** What every key of main stands for, by key; undefined when the store cannot tell. */
function entriesOf(world: World): Map<string, Entry> | undefined {
  try {
    const catalog = catalogOf(world);
    const entries = catalog.entries(catalog.reference("main").hash);
    return new Map(entries.map((entry) => [keyText(entry.elements), entry]));
  } catch (error) {
    if (error instanceof NessieError) return undefined;
    throw error;
  }
}

const locationOf = ({ content }: Entry) => String(content.metadataLocation);
const folderOf = (entry: Entry) => locationOf(entry).slice(0, locationOf(entry).lastIndexOf("/"));

/** What main said before the bad commit. */
const before = new WeakMap<World, Map<string, Entry>>();

/** Whether every table that main had is there again, in its own place. */
function mainIsRight(world: World): boolean {
  const now = entriesOf(world);
  const good = before.get(world);
  if (!now || !good) return false;
  return [...good].every(([key, entry]) => {
    const current = now.get(key);
    return current?.content.id === entry.content.id && folderOf(current) === folderOf(entry);
  });
}

function badOperations(good: readonly Entry[], bucket: string): NessieOperation[] {
  return good.flatMap(({ elements, content }): NessieOperation[] => {
    const name = elements.at(-1) ?? "";
    if (DROPPED.includes(name)) return [{ type: "DELETE", key: { elements } }];
    if (name !== MISDIRECTED) return [];
    const metadataLocation = `s3://${bucket}/migration/${name}/metadata/00000-staged.metadata.json`;
    return [{ type: "PUT", key: { elements }, content: { ...content, metadataLocation } }];
  });
}

function arrange(world: World): void {
  const { kernel, lakehouse, names } = world;
  runNessieForDays(world, "catalog-corruption");
  kernel.at(world.epochMs + DAMAGED_MS, () => {
    const good = entriesOf(world) ?? new Map<string, Entry>();
    before.set(world, good);
    const catalog = catalogOf(world);
    const operations = badOperations([...good.values()], names.lakehouseBucket);
    const message = "Migrate lakehouse to the staged layout";
    const draft = { message, author: "schema-migrator", committer: "schema-migrator", operations };
    catalog.commit("main", catalog.reference("main").hash, draft, kernel.nowMs);
    world.journal.note(kernel.nowMs, `schema-migrator commits: ${message}`);
    // Dagster's runs fail as long as they do not find their tables.
    kernel.every(kernel.nowMs, MINUTE_MS, () => {
      lakehouse.server.workload.running = mainIsRight(world);
    });
  });
}

/** A bad commit on main: the store is well, what it says is wrong. */
export const catalogCorruptionLogical: Scenario = {
  id: "catalog-corruption:logical",
  title: "Tables are missing from the catalog",
  description:
    "A commit on Nessie's main dropped two tables and points a third at metadata that does not exist. Nessie is well and answers; Dagster and readers do not find their tables.",
  catalogs: ["nessie"],
  diagnosis: {
    verdict: "catalog-logical-damage",
    text: "The history of main has a commit by schema-migrator that deletes lakehouse.orders and lakehouse.customers and moves lakehouse.event_stream to another location. Both DynamoDB tables are sound: the branch has to be assigned to the hash before that commit, no restore is needed.",
  },
  contained: {
    text: "main says again what it said before the bad commit, or Nessie is held at zero.",
    holds: (world) => mainIsRight(world) || nessieContained.holds(world),
  },
  resolved: {
    text: "Every table that main had before the bad commit is there in its own place (the branch assigned to the earlier hash, or a commit that puts the contents back), and Nessie is healthy.",
    holds: (world) => mainIsRight(world) && nessieHealthyFor(world, MINUTE_MS),
  },
  arrange,
};
