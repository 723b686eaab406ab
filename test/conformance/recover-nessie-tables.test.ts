import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { scaledClock } from "../../src/base/clock.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { templateNames } from "../../src/sim/world/names.ts";
import { expectStatus, incidentAt, type MotoAccount, type MotoIncident, motoAccount } from "./moto-incident.ts";
import { deployLoadBalancer, deployService } from "./moto-template/compute.ts";
import { deployNetwork } from "./moto-template/network.ts";
import { restorableMoto } from "./restorable-moto.ts";

// Restoring Nessie's tables at a DynamoDB that we did not write. moto copies a table as it is now, whatever time is asked for, and at
// once: that the data is of that time, and the wait for it, are shown at the simulator. So is the roll-out of the switched tasks.

const REGION = "ap-south-1";
const PROJECT = "restored";
const ACCOUNT_ID = "210000000005";
const PREFIX = "restored-prod-nessie";
const VARIABLE = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX";
const names = templateNames({ project: PROJECT, environment: "prod", region: REGION, accountId: ACCOUNT_ID });
const deployment = deploymentByNamingRule(PROJECT, "prod", "nessie", REGION);
const ROLES = ["refs", "objs"];
const TAGS = [
  { Key: "ManagedBy", Value: "terraform" },
  { Key: "Project", Value: PROJECT },
];

let account: MotoAccount;
let moto: { endpoint: string; close(): void };
let at: MotoIncident;

beforeAll(async () => {
  account = await motoAccount(ACCOUNT_ID, REGION);
  const network = await deployNetwork(account.clients, names);
  await deployService(account.clients, names, network, await deployLoadBalancer(account.clients, names, network));
  const { ecs } = account.clients;
  const { taskDefinition: first } = await ecs.describeTaskDefinition({ taskDefinition: names.taskFamily });
  const { taskDefinition: opening } = await ecs.registerTaskDefinition({
    family: names.taskFamily,
    cpu: first!.cpu!,
    memory: first!.memory!,
    networkMode: first!.networkMode!,
    requiresCompatibilities: first!.requiresCompatibilities!,
    containerDefinitions: [{ ...first!.containerDefinitions![0], environment: [{ name: VARIABLE, value: PREFIX }] }],
  });
  await ecs.updateService({
    cluster: names.cluster,
    service: names.service,
    taskDefinition: opening!.taskDefinitionArn!,
    desiredCount: 0,
  });
  for (const role of ROLES) await createTable(`${PREFIX}_${role}`);
  await writeStore();
  moto = await restorableMoto(inject("motoEndpoint"));
  // Waits for a roll-out that moto does not carry out are over in seconds.
  const clock = scaledClock({ domainEpochMs: Date.now(), wallEpochMs: Date.now(), speed: 600 });
  at = await incidentAt(account, deployment, { clock, endpoint: moto.endpoint });
});

afterAll(async () => {
  await at?.close();
  moto?.close();
});

/** Half an hour ago by moto's clock, behind which the incident's hurries on. */
const before30m = () => new Date(Date.now() - 30 * 60_000).toISOString();

/** A table with every setting that a restore leaves out. */
async function createTable(TableName: string): Promise<void> {
  const { dynamodb } = account.clients;
  await dynamodb.createTable({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "k", KeyType: "HASH" }],
    DeletionProtectionEnabled: true,
    Tags: TAGS,
  });
  const specification = { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 21 };
  await dynamodb.updateContinuousBackups({ TableName, PointInTimeRecoverySpecification: specification });
  await dynamodb.updateTimeToLive({
    TableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
  });
}

/** Objects, and references that point at them, as Nessie keeps them. */
async function writeStore(): Promise<void> {
  const { dynamodb } = account.clients;
  for (const name of ["main", "staging", "experiment"]) {
    const id = createHash("sha256").update(name).digest();
    const object = {
      k: { S: `nessie:${id.toString("hex")}` },
      y: { S: "c" },
      v: { B: Buffer.from(`commit of ${name}`) },
    };
    await dynamodb.putItem({ TableName: `${PREFIX}_objs`, Item: object });
    const reference = { k: { S: `nessie:${name}` }, d: { BOOL: false }, p: { B: id } };
    await dynamodb.putItem({ TableName: `${PREFIX}_refs`, Item: reference });
  }
}

/** Everything of a table that a reader sees. */
async function tableState(TableName: string) {
  const { dynamodb } = account.clients;
  const { Table: table } = await dynamodb.describeTable({ TableName });
  const { Items = [] } = await dynamodb.scan({ TableName });
  const { ContinuousBackupsDescription: backups } = await dynamodb.describeContinuousBackups({ TableName });
  const { Tags = [] } = await dynamodb.listTagsOfResource({ ResourceArn: table!.TableArn! });
  const { PointInTimeRecoveryStatus, RecoveryPeriodInDays } = backups!.PointInTimeRecoveryDescription!;
  return {
    items: Items.map((item) => JSON.stringify(item)).sort(),
    keys: table?.KeySchema,
    protection: table?.DeletionProtectionEnabled,
    recovery: [PointInTimeRecoveryStatus, RecoveryPeriodInDays],
    tags: Tags.toSorted((a, b) => a.Key!.localeCompare(b.Key!)),
    timeToLive: (await dynamodb.describeTimeToLive({ TableName })).TimeToLiveDescription?.AttributeName,
  };
}

/** The table prefix that the service's tasks open. */
async function opened(): Promise<string | undefined> {
  const { ecs } = account.clients;
  const where = { cluster: names.cluster, services: [names.service] };
  const { services: [service] = [] } = await ecs.describeServices(where);
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: service!.taskDefinition! });
  return taskDefinition?.containerDefinitions?.[0]?.environment?.find(({ name }) => name === VARIABLE)?.value;
}

test("moto's own window is a single moment, so that without another word of it nothing can be restored (gap)", async () => {
  const direct = await incidentAt(account, deployment);
  const prepared = await direct.incident.prepare("recover-nessie-tables", { at: "10m" });
  await direct.close();
  // Once this fails moto keeps a window: restorable-moto.ts need not say it any more.
  expect(prepared.refusedReason).toMatch(/point in time: .*_refs can be restored from/);
});

test("both tables are restored into new ones, set as the old ones are, verified; Nessie is switched to them, and back", async () => {
  const before = await Promise.all(ROLES.map((role) => tableState(`${PREFIX}_${role}`)));
  const result = await at.run("recover-nessie-tables", { at: before30m() });
  expectStatus(result, "done");
  expect(await Promise.all(ROLES.map((role) => tableState(`${PREFIX}-restored_${role}`)))).toEqual(before);
  expect(await Promise.all(ROLES.map((role) => tableState(`${PREFIX}_${role}`)))).toEqual(before);
  const verified = result.outcomes.find(({ stepId }) => stepId === "verify-tables");
  expect(verified?.note).toContain("3 of 3 sampled references have the object that they point to");

  expect(await opened()).toBe(PREFIX);
  const switched = await at.run("switch-nessie-tables");
  // moto's deployments stay in progress: the calls went through, the promise that they are rolled out is not kept.
  expectStatus(switched, "unverified");
  expect(await opened()).toBe(`${PREFIX}-restored`);
  expectStatus(await at.undo(switched.runId), "done");
  expect(await opened()).toBe(PREFIX);

  expectStatus(await at.undo(result.runId), "done");
  expect(at.asked.at(-1)).toContain("aws dynamodb delete-table");
  const { TableNames: tables } = await account.clients.dynamodb.listTables({});
  expect(tables).toEqual(expect.arrayContaining(ROLES.map((role) => `${PREFIX}-restored_${role}`)));
});

test("a restore that lost an object is not verified", async () => {
  const { dynamodb } = account.clients;
  const lost = { k: { S: `nessie:${createHash("sha256").update("staging").digest("hex")}` } };
  const { Item: object } = await dynamodb.getItem({ TableName: `${PREFIX}_objs`, Key: lost });
  await dynamodb.deleteItem({ TableName: `${PREFIX}_objs`, Key: lost });
  const result = await at.run("recover-nessie-tables", { at: before30m(), suffix: "torn" });
  await dynamodb.putItem({ TableName: `${PREFIX}_objs`, Item: object! });
  expect(result.status).toBe("partial");
  expect(result.failure?.why).toMatch(/staging points at [0-9a-f]{12}, which .*-torn_objs does not have/);
});
