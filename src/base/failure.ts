/**
 * Why something from outside did not work, in the kinds that the reader can act on.
 * - denied: AWS says that the caller may not; `missingPermission` names the IAM action where AWS told it.
 * - throttled: a quota; it will be tried again by itself.
 * - expired: the credentials ran out; log in again.
 * - not-found: the named thing does not exist (wrong region, account or name).
 * - unreachable: no answer from the endpoint: network, DNS, proxy, time-out.
 * - refused: a gate of our own (read-only mode, other account, loopback only) did not let it through.
 * - invalid: AWS understood the request and rejected it (validation, conflict, wrong state).
 * - bug: none of the above: ours, or an answer that nobody expected.
 */
export type FailureKind =
  | "denied"
  | "throttled"
  | "expired"
  | "not-found"
  | "unreachable"
  | "refused"
  | "invalid"
  | "bug";

/** What a failure says to a person: what failed, why, what to do next. All text is sanitised, without secrets. */
export interface FailureDetail {
  kind: FailureKind;
  /** What was attempted: "ecs:UpdateService nessie". */
  what: string;
  /** Why it failed, in one sentence. */
  why: string;
  /** What to do next, in one sentence. */
  next: string;
  /** The error code that AWS gave, such as AccessDeniedException. */
  code?: string;
  /** The IAM action that is missing, such as ecs:UpdateService. Only for `denied`. */
  missingPermission?: string;
  /** AWS request id, where there was an answer. */
  requestId?: string;
  /** Of a failed call that would have changed something: it certainly did not take effect. */
  isSent?: false;
  /** The region in which it is, where AWS says that it is another one. */
  region?: string;
}

/** An expected failure. Everything else that is thrown is a bug. */
export class Failure extends Error {
  readonly detail: FailureDetail;

  constructor(detail: FailureDetail, options?: { cause?: unknown }) {
    super(`${detail.what}: ${detail.why}`, options);
    this.name = "Failure";
    this.detail = detail;
  }

  get kind(): FailureKind {
    return this.detail.kind;
  }
}

/** Why it failed and what to do next, as sentences in one line. */
export const whyAndNext = ({ why, next }: Pick<FailureDetail, "why" | "next">): string =>
  `${why}${/[.!?]$/.test(why) || next === "" ? "" : "."} ${next}`.trimEnd();

/** The detail of anything that was thrown: a Failure's own, or a bug with the message and without its stack. */
export function failureDetail(error: unknown, what: string): FailureDetail {
  if (error instanceof Failure) return error.detail;
  const why = error instanceof Error ? error.message : String(error);
  return { kind: "bug", what, why, next: "Report this; the incident record is intact and you can go on." };
}
