import type { Column } from "../glue/catalog.ts";
import type { IcebergSchema } from "./schema.ts";

const GLUE_TYPES: Record<string, string> = { long: "bigint", timestamptz: "timestamp" };

/** A schema's columns with their types as Glue spells them (AWS Glue developer guide, Iceberg tables). */
export function glueColumns({ columns }: IcebergSchema): Column[] {
  return columns.map(({ name, type }) => ({ name, type: GLUE_TYPES[type] ?? type.replaceAll(" ", "") }));
}
