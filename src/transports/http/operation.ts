import { shellQuote } from "../../aws/cli-line.ts";
import { Failure, type FailureKind } from "../../base/failure.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import type { Secrets } from "../../base/secrets.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { HttpAnswer } from "./post.ts";

/** Where the services are reached. */
export interface HttpEndpoints {
  /** Slack's Web API, without the method's name: https://slack.com/api. */
  slackApi: string;
  /** PagerDuty's Events API v2: https://events.pagerduty.com/v2/enqueue. */
  pagerDutyEvents: string;
}

/** One request. In `body` a secret stands as its name, as it does in the plan; `secretIn` says where its value goes. */
export interface HttpRequest {
  /** An address, or the name of the secret that is one. */
  url: string | { secret: string };
  /** Name of the secret that goes into the Authorization header. */
  bearer?: string;
  body: JsonObject;
  /** The member of `body` that names a secret, and gets its value when it is sent. */
  secretMember?: string;
}

/** What is known of one operation: how it is asked, and what its answers mean. */
export interface HttpOperation {
  request(input: JsonObject, endpoints: HttpEndpoints): HttpRequest;
  /** The output of an answer. Throws a Failure for one that says no. */
  read(answer: HttpAnswer, what: string): JsonObject;
  /** Sent twice it has the effect of once: it may be repeated although it may have arrived. */
  isIdempotent: boolean;
}

/** The value of a secret. @throws Failure that says where it is looked for. */
export function revealed(secrets: Secrets, name: string): string {
  const value = secrets.reveal(name);
  if (value !== undefined) return value;
  throw new Failure({
    kind: "refused",
    what: "send a message",
    why: `${sanitizeLine(name)} is not set`,
    next: "Nothing was sent. Set the variable or the line in the secrets file, or copy the text and send it by hand.",
  });
}

/** An answer that says no. `words` come from the other side. */
export function refusal(
  kind: FailureKind,
  what: string,
  words: string,
  next: string,
  answer: Pick<HttpAnswer, "requestId">,
): Failure {
  return new Failure({
    kind,
    what,
    why: sanitizeLine(words).slice(0, 300),
    next,
    ...(answer.requestId ? { requestId: answer.requestId } : {}),
  });
}

/** The body of an answer as an object; empty when it is none. */
export function jsonOf(body: string): JsonObject {
  try {
    const value = JSON.parse(body) as Json;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    // Whoever reads it decides by the status, and by members that are then not there.
    return {};
  }
}

/** The request as a line for a shell whose environment has the secrets. */
export function curlLine({ url, bearer, body, secretMember }: HttpRequest): string {
  const address = typeof url === "string" ? shellQuote(url) : `"$${url.secret}"`;
  const secret = secretMember === undefined ? undefined : String(body[secretMember]);
  const json = shellQuote(JSON.stringify(body));
  const data = secret === undefined ? json : json.replace(`"${secret}"`, () => `"'"$${secret}"'"`);
  return [
    "curl -sS",
    address,
    ...(bearer === undefined ? [] : [`-H "Authorization: Bearer $${bearer}"`]),
    "-H 'content-type: application/json'",
    `-d ${data}`,
  ].join(" ");
}
