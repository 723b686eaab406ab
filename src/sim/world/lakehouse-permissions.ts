import type { World } from "./world.ts";

/** The registered lakehouse, and what the template's roles and Dagster may do with it. */
export function addPermissions(world: World, createdAtMs: number): void {
  const { lakeFormation, names } = world;
  const role = (suffix: string) => `arn:aws:iam::${names.accountId}:role/${names.prefix}-${suffix}`;
  const arn = `arn:aws:s3:::${names.lakehouseBucket}`;
  lakeFormation.locations.set(arn, { arn, roleArn: role("lakeformation"), registeredAtMs: createdAtMs });
  lakeFormation.admins.push(role("lakehouse-admin"));
  const database = { Database: { Name: names.glueDatabase } };
  const tables = { Table: { DatabaseName: names.glueDatabase, TableWildcard: {} } };
  const location = { DataLocation: { ResourceArn: arn } };
  lakeFormation.grant(role("lakehouse-admin"), database, ["ALL"], ["ALL"]);
  lakeFormation.grant(role("lakehouse-admin"), tables, ["ALL"], ["ALL"]);
  for (const writer of ["lakehouse-writer", "dagster-task"]) {
    lakeFormation.grant(role(writer), database, ["DESCRIBE", "CREATE_TABLE"]);
    lakeFormation.grant(role(writer), tables, ["SELECT", "INSERT", "DELETE", "ALTER", "DESCRIBE"]);
    lakeFormation.grant(role(writer), location, ["DATA_LOCATION_ACCESS"]);
  }
  lakeFormation.grant(role("lakehouse-reader"), database, ["DESCRIBE"]);
  lakeFormation.grant(role("lakehouse-reader"), tables, ["SELECT", "DESCRIBE"]);
}
