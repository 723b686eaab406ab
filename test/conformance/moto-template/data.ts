import type { Names } from "../../../src/sim/world/names.ts";
import type { Clients } from "../clients.ts";

/** Buckets, the catalog's database, and what Lake Formation knows of them. */
export async function deployData({ s3, glue, lakeFormation }: Clients, names: Names): Promise<void> {
  for (const Bucket of [names.lakehouseBucket, names.auditBucket]) await s3.createBucket({ Bucket });
  const LocationUri = `s3://${names.lakehouseBucket}/lakehouse/`;
  await glue.createDatabase({ DatabaseInput: { Name: names.glueDatabase, LocationUri } });
  const role = (name: string) => `arn:aws:iam::${names.accountId}:role/${names.prefix}-${name}`;
  const ResourceArn = `arn:aws:s3:::${names.lakehouseBucket}`;
  await lakeFormation.registerResource({ ResourceArn, RoleArn: role("lakeformation") });
  await lakeFormation.putDataLakeSettings({
    DataLakeSettings: { DataLakeAdmins: [{ DataLakePrincipalIdentifier: role("lakehouse-admin") }] },
  });
}

/** The alarms' topic. */
export async function deployTopic({ sns }: Clients, names: Names): Promise<void> {
  const Tags = [{ Key: "Project", Value: names.project }];
  await sns.createTopic({ Name: `${names.prefix}-alerts`, Tags });
}
