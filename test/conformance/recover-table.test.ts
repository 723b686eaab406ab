import { afterAll, beforeAll, expect, test } from "vitest";
import { markerBefore } from "../../src/recovery/s3/keys.ts";
import { IcebergTable } from "../../src/sim/world/iceberg/table.ts";
import { TEMPLATE_TABLES } from "../../src/sim/world/iceberg/template-tables.ts";
import { randomStream } from "../../src/sim/world/random.ts";
import { Bucket } from "../../src/sim/world/s3/bucket.ts";
import { expectStatus, incidentAt, type MotoAccount, type MotoIncident, motoAccount } from "./moto-incident.ts";

// Recovering an Iceberg table by its snapshot at an S3 and a Glue that we did not write. The table's files are those of the simulator's
// writer. moto leaves out the first version behind a KeyMarker that is no key, so that something to leave out lies before each file.

const REGION = "sa-east-1";
const BUCKET = "iceberg-prod-lakehouse";
const TABLE = "lakehouse.orders";
const template = TEMPLATE_TABLES.find(({ name }) => name === "orders")!;

let account: MotoAccount;
let at: MotoIncident;
let table: IcebergTable;
let files: { key: string; body: Uint8Array }[];

const keyOf = (path: string) => path.replace(`s3://${BUCKET}/`, "");

beforeAll(async () => {
  account = await motoAccount("210000000006", REGION);
  const { s3, glue } = account.clients;
  await s3.createBucket({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } });
  await s3.putBucketVersioning({ Bucket: BUCKET, VersioningConfiguration: { Status: "Enabled" } });
  writeTable();
  for (const { key, body } of files) {
    await s3.putObject({ Bucket: BUCKET, Key: markerBefore(key)!, Body: "left out by moto" });
    await s3.putObject({ Bucket: BUCKET, Key: key, Body: body });
  }
  const LocationUri = `s3://${BUCKET}/lakehouse/`;
  await glue.createDatabase({ DatabaseInput: { Name: "iceberg_prod", LocationUri } });
  await glue.createTable({
    DatabaseName: "iceberg_prod",
    TableInput: {
      Name: "orders",
      TableType: "EXTERNAL_TABLE",
      Parameters: { table_type: "ICEBERG", metadata_location: table.metadataLocation },
    },
  });
  at = await incidentAt(account, {
    project: "iceberg",
    environment: "prod",
    catalogType: "glue",
    region: REGION,
    buckets: { lakehouse: BUCKET },
    alarmPrefixes: [],
    logGroups: [],
  });
});

afterAll(() => at?.close());

/** Writes a table of four small commits. */
function writeTable(): void {
  const createdAtMs = Date.now() - 3_600_000;
  const random = randomStream(1, "iceberg at moto");
  const { accountId } = account;
  const bucket = new Bucket(
    { name: BUCKET, region: REGION, accountId, createdAtMs, versioning: "Enabled" },
    () => random,
  );
  const { name, columns, partitionBy } = template;
  const partition = partitionBy === undefined ? {} : { partitionBy };
  table = new IcebergTable({ bucket, namespace: "lakehouse", name, columns, createdAtMs, random, ...partition });
  for (let commit = 1; commit <= 4; commit++) {
    const size = { records: 10, bytes: 500 };
    table.append([size, size], createdAtMs + commit * 60_000);
  }
  files = [...bucket.objects.from("")].map(([key, [version]]) => {
    const content = version!.content!;
    return { key, body: content.bytes(0, content.size) };
  });
}

/** Keys that can be read, without what is there for moto. */
async function readable(): Promise<string[]> {
  const { Contents = [] } = await account.clients.s3.listObjectsV2({ Bucket: BUCKET });
  const own = new Set(files.map(({ key }) => key));
  return Contents.flatMap(({ Key = "" }) => (own.has(Key) ? [Key] : []));
}

test("exactly the files that the current snapshot needs come back, and go again by the undo", async () => {
  const { s3 } = account.clients;
  const Objects = files.map(({ key }) => ({ Key: key }));
  await s3.deleteObjects({ Bucket: BUCKET, Delete: { Objects } });
  expect(await readable()).toEqual([]);
  const result = await at.run("recover-table", { table: TABLE });
  expectStatus(result, "done");
  const back = await readable();
  const data = table.dataFiles.map(({ path }) => keyOf(path));
  expect(data).toHaveLength(8);
  expect(back.filter((key) => key.includes("/data/"))).toEqual(data.toSorted());
  // Of the metadata one file, one list, and the manifests that the list names: one a commit.
  const metadata = back.filter((key) => key.includes("/metadata/"));
  expect(metadata.filter((key) => key.endsWith(".metadata.json"))).toEqual([table.metadataKey]);
  expect(metadata.filter((key) => key.includes("/snap-"))).toEqual([keyOf(table.snapshots.at(-1)!.manifestList)]);
  expect(metadata).toHaveLength(6);
  expectStatus(await at.undo(result.runId), "done");
  expect(await readable()).toEqual([]);
});
