import { AwsError } from "../../wire/aws-error.ts";
import type { Table } from "../../world/dynamodb/table.ts";
import type { Region } from "../../world/region.ts";
import { shortName } from "../paging.ts";

/** The table of a request for items, which may be refused. @throws AwsError ResourceNotFoundException, or of a throttle. */
export function requestedTable(region: Region, name: string | undefined, operation: string): Table {
  const table = region.dynamodb.byName.get(shortName(name));
  if (!table) throw new AwsError("ResourceNotFoundException", "Requested resource not found");
  region.dynamodb.request(table, operation);
  return table;
}
