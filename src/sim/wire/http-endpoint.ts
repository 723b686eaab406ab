import type { WireReply, WireRequest } from "./types.ts";

/** Something beside AWS that is spoken to in plain HTTP on the same port. */
export interface HttpEndpoint {
  /** Its name in faults and in the log of calls: nessie, slack, pagerduty. */
  name: string;
  /** Paths that begin with it are its own: `/slack/`. */
  prefix: string;
  /** What a request asks for, for faults and the log of calls: `chat.postMessage`. */
  operation(request: WireRequest): string;
  /** Answers a request; `hang`: never. */
  handle(request: WireRequest): WireReply | "hang";
  /** The endpoint's own form of a failure that it was made to have. @param retryAfterSeconds with status 429. */
  failure(status: number, retryAfterSeconds?: number): WireReply;
}

/** An answer of JSON. */
export function jsonReply(status: number, body: object, headers: Record<string, string> = {}): WireReply {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** An answer of plain text. */
export function textReply(status: number, body: string, headers: Record<string, string> = {}): WireReply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}

/** The object that a request's body holds, as JSON or as a form by its content type; undefined for none. */
export function bodyOf(request: WireRequest): Record<string, unknown> | undefined {
  const text = Buffer.from(request.body).toString("utf8");
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded"))
    return Object.fromEntries(new URLSearchParams(text));
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
