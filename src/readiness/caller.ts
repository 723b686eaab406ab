import type { AwsLayer, CallerIdentity, CredentialFacts } from "../aws/contract.ts";
import { formatAge } from "../base/duration.ts";
import { sanitizeLine } from "../base/text.ts";
import type { CheckResult } from "./check.ts";

const HOUR_MS = 3_600_000;

/** Who the caller is, how long that lasts, and whether MFA stands behind it. @param wallMs machine time, ms since the epoch. */
export function credentialChecks(
  identity: CallerIdentity,
  facts: CredentialFacts,
  mfaDevices: number | undefined,
  wallMs: number,
): CheckResult[] {
  const check = "credentials";
  const who: CheckResult = { check, status: "pass", detail: sanitizeLine(identity.arn) };
  return [who, expiryCheck(facts, wallMs), mfaCheck(identity, facts, mfaDevices)];
}

function expiryCheck({ kind, expiresAtMs }: CredentialFacts, wallMs: number): CheckResult {
  const check = "expiry";
  if (kind === "long-term")
    return {
      check,
      status: "warn",
      detail: "an access key that does not expire",
      next: "Prefer a role: sessions end by themselves (runbook, Credential Rotation).",
    };
  if (expiresAtMs === undefined)
    return { check, status: "unknown", detail: "a session whose end the credentials do not tell" };
  const leftMs = expiresAtMs - wallMs;
  const until = `${new Date(expiresAtMs).toISOString().slice(11, 16)} UTC, in ${formatAge(leftMs)}`;
  if (leftMs < HOUR_MS)
    return {
      check,
      status: "warn",
      detail: `the session ends at ${until}`,
      next: "Log in again before you open an incident.",
    };
  return { check, status: "pass", detail: `the session ends at ${until}` };
}

/** AWS does not tell whether a session was opened with MFA: what can be known is whether a code is asked for. */
function mfaCheck(
  { arn }: CallerIdentity,
  { kind, profileAsksForMfa }: CredentialFacts,
  devices: number | undefined,
): CheckResult {
  const check = "mfa";
  if (profileAsksForMfa) return { check, status: "pass", detail: "the AWS profile asks for a code (mfa_serial)" };
  if (kind === "long-term" && /:user\//.test(arn)) {
    const has =
      devices === undefined ? "" : devices > 0 ? ", though the user has a device" : ", and the user has no device";
    return {
      check,
      status: "warn",
      detail: `calls with a user's access key carry no MFA${has}: what asks for it refuses them`,
      next: "Use a session: aws sts get-session-token --serial-number ... --token-code ..., or a profile with mfa_serial.",
    };
  }
  return { check, status: "unknown", detail: "AWS does not tell whether this session was opened with MFA" };
}

/** AWS takes signatures within five minutes of its own time (IAM User Guide, Signature Version 4). */
const REFUSED_MS = 5 * 60_000;
/** Above this the timeline's times and AWS's differ visibly. */
const VISIBLE_MS = 2000;

/**
 * The difference of clocks by the `Date` header of an answer. @param allowedMs what it may be off by: whole seconds, and the time that the
 * answer was under way.
 */
export function clockCheck(offsetMs: number | undefined, allowedMs: number): CheckResult {
  const check = "clock";
  if (offsetMs === undefined) return { check, status: "unknown", detail: "AWS's answer told no time" };
  const off = Math.abs(offsetMs);
  if (off <= VISIBLE_MS + allowedMs) return { check, status: "pass", detail: "agrees with AWS" };
  const words = `this machine is ${Math.round(off / 1000)} s ${offsetMs > 0 ? "behind" : "ahead of"} AWS`;
  return {
    check,
    status: off > REFUSED_MS ? "fail" : "warn",
    detail:
      off > REFUSED_MS
        ? `${words}: calls are refused from 5 minutes on`
        : `${words}: times of the record and of AWS differ`,
    next: "Set the clock: chronyc tracking, timedatectl.",
  };
}

/** How many MFA devices the calling user has; undefined where that does not apply or cannot be read: it only rounds off a line. */
export async function ownMfaDevices(
  aws: AwsLayer,
  { arn }: CallerIdentity,
  signal: AbortSignal,
): Promise<number | undefined> {
  const user = /:user\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
  if (user === undefined) return undefined;
  try {
    const { output } = await aws.call("iam", "ListMFADevices", { UserName: user }, { purpose: "poll", signal });
    return (output.MFADevices ?? []).length;
  } catch {
    return undefined;
  }
}
