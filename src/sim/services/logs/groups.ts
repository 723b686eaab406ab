import { AwsError } from "../../wire/aws-error.ts";
import type { LogGroup } from "../../world/logs/log-store.ts";
import type { Region } from "../../world/region.ts";

/** A refusal of CloudWatch Logs. */
export const invalidParameter = (message: string) => new AwsError("InvalidParameterException", message);

/** A group by name or ARN. @throws AwsError ResourceNotFoundException. */
export function groupOf(region: Region, nameOrArn: string | undefined): LogGroup {
  const name = nameOrArn?.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, "").replace(/:\*$/, "") ?? "";
  const group = region.logs.groups.get(name);
  if (!group) throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
  return group;
}
