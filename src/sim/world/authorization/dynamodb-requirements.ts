import { type CallPlace, type Input, type Requirement, text } from "./requirement.ts";

/** What a restore does to its target table (DynamoDB developer guide, IAM permissions for point-in-time recovery). */
const RESTORE_TARGET_ACTIONS = [
  "BatchWriteItem",
  "DeleteItem",
  "GetItem",
  "PutItem",
  "Query",
  "Scan",
  "UpdateItem",
].map((name) => `dynamodb:${name}`);

const TRANSACTION_ACTIONS: Record<string, string> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  Get: "GetItem",
  ConditionCheck: "ConditionCheckItem",
};

/** The permissions of a DynamoDB call: on tables, on indexes where one is named. */
export function dynamoDbRequirements(place: CallPlace, operation: string, input: Input): Requirement[] {
  const table = (name: unknown) => {
    const given = text(name) ?? "*";
    return given.startsWith("arn:") ? given : `arn:aws:dynamodb:${place.region}:${place.accountId}:table/${given}`;
  };
  const action = `dynamodb:${operation}`;
  if (operation === "RestoreTableToPointInTime") {
    const source = table(input.SourceTableArn ?? input.SourceTableName);
    const target = table(input.TargetTableName);
    const onTarget = RESTORE_TARGET_ACTIONS.map((one) => ({ action: one, resource: target }));
    return [{ action, resource: source }, ...onTarget];
  }
  if (operation === "TransactWriteItems" || operation === "TransactGetItems") {
    return transactionParts(input.TransactItems).map(([name, part]) => ({
      action: `dynamodb:${TRANSACTION_ACTIONS[name] ?? name}`,
      resource: table(part.TableName),
    }));
  }
  const batch = input.RequestItems;
  if (typeof batch === "object" && batch !== null) {
    return Object.keys(batch).map((name) => ({ action, resource: table(name) }));
  }
  const index = text(input.IndexName);
  const resource = text(input.ResourceArn) ?? table(input.TableName);
  return [{ action, resource: index === undefined ? resource : `${resource}/index/${index}` }];
}

function transactionParts(items: unknown): [string, Input][] {
  const list: unknown[] = Array.isArray(items) ? items : [];
  return list.flatMap((item) => Object.entries(item as Record<string, Input>));
}
