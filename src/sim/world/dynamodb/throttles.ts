import { AwsError } from "../../wire/aws-error.ts";
import type { Table } from "./table.ts";

/** Why requests are refused: one key is asked for too often, a maximum of the table, or the account's. */
export type ThrottleCause = "hot-partition" | "table-maximum" | "account-limit";

/** Requests of one operation on one table that DynamoDB refuses. */
export interface Throttle {
  table: string;
  /** `PutItem`, `GetItem` ... */
  operation: string;
  cause: ThrottleCause;
  /** Share of the requests that is refused, above 0 to 1. */
  share: number;
  /** Refused requests a second of the lakehouse's own workload, for the metric. */
  perSecond: number;
}

const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);

/** Whether an operation writes. */
export function writes(operation: string): boolean {
  return WRITES.has(operation);
}

/** Reasons as DynamoDB names them (developer guide, throttling reasons): the middle of `TableWrite...ThroughputExceeded`. */
const REASONS: Record<ThrottleCause, string> = {
  "hot-partition": "KeyRangeThroughputExceeded",
  "table-maximum": "MaxOnDemandThroughputExceeded",
  "account-limit": "AccountLimitExceeded",
};

function refusal(table: Table, operation: string, cause: ThrottleCause): AwsError {
  const reasons = [
    { reason: `Table${writes(operation) ? "Write" : "Read"}${REASONS[cause]}`, resource: table.identity.arn },
  ];
  if (cause === "account-limit")
    return new AwsError(
      "RequestLimitExceeded",
      "Throughput exceeds the current throughput limit for your account. Please contact AWS Support at https://aws.amazon.com/support to request a limit increase",
      { members: { ThrottlingReasons: reasons } },
    );
  if (table.billingMode === "PAY_PER_REQUEST")
    return new AwsError(
      "ThrottlingException",
      "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html",
      { members: { throttlingReasons: reasons } },
    );
  return new AwsError(
    "ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
    { members: { ThrottlingReasons: reasons } },
  );
}

/** The throttles in force, switched on and off by scenarios and tests. */
export class Throttles {
  #active: { throttle: Throttle; calls: number }[] = [];

  /** Switches a throttle on. @returns switches it off. */
  add(throttle: Throttle): () => void {
    const entry = { throttle, calls: 0 };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((other) => other !== entry);
    };
  }

  get active(): readonly Throttle[] {
    return this.#active.map(({ throttle }) => throttle);
  }

  /** The refusal of this request, undefined when it may pass. Refused requests are spread evenly, without chance. */
  refuse(table: Table, operation: string): AwsError | undefined {
    const entry = this.#active.find(
      ({ throttle }) => throttle.table === table.name && throttle.operation === operation,
    );
    if (!entry) return undefined;
    const { share, cause } = entry.throttle;
    entry.calls += 1;
    const refused = Math.floor(entry.calls * share) > Math.floor((entry.calls - 1) * share);
    return refused ? refusal(table, operation, cause) : undefined;
  }
}
