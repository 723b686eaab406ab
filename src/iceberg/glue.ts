import type { JsonObject } from "../base/json.ts";
import { type IcebergField, type IcebergType, typeText } from "./type.ts";

/** The Glue database of a lakehouse among all: the template's name for it, else the one whose location is in its bucket. */
export function chooseDatabase(
  databases: readonly { name: string; location: string }[],
  lakehouse: { project: string; environment: string; bucket: string },
): string | undefined {
  const { project, environment, bucket } = lakehouse;
  // Athena reads no names with hyphens (Athena user guide, name databases, tables, and columns).
  const named = `${project}_${environment}`;
  const byName = databases.find(({ name }) => name === named || name === named.replaceAll("-", "_"));
  return (byName ?? databases.find(({ location }) => location.startsWith(`s3://${bucket}/`)))?.name;
}

/** Iceberg's types as Glue spells them (AWS Glue developer guide, Iceberg tables; Hive's types). */
const GLUE_NAMES: Record<string, string> = {
  long: "bigint",
  timestamptz: "timestamp",
  time: "string",
  uuid: "string",
};

/** A type in Glue's spelling: `bigint`, `array<string>`, `struct<a:int>`. */
export function glueType(type: IcebergType): string {
  switch (type.kind) {
    case "primitive":
      return type.name.startsWith("fixed") ? "binary" : (GLUE_NAMES[type.name] ?? typeText(type).replaceAll(" ", ""));
    case "list":
      return `array<${glueType(type.element)}>`;
    case "map":
      return `map<${glueType(type.key)},${glueType(type.value)}>`;
    case "struct":
      return `struct<${type.fields.map(({ name, type: own }) => `${name}:${glueType(own)}`).join(",")}>`;
  }
}

/** Members of GetTable's answer that UpdateTable takes (AWS Glue API reference, TableInput). */
const INPUT_MEMBERS = [
  "Name",
  "Description",
  "Owner",
  "LastAccessTime",
  "LastAnalyzedTime",
  "Retention",
  "StorageDescriptor",
  "PartitionKeys",
  "ViewOriginalText",
  "ViewExpandedText",
  "TableType",
  "Parameters",
  "TargetTable",
];

/** The input that writes a table back as Glue gave it, with another metadata file and its columns. */
export function tableInputOf(
  table: JsonObject,
  metadata: { location: string; previous: string; fields: readonly IcebergField[] },
): JsonObject {
  const input = Object.fromEntries(
    INPUT_MEMBERS.flatMap((name) => (table[name] === undefined ? [] : [[name, table[name]]])),
  ) as JsonObject;
  const storage = (table.StorageDescriptor ?? {}) as JsonObject;
  const comments = new Map(
    (Array.isArray(storage.Columns) ? (storage.Columns as JsonObject[]) : []).map(({ Name, Comment }) => [
      Name,
      Comment,
    ]),
  );
  return {
    ...input,
    Parameters: {
      ...((table.Parameters ?? {}) as JsonObject),
      metadata_location: metadata.location,
      previous_metadata_location: metadata.previous,
    },
    StorageDescriptor: {
      ...storage,
      Columns: metadata.fields.map(({ name, type }) => {
        const comment = comments.get(name);
        return { Name: name, Type: glueType(type), ...(typeof comment === "string" ? { Comment: comment } : {}) };
      }),
    },
  };
}
