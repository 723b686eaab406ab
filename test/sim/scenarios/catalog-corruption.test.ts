import * as dynamo from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { http } from "../../support/http.ts";
import { deployRevision, type Incident, incident, MINUTE_MS, SEEDS } from "./support.ts";

const PREFIX_VARIABLE = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX";

const nessie = ({ endpoint }: Incident) => {
  const call = (path: string, method = "GET", body?: object) => http(`${endpoint}/nessie/api/v2/${path}`, method, body);
  const names = async () =>
    (await call("trees/main/entries?content=true")).json.entries.map(({ name }: { name: { elements: string[] } }) =>
      name.elements.at(-1),
    );
  return { call, names };
};

test.each(SEEDS)("logical: main goes back to before the bad commit, without a restore (seed %i)", async (seed) => {
  const damaged = await incident("catalog-corruption:logical", seed);
  const { world } = damaged;
  const { call, names } = nessie(damaged);
  expect([damaged.contained(), damaged.resolved()]).toEqual([false, false]);
  expect(await names()).toEqual(["event_stream", "inventory"]);
  const { logEntries } = (await call("trees/main/history?fetch=ALL&max-records=20")).json;
  const bad = logEntries.findIndex(
    ({ commitMeta }: { commitMeta: { author: string } }) => commitMeta.author === "schema-migrator",
  );
  const operations = logEntries[bad].operations.map(
    ({ type, key }: { type: string; key: { elements: string[] } }) => `${type} ${key.elements.join(".")}`,
  );
  expect(operations.toSorted()).toEqual([
    "DELETE lakehouse.customers",
    "DELETE lakehouse.orders",
    "PUT lakehouse.event_stream",
  ]);
  // Dagster does not find its tables: nothing lies on top of the bad commit.
  expect(bad).toBe(0);
  expect((await damaged.targets()).every((health) => health?.State === "healthy")).toBe(true);
  const [good] = logEntries[bad].commitMeta.parentCommitHashes;
  const head = (await call("trees/main")).json.reference.hash;
  const moved = await call(`trees/main@${head}?type=BRANCH`, "PUT", { type: "BRANCH", name: "main", hash: good });
  expect(moved.status).toBe(200);
  expect([damaged.contained(), damaged.resolved()]).toEqual([true, true]);
  expect(await names()).toEqual(["customers", "event_stream", "inventory", "orders"]);
  world.advanceBy(30 * MINUTE_MS);
  expect(damaged.resolved()).toBe(true);
  expect((await call(`trees/main/history?limit-hash=${good}`)).json.logEntries.length).toBeGreaterThan(1);
});

test.each(SEEDS)("physical: both tables restored, prefix switched (seed %i)", async (seed) => {
  const damaged = await incident("catalog-corruption:physical", seed);
  const { world, clients, names } = damaged;
  const { call } = nessie(damaged);
  expect([damaged.contained(), damaged.resolved()]).toEqual([false, false]);
  expect((await call("trees/main/history")).status).toBe(500);
  expect((await call("trees/main/entries")).json.message).toContain("ObjNotFoundException");
  expect(await damaged.lines("ObjNotFoundException")).not.toEqual([]);
  expect((await damaged.targets()).every((health) => health?.State === "healthy")).toBe(true);
  expect(
    await damaged.metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", damaged.loadBalancer(), "Sum", 5),
  ).not.toEqual([]);
  // The meters tell when: no one but the script writes in batches.
  const batches = await damaged.metric(
    "AWS/DynamoDB",
    "SuccessfulRequestLatency",
    { TableName: `${names.nessieTablePrefix}_objs`, Operation: "BatchWriteItem" },
    "SampleCount",
    60,
  );
  expect(batches).toHaveLength(1);
  expect((await damaged.events("dynamodb.amazonaws.com", "EventSource")).length).toBe(0);
  const dynamodb = new dynamo.DynamoDBClient(clients);
  for (const kind of ["refs", "objs"]) {
    await dynamodb.send(
      new dynamo.RestoreTableToPointInTimeCommand({
        SourceTableName: `${names.nessieTablePrefix}_${kind}`,
        TargetTableName: `${names.nessieTablePrefix}-restored_${kind}`,
        RestoreDateTime: new Date(world.epochMs - 38 * MINUTE_MS),
      }),
    );
  }
  world.advanceBy(35 * MINUTE_MS);
  expect(damaged.resolved()).toBe(false);
  await deployRevision(damaged, {}, { [PREFIX_VARIABLE]: `${names.nessieTablePrefix}-restored` });
  world.advanceBy(15 * MINUTE_MS);
  expect([damaged.contained(), damaged.resolved()]).toEqual([true, true]);
  const { logEntries } = (await call("trees/main/history")).json;
  expect(logEntries.length).toBeGreaterThan(100);
  expect(await damaged.lines("ObjNotFoundException", 2)).toEqual([]);
});

test("physical: restored to after the damage, nothing is better", async () => {
  const damaged = await incident("catalog-corruption:physical", 1);
  const { world, clients, names } = damaged;
  const dynamodb = new dynamo.DynamoDBClient(clients);
  for (const kind of ["refs", "objs"]) {
    await dynamodb.send(
      new dynamo.RestoreTableToPointInTimeCommand({
        SourceTableName: `${names.nessieTablePrefix}_${kind}`,
        TargetTableName: `${names.nessieTablePrefix}-restored_${kind}`,
        UseLatestRestorableTime: true,
      }),
    );
  }
  world.advanceBy(35 * MINUTE_MS);
  await deployRevision(damaged, {}, { [PREFIX_VARIABLE]: `${names.nessieTablePrefix}-restored` });
  world.advanceBy(15 * MINUTE_MS);
  expect(damaged.resolved()).toBe(false);
});
