import { Failure, type FailureKind } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { operationOf } from "./operations.ts";

/** What of an SDK error we look at: services, the HTTP handler and credential providers all throw their own shapes. */
interface SdkError {
  name?: string;
  message?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { statusCode?: number; headers?: Record<string, string> };
  cause?: unknown;
}

const THROTTLED =
  /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceeded|PriorRequestNotComplete/;
const EXPIRED =
  /ExpiredToken|TokenRefreshRequired|RequestExpired|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignature|CredentialsProviderError|TokenProviderError|AuthFailure/;
const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized|AuthorizationError|Forbidden/;
const NOT_FOUND = /NotFound|NoSuch|DoesNotExist|Inactive/;
const UNREACHABLE =
  /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|TimeoutError|RequestTimeout|socket hang up|certificate|SSL|TLS|NetworkingError/i;

/** AWS accepts signatures within 5 minutes of its own time, S3 within 15 (IAM User Guide, Signature Version 4). */
function isClockSkew(error: SdkError): boolean {
  return (
    /RequestTimeTooSkewed|RequestInTheFuture/.test(error.name ?? "") ||
    /Signature (expired|not yet current)/.test(error.message ?? "")
  );
}

/** The kind of an error that came out of an SDK client. */
export function failureKind(error: SdkError): FailureKind {
  const name = error.name ?? "";
  const code = error.code ?? "";
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode;
  if (isClockSkew(error)) return "invalid";
  if (THROTTLED.test(name) || status === 429 || (status === 503 && /Slow/.test(name))) return "throttled";
  if (EXPIRED.test(name)) return "expired";
  if (DENIED.test(name)) return "denied";
  if (NOT_FOUND.test(name)) return "not-found";
  if (
    UNREACHABLE.test(code) ||
    UNREACHABLE.test(name) ||
    (status === undefined && UNREACHABLE.test(error.message ?? ""))
  )
    return "unreachable";
  if (status === 403) return "denied";
  // A redirect is S3's answer for a bucket in another region: it is not where we look.
  if (status === 404 || (status !== undefined && status >= 300 && status < 400)) return "not-found";
  if (status !== undefined && status >= 500) return "unreachable";
  if (status !== undefined && status >= 400) return "invalid";
  return "bug";
}

/** An SDK error as a Failure that says what failed, why, and what to do next. Failures pass through. */
export function toFailure(
  error: unknown,
  service: string,
  operation: string,
  context: { region: string; profile?: string; endpoint?: string },
): Failure {
  if (error instanceof Failure) return error;
  const sdk = (typeof error === "object" && error !== null ? error : { message: String(error) }) as SdkError;
  const nested = innermost(sdk);
  const kind = failureKind(nested);
  // The SDK's word for an answer without a message: every refusal of a HEAD is one.
  const message = nested.message === "UnknownError" ? "" : sanitizeLine(nested.message ?? "").slice(0, 500);
  const missing = kind === "denied" ? missingPermission(message, service, operation) : undefined;
  // S3 answers for a bucket of another region with a redirect that names it.
  const elsewhere = nested.$response?.headers?.["x-amz-bucket-region"];
  const isElsewhere = elsewhere !== undefined && elsewhere !== context.region;
  return new Failure(
    {
      kind,
      what: `${service}:${operation}`,
      why: isElsewhere ? `the bucket is in region ${elsewhere}` : why(kind, message, nested, { ...context, missing }),
      next: isClockSkew(nested)
        ? "Set this host's clock (chronyc tracking, timedatectl): AWS refuses signatures whose time is off."
        : next(kind, context, missing),
      ...(nested.name && nested.name !== "Error" ? { code: nested.name } : {}),
      ...(missing ? { missingPermission: missing } : {}),
      ...(nested.$metadata?.requestId ? { requestId: nested.$metadata.requestId } : {}),
      ...(isElsewhere ? { region: elsewhere } : {}),
    },
    { cause: error },
  );
}

/** Node wraps connection errors (`AggregateError`) and the SDK wraps those of credentials: the inner one says more. */
function innermost(error: SdkError): SdkError {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors[0] as SdkError;
  return error;
}

/** AWS names the action in most denials: "... is not authorized to perform: ecs:UpdateService on resource: ...". */
function missingPermission(message: string, service: string, operation: string): string | undefined {
  const named = /(?:not authorized to perform:?|perform the action:?)\s+([a-z0-9-]+:[A-Za-z*]+)/.exec(message)?.[1];
  return named ?? operationOf(service, operation)?.iamActions[0];
}

function why(
  kind: FailureKind,
  message: string,
  error: SdkError,
  context: { region: string; endpoint?: string; missing: string | undefined },
): string {
  const place = context.endpoint ?? `AWS in ${context.region}`;
  switch (kind) {
    case "denied":
      return (
        message || `AWS denied the call and gave no reason${context.missing ? `; it needs ${context.missing}` : ""}`
      );
    case "throttled":
      return `AWS is limiting this API (${error.name ?? "throttled"})`;
    case "expired":
      return message || "the credentials are missing or no longer valid";
    case "unreachable":
      return `no answer from ${place}${error.code || message ? ` (${[error.code, message].filter(Boolean).join(": ")})` : ""}`;
    default:
      return message || error.name || "unknown error";
  }
}

function next(kind: FailureKind, context: { region: string; profile?: string }, missing: string | undefined): string {
  const profile = context.profile ? ` --profile ${context.profile}` : "";
  switch (kind) {
    case "denied":
      return `Ask for ${missing ?? "the permission"}, or log in as a principal that has it; the rest of the cockpit goes on.`;
    case "throttled":
      return "It is tried again by itself.";
    case "expired":
      return `Log in again in another shell (for SSO: aws sso login${profile} --no-browser), or export fresh credentials; they are picked up without a restart.`;
    case "not-found":
      return `Check the name, the region (${context.region}) and the account; mayday config shows where each name comes from.`;
    case "unreachable":
      return "Check the network, proxy and VPC endpoints from this host; it is tried again by itself.";
    case "invalid":
      return "AWS rejected the request; nothing was changed by it.";
    default:
      return "Report this; the incident record is intact and you can go on.";
  }
}

/** Of an operation that the table or the service's module does not have: a step or a reading names one that nobody added. */
export function unknownOperation(service: string, operation: string): Failure {
  const why = "the client layer does not know this operation";
  return new Failure({ kind: "bug", what: `${service}:${operation}`, why, next: "Report this; nothing was sent." });
}
