import type { CallOptions } from "../../aws/contract.ts";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Secrets } from "../../base/secrets.ts";
import type { Sent, Transport } from "../contract.ts";
import { curlLine, type HttpEndpoints, type HttpOperation, type HttpRequest, revealed } from "./operation.ts";
import { pagerDutyOperations } from "./pagerduty.ts";
import { createPoster, type HttpAnswer, NoAnswer, type Patience, type Poster } from "./post.ts";
import { slackError, slackOperations } from "./slack.ts";

export interface HttpTransportOptions {
  clock: Clock;
  secrets: Secrets;
  endpoints: HttpEndpoints;
  /** Refuse to send anywhere but to this machine (the demo). */
  loopbackOnly: boolean;
  environment: NodeJS.ProcessEnv;
  patience?: Patience;
}

const SERVICES: Record<string, Record<string, HttpOperation>> = {
  slack: slackOperations,
  pagerduty: pagerDutyOperations,
};

/** Attempts of one request, the first included; machine ms before the second one, doubled for the third. */
const ATTEMPTS = 3;
const PAUSE_MS = 500;
/** A service that wants a longer pause than this, in seconds, is asked again by hand. */
const LONGEST_RETRY_AFTER_S = 30;
/** Where a 429 names no time, seconds. */
const DEFAULT_RETRY_AFTER_S = 5;

/**
 * Slack and PagerDuty, over Node's own HTTP: their SDKs bring an HTTP client each, which does not follow the proxy variables as the AWS
 * clients do, for what is one POST. Secrets are looked up here, by the names that stand in the input, and never leave in an error.
 */
export function httpTransport(options: HttpTransportOptions): Transport {
  return new HttpTransport(options);
}

class HttpTransport implements Transport {
  readonly services = Object.keys(SERVICES);
  readonly #options: HttpTransportOptions;
  readonly #poster: Poster;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    this.#poster = createPoster(options);
  }

  async send(service: string, operation: string, input: object, options: CallOptions): Promise<Sent> {
    try {
      const names = (input as { names?: unknown }).names;
      if (operation === "ConversationsCreate" && Array.isArray(names))
        return await this.#create(names.map(String), input as JsonObject, options);
      return await this.#sendOne(service, operation, input as JsonObject, options);
    } catch (error) {
      throw this.#clean(error);
    }
  }

  lineOf(service: string, operation: string, input: object): string {
    const { names, ...rest } = input as JsonObject;
    const asked = Array.isArray(names) ? { ...rest, name: names[0] ?? "" } : rest;
    return curlLine(operationNamed(service, operation).request(asked, this.#options.endpoints));
  }

  close(): void {
    this.#poster.close();
  }

  /** The first of the names that is free. */
  async #create(names: readonly string[], input: JsonObject, options: CallOptions): Promise<Sent> {
    const create = slackOperations.ConversationsCreate as HttpOperation;
    for (const [index, name] of names.entries()) {
      const request = create.request({ ...input, name }, this.#options.endpoints);
      const answer = await this.#answer(request, create, "slack:ConversationsCreate", options.signal);
      if (slackError(answer) === "name_taken" && index < names.length - 1) continue;
      return { output: create.read(answer, "slack:ConversationsCreate"), ...requestIdOf(answer) };
    }
    const why = "no name for the channel was given";
    throw new Failure({ kind: "bug", what: "slack:ConversationsCreate", why, next: "Report this." });
  }

  async #sendOne(service: string, operation: string, input: JsonObject, options: CallOptions): Promise<Sent> {
    const known = operationNamed(service, operation);
    const what = `${service}:${operation}`;
    const answer = await this.#answer(known.request(input, this.#options.endpoints), known, what, options.signal);
    return { output: known.read(answer, what), ...requestIdOf(answer) };
  }

  /** An answer that is worth reading: asked again where that is allowed and helps. */
  async #answer(
    request: HttpRequest,
    operation: HttpOperation,
    what: string,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const { clock } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === ATTEMPTS;
      let pauseMs = PAUSE_MS * 2 ** (attempt - 1);
      try {
        const answer = await this.#post(request, signal);
        if (answer.status === 429) {
          const seconds = answer.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_S;
          if (isLast || seconds > LONGEST_RETRY_AFTER_S) throw limited(what, seconds, answer);
          pauseMs = Math.max(1, seconds * 1000);
        } else if (answer.status >= 500) {
          if (isLast || !operation.isIdempotent) throw brokenServer(what, answer);
        } else return answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (isLast || (error.isSent && !operation.isIdempotent)) throw unreachable(what, error);
      }
      await clock.sleep(pauseMs, signal);
    }
  }

  #post(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { secrets } = this.#options;
    const { url, bearer, secretMember } = request;
    const address = typeof url === "string" ? url : revealed(secrets, url.secret);
    if (!URL.canParse(address)) {
      const name = typeof url === "string" ? "the endpoint" : url.secret;
      const next = "Nothing was sent. Correct it, or copy the text and send it by hand.";
      throw new Failure({
        kind: "invalid",
        what: "send a message",
        why: `${name} is not an address`,
        next,
        isSent: false,
      });
    }
    const body =
      secretMember === undefined
        ? request.body
        : { ...request.body, [secretMember]: revealed(secrets, String(request.body[secretMember])) };
    const headers: Record<string, string> =
      bearer === undefined ? {} : { authorization: `Bearer ${revealed(secrets, bearer)}` };
    return this.#poster.post(new URL(address), headers, JSON.stringify(body), signal);
  }

  /** What is thrown may have been worded by the other side: no secret may be in it, nor in a cause that somebody prints. */
  #clean(error: unknown): unknown {
    const { secrets } = this.#options;
    if (!(error instanceof Failure)) return error;
    const { what, why, next, ...rest } = error.detail;
    return new Failure({ ...rest, what: secrets.redact(what), why: secrets.redact(why), next: secrets.redact(next) });
  }
}

const requestIdOf = ({ requestId }: HttpAnswer) => (requestId === undefined ? {} : { requestId });

function operationNamed(service: string, operation: string): HttpOperation {
  const known = SERVICES[service]?.[operation];
  if (known) return known;
  const why = "the HTTP transport does not know this operation";
  throw new Failure({ kind: "bug", what: `${service}:${operation}`, why, next: "Report this; nothing was sent." });
}

function limited(what: string, seconds: number, { requestId }: HttpAnswer): Failure {
  const why = `it is limiting us and wants ${seconds} s before the next message`;
  const next = `Send it again in ${seconds} s, or copy the text and send it by hand.`;
  return new Failure({ kind: "throttled", what, why, next, isSent: false, ...(requestId ? { requestId } : {}) });
}

function brokenServer(what: string, { status, requestId }: HttpAnswer): Failure {
  const why = `it answered with status ${status}: the message may have arrived all the same`;
  const next = "Look there, then send it again or copy the text and send it by hand.";
  return new Failure({ kind: "unreachable", what, why, next, ...(requestId ? { requestId } : {}) });
}

function unreachable(what: string, { code, isSent }: NoAnswer): Failure {
  const why = isSent
    ? `no answer (${code}): the message may have arrived all the same`
    : `it cannot be reached (${code})`;
  const next = isSent
    ? "Look there, then send it again or copy the text and send it by hand."
    : "Check proxy and network of this host, or copy the text (c) and send it by hand.";
  return new Failure({ kind: "unreachable", what, why, next, ...(isSent ? {} : { isSent: false }) });
}
