/** Primitive types of Iceberg that simulated tables use. */
export type IcebergType =
  | "boolean"
  | "int"
  | "long"
  | "double"
  | "date"
  | "timestamptz"
  | "string"
  | `decimal(${number}, ${number})`;

export interface IcebergColumn {
  id: number;
  name: string;
  type: IcebergType;
  required: boolean;
  doc?: string;
}

/** One of a table's schemas; changing the columns makes a new one, the old ones stay. */
export interface IcebergSchema {
  schemaId: number;
  columns: readonly IcebergColumn[];
}

/** A partition field: the day of a timestamp column. */
export interface DayPartition {
  /** 1000 and up (Iceberg specification, partition evolution). */
  fieldId: number;
  sourceId: number;
  name: string;
}

/** A schema in the form of the metadata file (Iceberg specification, appendix C). */
export function schemaJson({ schemaId, columns }: IcebergSchema): object {
  return { type: "struct", "schema-id": schemaId, fields: columns.map((column) => ({ ...column })) };
}

/** The fields of a partition spec in that form. */
export function partitionFieldsJson(partition: DayPartition | undefined): object[] {
  if (!partition) return [];
  const { fieldId, sourceId, name } = partition;
  return [{ name, transform: "day", "source-id": sourceId, "field-id": fieldId }];
}
