import { bodyOf, type HttpEndpoint, jsonReply } from "../wire/http-endpoint.ts";
import type { WireReply, WireRequest } from "../wire/types.ts";
import { PAGERDUTY_ROUTING_KEY, type PagerDuty, type PagerDutyEvent } from "../world/messaging/pagerduty.ts";

const ACTIONS = ["trigger", "acknowledge", "resolve"];
const SEVERITIES = ["critical", "error", "warning", "info"];
/** Characters of a summary and of a deduplication key; bytes of an event (PagerDuty, Events API v2). */
const LIMITS = { summary: 1024, dedupKey: 255, event: 512 * 1024 };

const PATH = "/pagerduty/v2/enqueue";

const invalid = (errors: string[]): WireReply =>
  jsonReply(400, { status: "invalid event", message: "Event object is invalid", errors });

function payloadProblems(payload: unknown): string[] {
  if (typeof payload !== "object" || payload === null) return ["'payload' is missing or blank"];
  const { summary, source, severity } = payload as Record<string, unknown>;
  const problems: string[] = [];
  if (!summary) problems.push("'payload.summary' is missing or blank");
  if (typeof summary === "string" && summary.length > LIMITS.summary)
    problems.push("Length of 'payload.summary' is incorrect (should be at most 1024)");
  if (!source) problems.push("'payload.source' is missing or blank");
  if (!severity) problems.push("'payload.severity' is missing or blank");
  else if (!SEVERITIES.includes(String(severity)))
    problems.push(
      "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
    );
  return problems;
}

function problemsOf(event: Record<string, unknown>): string[] {
  const { routing_key: key, event_action: action, dedup_key: dedup } = event;
  const problems: string[] = [];
  if (!key) problems.push("'routing_key' is missing or blank");
  else if (String(key).length !== 32) problems.push("Length of 'routing_key' is incorrect (should be 32 characters)");
  else if (key !== PAGERDUTY_ROUTING_KEY) problems.push("Invalid routing key");
  if (!ACTIONS.includes(String(action)))
    problems.push(
      "'event_action' is missing or invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",
    );
  if (action === "trigger") problems.push(...payloadProblems(event.payload));
  else if (!dedup) problems.push("'dedup_key' is missing or blank");
  if (typeof dedup === "string" && dedup.length > LIMITS.dedupKey)
    problems.push("Length of 'dedup_key' is incorrect (should be at most 255)");
  return problems;
}

function enqueue(pagerDuty: PagerDuty, request: WireRequest): WireReply {
  if (request.body.byteLength > LIMITS.event)
    return jsonReply(413, { status: "invalid event", message: "Event object exceeds size limit", errors: [] });
  const event = bodyOf(request);
  if (!event) return invalid(["JSON is invalid"]);
  const problems = problemsOf(event);
  if (problems.length > 0) return invalid(problems);
  const accepted = pagerDuty.accept(
    {
      routingKey: String(event.routing_key),
      action: event.event_action as PagerDutyEvent["action"],
      ...(event.payload ? { payload: event.payload as Record<string, unknown> } : {}),
    },
    typeof event.dedup_key === "string" && event.dedup_key !== "" ? event.dedup_key : undefined,
  );
  return jsonReply(202, { status: "success", message: "Event processed", dedup_key: accepted.dedupKey });
}

/** PagerDuty's Events API v2 under `/pagerduty/v2/enqueue`. */
export function pagerDutyEndpoint(pagerDuty: PagerDuty): HttpEndpoint {
  return {
    name: "pagerduty",
    prefix: "/pagerduty/",
    operation: (request) => request.url.pathname.split("/").pop() ?? "",
    handle: (request) =>
      request.url.pathname === PATH && request.method === "POST"
        ? enqueue(pagerDuty, request)
        : jsonReply(404, { error: "Not Found" }),
    failure: (status, retryAfterSeconds) =>
      status === 429
        ? jsonReply(
            429,
            {
              status: "throttle exceeded",
              message: "Requests for this service are arriving too quickly.  Please retry later.",
            },
            { "retry-after": String(retryAfterSeconds) },
          )
        : jsonReply(status, { status: "internal error", message: "Internal Server Error" }),
  };
}
