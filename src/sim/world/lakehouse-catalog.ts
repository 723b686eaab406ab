import type { Column } from "./glue/catalog.ts";
import type { LakehouseTable } from "./nessie/workload.ts";
import type { World } from "./world.ts";

const column = (text: string): Column => {
  const [name = "", type = ""] = text.split(" ");
  return { name, type };
};

/** Columns of the lakehouse's tables, types as Glue spells them. */
export const LAKEHOUSE_COLUMNS: Record<LakehouseTable, readonly Column[]> = {
  event_stream: [
    "event_id string",
    "event_type string",
    "user_id bigint",
    "payload string",
    "event_time timestamp",
  ].map(column),
  orders: [
    "order_id bigint",
    "customer_id bigint",
    "status string",
    "amount decimal(12,2)",
    "ordered_at timestamp",
  ].map(column),
  customers: ["customer_id bigint", "name string", "email string", "country string", "created_at timestamp"].map(
    column,
  ),
  inventory: ["sku string", "warehouse string", "quantity int", "updated_at timestamp"].map(column),
};

/** Where a table's current metadata is. */
export function metadataLocation(world: World, table: LakehouseTable): string {
  return `s3://${world.names.lakehouseBucket}/lakehouse/${table}/metadata/00000-a.metadata.json`;
}

/** The Glue database of a Glue lakehouse with its Iceberg tables. With Nessie as the catalog the database is there, without tables. */
export function addCatalog(world: World, createdAtMs: number): void {
  const { glue, names } = world;
  const bucket = `s3://${names.lakehouseBucket}`;
  glue.addDatabase({ name: names.glueDatabase, locationUri: `${bucket}/lakehouse/`, parameters: {}, createdAtMs });
  if (names.catalogType !== "glue") return;
  const by = `arn:aws:sts::${names.accountId}:assumed-role/terraform/ci`;
  for (const [name, columns] of Object.entries(LAKEHOUSE_COLUMNS)) {
    const parameters = { table_type: "ICEBERG", metadata_location: metadataLocation(world, name as LakehouseTable) };
    const input = {
      name,
      tableType: "EXTERNAL_TABLE",
      columns: [...columns],
      location: `${bucket}/lakehouse/${name}`,
      parameters,
    };
    glue.createTable(names.glueDatabase, input, by, createdAtMs);
  }
}
