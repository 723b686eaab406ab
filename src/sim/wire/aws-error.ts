/**
 * An error answer of the simulated AWS. When the service's model knows `code`, it goes out as that modelled error with
 * `members`; otherwise as an unmodelled one, whose members only XML bodies carry (ThrottlingException, AccessDenied, InternalFailure ...).
 */
export class AwsError extends Error {
  readonly code: string;
  /** HTTP status; undefined: the model's own, or 400. */
  readonly status: number | undefined;
  /** Members of the modelled error beside the message. */
  readonly members: Record<string, unknown>;
  /** Headers of the answer beside those that every answer carries. */
  readonly headers: Record<string, string>;

  /** @param code the error code as AWS spells it in `__type` or `<Code>`. */
  constructor(
    code: string,
    message: string,
    options: { status?: number; members?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }
}

/** Throttling that is answered as if the service were unavailable (the services' lists of error codes); elsewhere it is status 400. */
const UNAVAILABLE = new Set(["SlowDown", "RequestLimitExceeded"]);

/** A service's throttling answer, "Rate exceeded", as the SDK's retry strategy recognises it by its code. */
export function throttled(code = "ThrottlingException"): AwsError {
  return new AwsError(code, "Rate exceeded", { status: UNAVAILABLE.has(code) ? 503 : 400 });
}
