import type * as Wire from "@aws-sdk/client-dynamodb";

type WriteInput = Pick<
  Wire.PutItemCommandInput,
  | "ConditionExpression"
  | "ExpressionAttributeNames"
  | "ExpressionAttributeValues"
  | "ReturnValuesOnConditionCheckFailure"
>;

/** What every kind of write says beside its item or key. */
export function writeInput(input: WriteInput) {
  return {
    condition: input.ConditionExpression,
    names: input.ExpressionAttributeNames,
    values: input.ExpressionAttributeValues,
    returnOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
  };
}
