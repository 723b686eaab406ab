import type { AwsCaller } from "../aws/contract.ts";
import { Failure, type FailureDetail, failureDetail } from "../base/failure.ts";
import type { Probe } from "./probes.ts";

/** What came of one probe. `absent`: what it names is not there; the permission is. */
export interface ProbeOutcome {
  probe: Probe;
  status: "allowed" | "absent" | "denied" | "unreachable" | "failed";
  failure?: FailureDetail;
  /** Machine ms. */
  durationMs?: number;
}

/** Sends the probes in parallel; each API's own rate holds them back. Never rejects. */
export function sendProbes(aws: AwsCaller, probes: readonly Probe[], signal: AbortSignal): Promise<ProbeOutcome[]> {
  return Promise.all(probes.map((probe) => send(aws, probe, signal)));
}

async function send(aws: AwsCaller, probe: Probe, signal: AbortSignal): Promise<ProbeOutcome> {
  const [service = "", operation = ""] = probe.operation.split(":");
  try {
    const { output, durationMs } = await aws.callByName(service, operation, probe.input, { purpose: "poll", signal });
    const isThere = probe.shows?.(output as Record<string, unknown>) ?? true;
    return { probe, status: isThere ? "allowed" : "absent", durationMs };
  } catch (error) {
    const cause = signal.aborted ? signal.reason : error;
    const failure = failureDetail(cause, probe.operation);
    return { probe, status: statusOf(cause), failure };
  }
}

function statusOf(error: unknown): ProbeOutcome["status"] {
  if (!(error instanceof Failure)) return "failed";
  if (error.kind === "not-found") return "absent";
  if (error.kind === "denied" || error.kind === "unreachable") return error.kind;
  return "failed";
}
