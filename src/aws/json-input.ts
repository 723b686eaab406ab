import { withOpenBody } from "./file-body.ts";

/** Members that are times, by operation: plans are plain JSON, where a time is text, and the SDK takes only a Date. */
const TIMES: Record<string, readonly string[]> = {
  "dynamodb:RestoreTableToPointInTime": ["RestoreDateTime"],
  // Expiration.Date and Transitions[].Date of a lifecycle rule.
  "s3:PutBucketLifecycleConfiguration": ["Date"],
};

/** An input that came as plain JSON, with its times as Dates again; a body that lies in a file is opened anew for each attempt. */
export function fromJsonInput(service: string, operation: string, input: object): object {
  const times = TIMES[`${service}:${operation}`];
  return times ? (revived(input, times) as object) : withOpenBody(input);
}

function revived(value: unknown, times: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => revived(one, times));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      times.includes(name) && typeof member === "string" ? new Date(member) : revived(member, times),
    ]),
  );
}
