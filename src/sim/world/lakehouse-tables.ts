import type { KeySchema } from "./dynamodb/table.ts";
import { RECOVERY_DAYS } from "./dynamodb/table.ts";
import { defaultTags } from "./names.ts";
import { NessieCatalog } from "./nessie/catalog.ts";
import { NO_ANCESTOR } from "./nessie/model.ts";
import { NessiePersist, tableNames } from "./nessie/persist.ts";
import type { Workload } from "./nessie/workload.ts";
import type { Region } from "./region.ts";
import type { World } from "./world.ts";

const HOUR_MS = 3_600_000;
/** Appends of the past: three a day for weeks, then as often as the workload makes them. */
const SPARSE_PERIOD_MS = 8 * HOUR_MS;
const DENSE_MS = 6 * HOUR_MS;

const nessieKey: KeySchema = { hash: "k", types: { k: "S" } };

/** Terraform's lock table, which its users make by hand: no default tags, no recovery. */
export function addLockTable(world: World, createdAtMs: number): void {
  world.dynamodb.add(
    { name: world.names.lockTable, keySchema: { hash: "LockID", types: { LockID: "S" } } },
    createdAtMs,
  );
}

/**
 * Sets the item by which Terraform knows its state: `<bucket>/<key>-md5` with the attribute Digest.
 * @param md5 of the state object, hexadecimal. @param atMs virtual time of the write.
 */
export function setStateDigest({ dynamodb, names }: Region, md5: string, atMs: number): void {
  const item = { LockID: { S: `${names.stateBucket}/${names.stateKey}-md5` }, Digest: { S: md5 } };
  dynamodb.byName.get(names.lockTable)?.put(item, atMs);
}

/** The template's table, and the two that Nessie made for itself, filled with six weeks of commits. */
export function addNessieTables(world: World, workload: Workload, createdAtMs: number): void {
  const { dynamodb, names, kernel } = world;
  const template = dynamodb.add(
    {
      name: names.table,
      keySchema: { hash: "pk", range: "sk", types: { pk: "S", sk: "S" } },
      tags: defaultTags(names),
    },
    createdAtMs,
  );
  const { refs, objs } = tableNames(names.nessieTablePrefix);
  const own = [refs, objs].map((name) => dynamodb.add({ name, keySchema: nessieKey }, createdAtMs + HOUR_MS));
  for (const table of [template, ...own]) table.recovery = { enabledAtMs: createdAtMs + HOUR_MS, days: RECOVERY_DAYS };
  let atMs = createdAtMs + HOUR_MS;
  const past = new NessieCatalog(
    new NessiePersist(
      (name) => dynamodb.byName.get(name)!,
      names.nessieTablePrefix,
      () => atMs,
    ),
  );
  past.create({ type: "BRANCH", name: "main", hash: NO_ANCESTOR });
  let head = past.commit("main", NO_ANCESTOR, workload.first(), atMs).hash;
  for (;;) {
    atMs += Math.round(atMs < kernel.nowMs - DENSE_MS ? SPARSE_PERIOD_MS : workload.pauseMs());
    if (atMs >= kernel.nowMs) return;
    head = past.commit("main", head, workload.append(), atMs).hash;
  }
}
