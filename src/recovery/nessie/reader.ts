import type { AwsCaller, CallOptions } from "../../aws/contract.ts";

/** Who reads, on behalf of an action. */
export interface Reader {
  aws: AwsCaller;
  signal?: AbortSignal;
}

export const calling = ({ signal }: Reader): CallOptions => ({ purpose: "action", ...(signal ? { signal } : {}) });
