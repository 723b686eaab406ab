import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AwsError } from "./aws-error.ts";
import { plainBody } from "./body.ts";
import { requestIdHeaders } from "./encode.ts";
import type { HttpEndpoint } from "./http-endpoint.ts";
import { withPartialPages } from "./partial-page.ts";
import type { Match } from "./route.ts";
import { WireService } from "./service.ts";
import { requestTarget } from "./target.ts";
import type { AnyHandler, ServiceDefinition, WireCall, WireReply, WireRequest } from "./types.ts";

/** One finished call, for tests and for `mayday sim`'s output. */
export interface CallLogEntry {
  service: string;
  operation: string;
  status: number;
  requestId: string;
  accessKeyId: string;
  region: string;
  /** Virtual time in ms since the Unix epoch. */
  atMs: number;
}

/**
 * answer: normal. drop-before: the connection breaks before anything happened; drop-after: after the call was carried out;
 * drop-middle: behind the first half of the answer.
 * hang: nothing happens and nothing is ever answered.
 */
export type CallFate = "answer" | "drop-before" | "drop-after" | "drop-middle" | "hang";

/** What the wire server asks of the world behind it. */
export interface WireHost {
  /** Virtual time in ms since the Unix epoch, with everything due until then done. */
  now(): number;
  /** What the answers' Date header says, ms since the Unix epoch; differs from now() under an injected clock skew. */
  dateMs(): number;
  nextRequestId(): string;
  /** Before a handler: rate limits, denials, faults. May throw an AwsError, wait, or say how to disturb the answer. */
  beforeCall(call: WireCall, input: object): Promise<CallFate>;
  /** Before a plain HTTP endpoint answers: faults. May throw an AwsError whose status the endpoint answers with. */
  beforeHttp(call: WireCall): Promise<CallFate>;
  /** After a handler, whether it answered or threw an AwsError: the audit trail. */
  executed(call: WireCall, input: object, output: object | undefined, error: AwsError | undefined): void;
  /** When the answer is ready to be sent (or dropped). */
  answered(entry: CallLogEntry): void;
}

interface Served {
  reply: WireReply;
  operation: string;
  fate: CallFate;
}

/** The reply of a call that gets none. */
const NO_REPLY: WireReply = { status: 0, headers: {} };

/**
 * An HTTP server on loopback that speaks the wire protocols of all given services on one port, routed by the SigV4
 * credential scope (signatures are not checked). Requests without one whose path begins with an endpoint's prefix are its.
 */
export class WireServer {
  readonly #host: WireHost;
  readonly #definitions: Map<string, ServiceDefinition>;
  readonly #endpoints: readonly HttpEndpoint[];
  readonly #services = new Map<string, Promise<WireService>>();
  readonly #server: Server;

  constructor(definitions: ServiceDefinition[], host: WireHost, endpoints: readonly HttpEndpoint[] = []) {
    this.#endpoints = endpoints;
    this.#host = host;
    this.#definitions = new Map(definitions.map((definition) => [definition.signingName, definition]));
    this.#server = createServer((request, response) => this.#receive(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Listens on 127.0.0.1 only. @param port 0: any free one. @returns the endpoint, `http://127.0.0.1:PORT`. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #receive(incoming: IncomingMessage, response: ServerResponse): void {
    const abort = new AbortController();
    const chunks: Buffer[] = [];
    // An answered call has nothing left to end, and making the reason of an abort costs more than most handlers.
    response.on("close", () => {
      if (!response.writableFinished) abort.abort();
    });
    incoming.on("error", () => abort.abort());
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      this.#answer(incoming, Buffer.concat(chunks), response, abort.signal).catch((error: unknown) => {
        process.stderr.write(`simulator: ${error instanceof Error ? error.stack : String(error)}\n`);
        response.destroy();
      });
    });
  }

  async #answer(incoming: IncomingMessage, body: Buffer, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const scope = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(incoming.headers.authorization ?? "");
    const [, accessKeyId = "", region = "", signed = ""] = scope ?? [];
    const plain = plainBody(body, incoming.headers, signed);
    const request: WireRequest = {
      method: incoming.method ?? "GET",
      url: requestTarget(incoming, signed),
      headers: { ...incoming.headers, ...plain.trailers },
      body: plain.body,
    };
    const endpoint =
      scope === null ? this.#endpoints.find(({ prefix }) => request.url.pathname.startsWith(prefix)) : undefined;
    const service = signed || (endpoint?.name ?? "");
    const requestId = this.#host.nextRequestId();
    const userAgent = String(request.headers["user-agent"] ?? "");
    const sessionToken = String(request.headers["x-amz-security-token"] ?? "");
    const call: WireCall = {
      service,
      operation: "?",
      region,
      accessKeyId,
      sessionToken,
      requestId,
      userAgent,
      atMs: 0,
      signal,
    };
    const served = await (endpoint ? this.#serveHttp(endpoint, request, call) : this.#serve(request, call));
    const { status } = served.reply;
    this.#host.answered({
      service,
      operation: served.operation,
      status,
      requestId,
      accessKeyId,
      region,
      atMs: call.atMs,
    });
    if (served.fate === "hang") return;
    if (served.fate === "drop-middle") await this.#sendHalf(served.reply, response);
    else if (served.fate !== "answer") response.destroy();
    else await this.#send(served.reply, response, signal);
  }

  #loaded(definition: ServiceDefinition): Promise<WireService> {
    let service = this.#services.get(definition.signingName);
    if (!service) {
      service = WireService.load(definition);
      this.#services.set(definition.signingName, service);
    }
    return service;
  }

  async #serve(request: WireRequest, call: WireCall): Promise<Served> {
    const definition = this.#definitions.get(call.service);
    if (!definition) {
      const body = `no simulated service "${call.service}": requests need a SigV4 Authorization header\n`;
      const headers = { ...requestIdHeaders(call.requestId), "content-type": "text/plain" };
      return { reply: { status: 404, headers, body }, operation: "?", fate: "answer" };
    }
    const service = await this.#loaded(definition);
    let fate: CallFate = "answer";
    try {
      const { match, input } = await this.#understood(service, request);
      call.operation = match.route.name;
      call.atMs = this.#host.now();
      fate = await this.#host.beforeCall(call, input);
      if (fate === "drop-before" || fate === "hang") return { reply: NO_REPLY, operation: call.operation, fate };
      const output = await this.#execute(match.handler, input, call);
      return { reply: await service.encode(match.route, output, call.requestId), operation: call.operation, fate };
    } catch (error) {
      if (!(error instanceof AwsError))
        process.stderr.write(`simulator: ${error instanceof Error ? error.stack : error}\n`);
      return { reply: service.encodeError(error, call.requestId), operation: call.operation, fate };
    }
  }

  async #serveHttp(endpoint: HttpEndpoint, request: WireRequest, call: WireCall): Promise<Served> {
    call.operation = endpoint.operation(request);
    call.atMs = this.#host.now();
    const { operation } = call;
    try {
      const fate = await this.#host.beforeHttp(call);
      if (fate === "drop-before" || fate === "hang") return { reply: NO_REPLY, operation, fate };
      // A fault may have held the call back: it happens when it is carried out.
      call.atMs = this.#host.now();
      const reply = withPartialPages(call, () => endpoint.handle(request));
      return reply === "hang" ? { reply: NO_REPLY, operation, fate: "hang" } : { reply, operation, fate };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const retryAfter = error.headers["retry-after"];
      const reply = endpoint.failure(error.status ?? 500, retryAfter === undefined ? undefined : Number(retryAfter));
      return { reply, operation, fate: "answer" };
    }
  }

  /** The operation and its input. @throws AwsError SerializationException for a request that cannot be read, as AWS answers it. */
  async #understood(service: WireService, request: WireRequest): Promise<{ match: Match; input: object }> {
    try {
      const match = service.match(request);
      return { match, input: await service.decode(request, match) };
    } catch (error) {
      if (error instanceof AwsError) throw error;
      throw new AwsError("SerializationException", error instanceof Error ? error.message : String(error));
    }
  }

  async #execute(handler: AnyHandler, input: object, call: WireCall): Promise<Record<string, unknown>> {
    // A fault may have held the call back: it happens when it is carried out.
    call.atMs = this.#host.now();
    try {
      const output = (await withPartialPages(call, () => handler(input as never, call))) as Record<string, unknown>;
      this.#host.executed(call, input, output, undefined);
      return output;
    } catch (error) {
      if (error instanceof AwsError) this.#host.executed(call, input, undefined, error);
      throw error;
    }
  }

  #sendHead(reply: WireReply, response: ServerResponse, headers: Record<string, string> = {}): void {
    // Virtual time: the SDK corrects its clock by this header, and the cockpit measures its offset to AWS by it.
    response.sendDate = false;
    const date = new Date(this.#host.dateMs()).toUTCString();
    response.writeHead(reply.status, { ...reply.headers, ...headers, date });
  }

  /** The head of the answer and the first half of its body; then the connection breaks. */
  async #sendHalf(reply: WireReply, response: ServerResponse): Promise<void> {
    const whole = reply.body ?? "";
    const parts = whole instanceof Readable ? await whole.toArray() : [whole];
    const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
    this.#sendHead(reply, response, { "content-length": String(body.length) });
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
  }

  async #send(reply: WireReply, response: ServerResponse, signal: AbortSignal): Promise<void> {
    this.#sendHead(reply, response);
    if (!(reply.body instanceof Readable)) {
      response.end(reply.body);
      return;
    }
    try {
      await pipeline(reply.body, response);
    } catch (error) {
      // The caller hung up in the middle of a stream: how every live tail ends.
      if (!signal.aborted) throw error;
    }
  }
}
