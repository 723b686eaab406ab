import { AwsError, throttled } from "./wire/aws-error.ts";
import { expiredToken } from "./wire/credential-errors.ts";
import type { CallFate } from "./wire/server.ts";
import type { WireCall } from "./wire/types.ts";

export const FAULT_KINDS = [
  "latency",
  "throttle",
  "server-error",
  "hang",
  "deny",
  "drop-before",
  "drop-after",
  "drop-middle",
  "expired",
  "partial-pages",
  "skew",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * A disturbance of calls.
 * - latency: the call waits `latencyMs` machine ms before it is carried out.
 * - throttle: answered with "Rate exceeded", or by an endpoint beside AWS with status 429 and Retry-After; not carried out.
 * - server-error: answered with status 500, not carried out.
 * - hang: never answered, not carried out.
 * - deny: answered with AccessDenied, not carried out.
 * - drop-before: the connection breaks, the call is not carried out.
 * - drop-after: the call is carried out, then the connection breaks without an answer.
 * - drop-middle: the call is carried out, and the connection breaks behind the first half of the answer.
 * - expired: answered as if the session token had expired.
 * - partial-pages: carried out; the page of a list looks at no more than `pageItems` items, and has a token when there are more.
 * - skew: the answers' Date headers differ by `skewMs` from virtual time; stays for every call while it is there.
 */
export interface Fault {
  kind: FaultKind;
  /** SigV4 signing name (ecs, logs, monitoring, s3 ...), or an endpoint beside AWS (nessie, slack, pagerduty); undefined: all. */
  service?: string;
  /** Undefined: every operation. */
  operation?: string;
  /** How many calls pass before it begins; default 0. */
  after?: number;
  /** How many calls it hits; undefined: all. */
  times?: number;
  /** Hits one call of so many that it could hit, the first of them not before the last of these: 20 is 5 % of the calls. */
  every?: number;
  latencyMs?: number;
  /** What a throttled call of an endpoint beside AWS is told to wait, seconds; default 30. */
  retryAfterSeconds?: number;
  skewMs?: number;
  /** Items that a partial page looks at, default 1. 0: every other page is empty beside its token, where a token is no key. */
  pageItems?: number;
  /** Told when it hits a call, before its effect: tests kill the caller right there. */
  onHit?: () => void;
}

/** The faults of a running simulator. */
export class Faults {
  #active: { fault: Fault; left: number; seen: number }[] = [];

  /** Adds a fault. @returns removes it again. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY, seen: 0 };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** Sum of the clock skews in force, ms. */
  skewMs(): number {
    return this.#active.reduce((sum, { fault }) => sum + (fault.kind === "skew" ? (fault.skewMs ?? 0) : 0), 0);
  }

  /** What happens to this call; counts down faults that hit it. @throws AwsError for throttle, deny and expired. */
  async apply(call: WireCall, deny: () => AwsError): Promise<CallFate> {
    let fate: CallFate = "answer";
    for (const entry of this.#active) {
      const { fault } = entry;
      if (fault.kind === "skew" || entry.left <= 0) continue;
      if (fault.service !== undefined && fault.service !== call.service) continue;
      if (fault.operation !== undefined && fault.operation !== call.operation) continue;
      entry.seen += 1;
      const seen = entry.seen - (fault.after ?? 0);
      if (seen <= 0 || seen % (fault.every ?? 1) !== 0) continue;
      entry.left -= 1;
      fault.onHit?.();
      if (fault.kind === "latency") await waitMachineMs(fault.latencyMs ?? 0, call.signal);
      else if (fault.kind === "throttle") throw throttling(call.service, fault);
      else if (fault.kind === "server-error") throw serverError();
      else if (fault.kind === "deny") throw deny();
      else if (fault.kind === "expired") throw expiredToken(call.service);
      else if (fault.kind === "partial-pages") call.pageItems = fault.pageItems ?? 1;
      else fate = fault.kind;
    }
    this.#active = this.#active.filter((entry) => entry.left > 0);
    return fate;
  }
}

/** Waits machine time; ends early, without an error, when the caller hangs up (the call is then carried out for nobody). */
function waitMachineMs(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, durationMs);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** Endpoints beside AWS: they refuse with status 429. */
const HTTP_ENDPOINTS = new Set(["nessie", "slack", "pagerduty"]);
const RETRY_AFTER_SECONDS = 30;

/** What services call it that do not say ThrottlingException: S3, EC2, and those of the query protocol (their lists of common errors). */
const THROTTLING_CODES: Record<string, string> = {
  s3: "SlowDown",
  ec2: "RequestLimitExceeded",
  iam: "Throttling",
  sts: "Throttling",
  sns: "Throttling",
  elasticloadbalancing: "Throttling",
};

function throttling(service: string, fault: Fault): AwsError {
  if (!HTTP_ENDPOINTS.has(service)) return throttled(THROTTLING_CODES[service]);
  const seconds = fault.retryAfterSeconds ?? RETRY_AFTER_SECONDS;
  return new AwsError("TooManyRequests", "Rate exceeded", { status: 429, headers: { "retry-after": String(seconds) } });
}

const serverError = () =>
  new AwsError(
    "InternalFailure",
    "The request processing has failed because of an unknown error, exception or failure.",
    { status: 500 },
  );
