import { createHash } from "node:crypto";
import * as dynamo from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { type Incident, incident, MINUTE_MS, SEEDS } from "./support.ts";

const catalogOf = (seed: number) => (seed % 2 === 0 ? "nessie" : "glue") as "nessie" | "glue";

function terraform({ clients, names }: Incident) {
  const objects = new s3.S3Client(clients);
  const items = new dynamo.DynamoDBClient(clients);
  const where = { Bucket: names.stateBucket, Key: names.stateKey };
  const LockID = { S: `${names.stateBucket}/${names.stateKey}` };
  const table = { TableName: names.lockTable };
  const read = async (VersionId?: string) => {
    const { Body } = await objects.send(new s3.GetObjectCommand({ ...where, VersionId }));
    return Body!.transformToString();
  };
  return {
    read,
    versions: async () => {
      const { Versions = [] } = await objects.send(
        new s3.ListObjectVersionsCommand({ Bucket: where.Bucket, Prefix: where.Key }),
      );
      return Promise.all(Versions.map(async ({ VersionId }) => JSON.parse(await read(VersionId))));
    },
    md5: async () =>
      createHash("md5")
        .update(await read())
        .digest("hex"),
    digest: async () => {
      const Key = { LockID: { S: `${LockID.S}-md5` } };
      return (await items.send(new dynamo.GetItemCommand({ ...table, Key }))).Item?.Digest?.S;
    },
    lockInfo: async () => {
      const { Item } = await items.send(new dynamo.GetItemCommand({ ...table, Key: { LockID } }));
      return Item && JSON.parse(Item.Info?.S ?? "");
    },
    takeLock: async () => {
      const Item = { LockID, Info: { S: JSON.stringify({ ID: "responder", Who: "on-call@bastion" }) } };
      await items.send(
        new dynamo.PutItemCommand({ ...table, Item, ConditionExpression: "attribute_not_exists(LockID)" }),
      );
    },
    releaseLock: async () => {
      await items.send(new dynamo.DeleteItemCommand({ ...table, Key: { LockID } }));
    },
    write: async (Body: string) => {
      await objects.send(new s3.PutObjectCommand({ ...where, Body, ContentType: "application/json" }));
    },
    writeDigest: async (digest: string) => {
      const Item = { LockID: { S: `${LockID.S}-md5` }, Digest: { S: digest } };
      await items.send(new dynamo.PutItemCommand({ ...table, Item }));
    },
  };
}

/** Takes the lock, writes the good state with the next serial, sets the digest, and gives the lock back. */
async function repair(damaged: Incident, good: { serial: number }) {
  const state = terraform(damaged);
  await state.takeLock();
  expect([damaged.contained(), damaged.resolved()]).toEqual([true, false]);
  await state.write(`${JSON.stringify({ ...good, serial: good.serial + 1 }, undefined, 2)}\n`);
  expect(damaged.resolved()).toBe(false);
  await state.writeDigest(await state.md5());
  expect(damaged.resolved()).toBe(false);
  await state.releaseLock();
  expect([damaged.contained(), damaged.resolved()]).toEqual([true, true]);
  damaged.world.advanceBy(30 * MINUTE_MS);
  expect(damaged.resolved()).toBe(true);
}

test.each(SEEDS)("an old state over the newest one (seed %i)", async (seed) => {
  const damaged = await incident("tfstate-damage:old-state", seed, { catalogType: catalogOf(seed) });
  const state = terraform(damaged);
  expect([damaged.contained(), damaged.resolved()]).toEqual([false, false]);
  const [current, before] = await state.versions();
  expect(current.lineage).toBe(before.lineage);
  expect(current.serial).toBeLessThan(before.serial);
  expect(current.resources.length).toBeLessThan(before.resources.length);
  expect(await state.digest()).not.toBe(await state.md5());
  expect(await state.lockInfo()).toBeUndefined();
  await repair(damaged, before);
});

test.each(SEEDS)("an empty state of another lineage, and a dead job's lock (seed %i)", async (seed) => {
  const damaged = await incident("tfstate-damage:stale-lock", seed, { catalogType: catalogOf(seed) });
  const state = terraform(damaged);
  expect([damaged.contained(), damaged.resolved()]).toEqual([false, false]);
  const [current, before] = await state.versions();
  expect(current).toMatchObject({ resources: [], outputs: {}, serial: 1 });
  expect(current.lineage).not.toBe(before.lineage);
  expect(await state.digest()).not.toBe(await state.md5());
  expect(await state.lockInfo()).toMatchObject({ Who: "runner@ci-runner-3", Operation: "OperationTypeApply" });
  await expect(state.takeLock()).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
  await state.releaseLock();
  await repair(damaged, before);
});

test("the newest good state with its old serial counts, an older one does not", async () => {
  const damaged = await incident("tfstate-damage:old-state", 1);
  const state = terraform(damaged);
  const [, before, older] = await state.versions();
  for (const [good, right] of [
    [older, false],
    [before, true],
  ] as const) {
    await state.write(JSON.stringify(good));
    await state.writeDigest(await state.md5());
    expect(damaged.resolved()).toBe(right);
  }
});
