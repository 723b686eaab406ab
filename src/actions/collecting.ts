import type { AwsCaller } from "../aws/contract.ts";
import { formatUtc } from "../base/duration.ts";
import { failureDetail } from "../base/failure.ts";
import { type Json, type JsonObject, toJson } from "../base/json.ts";
import type { JobContext, JobResult } from "./jobs.ts";

export type Caller = (service: string, operation: string, input: JsonObject) => Promise<Json>;

/** A piece of evidence that becomes a file of its own. */
export interface Part {
  name: string;
  read(caller: Caller): Promise<Json | PartialRead>;
}

/** What there was when reading had to stop, and what stopped it: an error, or in words. */
export class PartialRead {
  readonly value: Json;
  readonly cause: unknown;

  constructor(value: Json, cause: unknown) {
    this.value = value;
    this.cause = cause;
  }
}

/** Reads the parts in parallel, each into a file of its own; what could not be read is named with its reason. */
export async function collect(parts: Part[], service: string, context: JobContext): Promise<JobResult> {
  const missing: string[] = [];
  const allRequestIds: string[] = [];
  const files: string[] = [];
  const reasonOf = (cause: unknown, name: string): string => {
    if (typeof cause === "string") return cause;
    return failureDetail(context.signal.aborted ? context.signal.reason : cause, name).why;
  };
  await Promise.all(
    parts.map(async (part) => {
      const requestIds: string[] = [];
      try {
        const read = await part.read(recordingCaller(context.aws, context.signal, requestIds));
        const isPartial = read instanceof PartialRead;
        const value = isPartial ? read.value : read;
        const reason = isPartial ? reasonOf(read.cause, part.name) : "";
        const at = formatUtc(context.clock.now()).replace(/[-:.]/g, "");
        const file = `${at}-${service}-${part.name}.json`;
        await context.storeEvidence(file, `${JSON.stringify(value, null, 2)}\n`, {
          source: `${part.name} of ${service}`,
          requestIds,
          ...(isPartial ? { status: "partial" as const, reason } : {}),
        });
        if (isPartial) missing.push(`${part.name}: ${reason}`);
        files.push(file);
        context.progress(`${files.length} of ${parts.length} collected`);
      } catch (error) {
        missing.push(`${part.name}: ${reasonOf(error, part.name)}`);
      } finally {
        allRequestIds.push(...requestIds);
      }
    }),
  );
  return { complete: missing.length === 0, missing, requestIds: allRequestIds, output: { files: files.sort() } };
}

function recordingCaller(aws: AwsCaller, signal: AbortSignal, requestIds: string[]): Caller {
  return async (service, operation, input) => {
    const { output, requestId } = await aws.callByName(service, operation, input, { purpose: "action", signal });
    requestIds.push(requestId);
    return toJson(output);
  };
}
