import * as dynamo from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { TABLE_PREFIX_VARIABLE } from "../../../src/sim/world/nessie/server.ts";
import { http } from "../../support/http.ts";
import { testSimulator } from "../../support/simulator.ts";

const MINUTE_MS = 60_000;

async function nessie() {
  const simulator = await testSimulator();
  const call = (path: string) => http(`${simulator.endpoint}/nessie/api/v2/${path}`);
  const head = async () => (await call("trees/main")).json.reference.hash as string;
  return { ...simulator, call, head, dynamodb: new dynamo.DynamoDBClient(simulator.clients) };
}

test("the workload commits as time passes, and the tables hold what the API shows", async () => {
  const { call, head, world, dynamodb } = await nessie();
  const before = await head();
  world.advanceBy(30 * MINUTE_MS);
  const { logEntries } = (await call(`trees/main/history?limit-hash=${before}`)).json;
  expect(logEntries.length).toBeGreaterThan(3);
  const { Item } = await dynamodb.send(
    new dynamo.GetItemCommand({ TableName: "lakehouse-prod-nessie_refs", Key: { k: { S: ":refs/heads/main" } } }),
  );
  expect(Buffer.from(Item?.p?.B ?? []).toString("hex")).toBe(await head());
  const commit = await dynamodb.send(
    new dynamo.GetItemCommand({ TableName: "lakehouse-prod-nessie_objs", Key: { k: { S: `:${await head()}` } } }),
  );
  expect(commit.Item?.c?.M?.m?.S).toBe(logEntries[0].commitMeta.message);
});

test("the same seed gives the same commits", async () => {
  const [one, other] = [await nessie(), await nessie()];
  one.world.advanceBy(60 * MINUTE_MS);
  for (let step = 0; step < 6; step++) {
    other.world.advanceBy(10 * MINUTE_MS);
    await other.call("trees/main/history");
  }
  expect(await other.head()).toBe(await one.head());
});

test("restored tables bring back the commits of their time once Nessie opens them", async () => {
  const { head, world, dynamodb } = await nessie();
  const good = await head();
  world.advanceBy(40 * MINUTE_MS);
  expect(await head()).not.toBe(good);
  for (const kind of ["refs", "objs"]) {
    await dynamodb.send(
      new dynamo.RestoreTableToPointInTimeCommand({
        SourceTableName: `lakehouse-prod-nessie_${kind}`,
        TargetTableName: `lakehouse-prod-nessie-restored_${kind}`,
        RestoreDateTime: new Date(world.epochMs + 1000),
      }),
    );
  }
  world.advanceBy(40 * MINUTE_MS);
  world.lakehouse.server.workload.running = false;
  const { definition, service } = world.lakehouse;
  const { revision: _revision, arn: _arn, registeredAtMs: _registeredAtMs, container, ...draft } = definition;
  const environment = container.environment.map((variable) =>
    variable.name === TABLE_PREFIX_VARIABLE ? { ...variable, value: "lakehouse-prod-nessie-restored" } : variable,
  );
  world.ecs.updateService(service, {
    definition: world.ecs.addDefinition({ ...draft, container: { ...container, environment } }),
  });
  world.advanceBy(15 * MINUTE_MS);
  expect(await head()).toBe(good);
});

test("a throttled or deleted table is Nessie's error; nothing healthy is the load balancer's", async () => {
  const { call, world } = await nessie();
  const off = world.dynamodb.throttles.add({
    table: "lakehouse-prod-nessie_refs",
    operation: "GetItem",
    cause: "hot-partition",
    share: 1,
    perSecond: 1,
  });
  expect(await call("trees/main")).toMatchObject({ status: 429, json: { errorCode: "TOO_MANY_REQUESTS" } });
  off();
  expect((await call("trees/main")).status).toBe(200);
  const refs = world.dynamodb.byName.get("lakehouse-prod-nessie_refs")!;
  world.dynamodb.byName.delete(refs.name);
  expect(await call("trees/main")).toMatchObject({ status: 500, json: { reason: "Internal Server Error" } });
  world.dynamodb.byName.set(refs.name, refs);
  const target = world.scaling.targets.get("service/lakehouse-prod-nessie/nessie")!;
  world.scaling.register(target, { min: 0, suspended: { dynamicScalingIn: true, dynamicScalingOut: true } });
  world.ecs.updateService(world.lakehouse.service, { desiredCount: 0 });
  world.advanceBy(MINUTE_MS);
  const down = await call("config");
  expect([down.status, down.headers.get("server")]).toEqual([503, "awselb/2.0"]);
  const commits = world.dynamodb.byName.get("lakehouse-prod-nessie_objs")!.itemCount;
  world.advanceBy(30 * MINUTE_MS);
  expect(world.dynamodb.byName.get("lakehouse-prod-nessie_objs")!.itemCount).toBe(commits);
});

test("a Glue lakehouse has no Nessie endpoint", async () => {
  const { endpoint } = await testSimulator({ catalogType: "glue" });
  expect((await http(`${endpoint}/nessie/api/v2/config`)).status).toBe(404);
});
