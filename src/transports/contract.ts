import type { CallOptions } from "../aws/contract.ts";

/** What one call came to. */
export interface Sent {
  output: unknown;
  /** Of the answer, where the other side gives its calls ids. */
  requestId?: string;
}

/**
 * What carries out operations that do not go to AWS. Its operations stand in the table of src/aws/operations.ts like all others, and
 * its calls pass the same gates (route.ts).
 */
export interface Transport {
  /** The services whose operations it carries out: `docker` of `docker:ComposeStop`. */
  readonly services: readonly string[];
  /** Rejects with a Failure, or with the signal's reason. A call that was sent and whose fate is not known fails as `unreachable`. */
  send(service: string, operation: string, input: object, options: CallOptions): Promise<Sent>;
  /** The call as a line that can be pasted into a shell. Never holds a secret. */
  lineOf(service: string, operation: string, input: object): string;
  close(): void;
}
