import { cliLine } from "../../aws/cli-line.ts";
import type { InputOf, OperationName, OutputOf, ServiceName } from "../../aws/contract.ts";
import { Failure } from "../../base/failure.ts";
import type { FactContext } from "../contract.ts";

/** Reads AWS for one fact, and keeps the `aws` line of each read. */
export class FactReader {
  readonly context: FactContext;
  readonly lines: string[] = [];

  constructor(context: FactContext) {
    this.context = context;
  }

  async call<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O>> {
    const { aws, signal } = this.context;
    const where = { region: aws.region, ...(aws.endpoint ? { endpoint: aws.endpoint } : {}) };
    this.lines.push(cliLine(service, operation, input as object, where));
    return (await aws.call(service, operation, input, { purpose: "poll", signal })).output;
  }

  /** The same where "there is none" comes as an error: null for these codes, or for every error of kind not-found. */
  async callIfThere<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
    codes?: readonly string[],
  ): Promise<OutputOf<S, O> | null> {
    try {
      return await this.call(service, operation, input);
    } catch (error) {
      const isNone =
        error instanceof Failure && (codes ? codes.includes(error.detail.code ?? "") : error.kind === "not-found");
      if (isNone) return null;
      throw error;
    }
  }
}
