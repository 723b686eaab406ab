import type { World } from "./world.ts";

/** What who writes tables may do with them. */
export const TABLE_WRITER = ["SELECT", "INSERT", "DELETE", "ALTER", "DESCRIBE"] as const;

/** The registered lakehouse, and what the template's roles, Dagster and the data team may do with it. */
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
  const dataTeam = `arn:aws:iam::${names.accountId}:role/data-engineer`;
  for (const writer of [role("lakehouse-writer"), role("dagster-task"), dataTeam]) {
    lakeFormation.grant(writer, database, ["DESCRIBE", "CREATE_TABLE"]);
    lakeFormation.grant(writer, tables, [...TABLE_WRITER]);
    lakeFormation.grant(writer, location, ["DATA_LOCATION_ACCESS"]);
  }
  lakeFormation.grant(role("lakehouse-reader"), database, ["DESCRIBE"]);
  lakeFormation.grant(role("lakehouse-reader"), tables, ["SELECT", "DESCRIBE"]);
}
