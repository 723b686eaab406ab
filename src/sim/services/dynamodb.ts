import type * as Wire from "@aws-sdk/client-dynamodb";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Region } from "../world/region.ts";
import { readOperations } from "./dynamodb/read-operations.ts";
import { tableOperations } from "./dynamodb/table-operations.ts";
import { writeOperations } from "./dynamodb/write-operations.ts";

/** Amazon DynamoDB: tables, items by expressions, point-in-time recovery. */
export function dynamoDbService(region: Region): ServiceDefinition {
  return defineService<typeof Wire>({
    signingName: "dynamodb",
    load: () => import("@aws-sdk/client-dynamodb"),
    clientName: "DynamoDBClient",
    operations: { ...tableOperations(region), ...readOperations(region), ...writeOperations(region) },
  });
}
