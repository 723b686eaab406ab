import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { keyOf } from "../../../src/sim/world/catalog/catalog.ts";
import type { CatalogType } from "../../../src/sim/world/names.ts";
import { type TestSimulator, testSimulator } from "../../support/simulator.ts";
import { dagsterLog, MINUTE_MS } from "../scenarios/dagster-support.ts";

const CATALOGS: CatalogType[] = ["nessie", "glue"];

test.each(CATALOGS)(
  "a quiet world has Dagster at work: two services, runs that succeed, the sensor's tick (%s)",
  async (catalogType) => {
    const simulator = await testSimulator({ catalogType });
    const { world, clients } = simulator;
    world.advanceBy(60 * MINUTE_MS);
    const { services = [] } = await new ECSClient(clients).send(
      new DescribeServicesCommand({
        cluster: "lakehouse-prod-dagster",
        services: ["dagster-webserver", "dagster-daemon"],
      }),
    );
    expect(services.map(({ desiredCount, runningCount }) => [desiredCount, runningCount])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const succeeded = await dagsterLog(simulator, '"RUN_SUCCESS"');
    expect(succeeded.length).toBeGreaterThan(8);
    expect(await dagsterLog(simulator, '"RUN_FAILURE"')).toEqual([]);
    expect(await dagsterLog(simulator, '"ERROR"')).toEqual([]);
    const ticks = await dagsterLog(simulator, '"No schema drift detected across 4 tables"');
    expect(ticks).toHaveLength(2);
    expect(ticks[1]!.timestamp - ticks[0]!.timestamp).toBe(60 * MINUTE_MS);
    expect((await dagsterLog(simulator, '"POST /graphql"', "dagster-webserver")).length).toBeGreaterThan(20);
    expect([world.sns.messages, world.slack.messages]).toEqual([[], []]);
  },
);

const lastError = (simulator: TestSimulator) => simulator.world.dagster.runs.ended.at(-1)?.error;

test("Nessie at zero and an unreachable load balancer fail runs in PyIceberg's words, until they are back", async () => {
  const simulator = await testSimulator();
  const { world, clients } = simulator;
  const { service, loadBalancer } = world.lakehouse;
  const target = world.scaling.targets.get("service/lakehouse-prod-nessie/nessie")!;
  world.scaling.register(target, { min: 0, suspended: { dynamicScalingIn: true, dynamicScalingOut: true } });
  const scale = (desiredCount: number) =>
    new ECSClient(clients).send(
      new UpdateServiceCommand({ cluster: "lakehouse-prod-nessie", service: "nessie", desiredCount }),
    );
  await scale(0);
  world.advanceBy(12 * MINUTE_MS);
  expect(lastError(simulator)).toMatch(/^pyiceberg\.exceptions\.ServiceUnavailableError: 503 Server Error/);
  await scale(2);
  world.advanceBy(14 * MINUTE_MS);
  expect(lastError(simulator)).toBeUndefined();
  const groups = loadBalancer.securityGroups.splice(0);
  world.advanceBy(12 * MINUTE_MS);
  expect(lastError(simulator)).toContain(`ConnectTimeout: HTTPConnectionPool(host='${loadBalancer.dnsName}', port=80)`);
  expect((await dagsterLog(simulator, '"ConnectTimeout"')).length).toBeGreaterThan(0);
  loadBalancer.securityGroups.push(...groups);
  world.advanceBy(12 * MINUTE_MS);
  expect(lastError(simulator)).toBeUndefined();
  expect(service.desiredCount).toBe(2);
});

test.each(CATALOGS)(
  "a metadata file that is gone or damaged fails the table's runs, and only those (%s)",
  async (catalogType) => {
    const simulator = await testSimulator({ catalogType });
    const { world, clients } = simulator;
    const client = new S3Client(clients);
    const Bucket = world.names.lakehouseBucket;
    const Key = keyOf(world.catalog.peek("event_stream")!);
    const errorsSince = (sinceMs: number) =>
      world.dagster.runs.ended
        .filter((run) => run.startedAtMs >= sinceMs)
        .map(({ table, error }) => [table, error ?? ""]);
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    const deletedMs = world.now();
    world.advanceBy(45 * MINUTE_MS);
    const gone = errorsSince(deletedMs);
    expect(gone.map(([table]) => table)).toContain("event_stream");
    for (const [table, error] of gone) {
      if (table === "event_stream") expect(error).toContain("(NoSuchKey) when calling the GetObject operation");
      else expect(error).toBe("");
    }
    expect((await dagsterLog(simulator, '"FileNotFoundError"')).length).toBeGreaterThan(0);
    await client.send(new PutObjectCommand({ Bucket, Key, Body: "{", ServerSideEncryption: "aws:kms" }));
    const damagedMs = world.now();
    world.advanceBy(45 * MINUTE_MS);
    const damaged = errorsSince(damagedMs).filter(([table]) => table === "event_stream");
    expect(damaged.length).toBeGreaterThan(0);
    for (const [, error] of damaged) expect(error).toMatch(/^pyiceberg\.exceptions\.ValidationError: Cannot use /);
  },
);

test("a run whose task is stopped ends without a word and commits nothing", async () => {
  const { world } = await testSimulator();
  const { runs, onEcs, home } = world.dagster;
  for (let steps = 0; steps < 600; steps++) {
    world.advanceBy(1000);
    const [stream] = [...world.logs.groups.get("/ecs/lakehouse-prod-dagster-daemon")!.streams.values()];
    const minute = Math.floor(world.now() / MINUTE_MS) * MINUTE_MS;
    const started = stream!.between(minute, world.now()).some(({ message }) => message.includes("RUN_START"));
    if (started) break;
  }
  const before = runs.ended.length;
  const task = home.runningDaemon()!;
  task.behaviour = { ...task.behaviour!, terminationMs: 1 };
  world.ecs.updateService(onEcs.daemon, { desiredCount: 0 });
  world.advanceBy(20 * MINUTE_MS);
  expect(runs.ended.length - before).toBeLessThanOrEqual(1);
  expect(home.runningDaemon()).toBeUndefined();
  const locations = [...world.storage.tables.values()].map((table) => table.metadataLocation);
  world.advanceBy(30 * MINUTE_MS);
  expect([...world.storage.tables.values()].map((table) => table.metadataLocation)).toEqual(locations);
});
