import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";

export const client = DynamoDBClient;

export const commands = {
  GetItem: GetItemCommand,
};
