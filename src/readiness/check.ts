/**
 * How one check went. `fail`: something that the cockpit needs is not there. `warn`: it works, but. `unknown`: could not be found out;
 * `skip`: does not apply, or what it builds on has failed.
 */
export type CheckStatus = "pass" | "warn" | "fail" | "unknown" | "skip";

/** One line of `mayday doctor`. All text is sanitised. */
export interface CheckResult {
  /** `credentials`, `clock`, `permissions` ... */
  check: string;
  status: CheckStatus;
  detail: string;
  /** What to do about it. */
  next?: string;
}

export type Report = (result: CheckResult) => void;

/** A failure as a line of a check. */
export function failed(check: string, failure: { why: string; next: string; what: string }): CheckResult {
  return { check, status: "fail", detail: `${failure.what}: ${failure.why}`, next: failure.next };
}
