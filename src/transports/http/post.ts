import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isLoopback } from "../../aws/transport.ts";
import { Failure } from "../../base/failure.ts";

/** Machine ms until a connection must stand, and until the whole answer must be there. */
export interface Patience {
  connectMs: number;
  answerMs: number;
}

export const PATIENCE: Patience = { connectMs: 3000, answerMs: 10_000 };

/** Answers of chat and paging services are a few hundred bytes; more is not read. */
const LARGEST_ANSWER_BYTES = 64 * 1024;

export interface HttpAnswer {
  status: number;
  /** `Retry-After` in whole seconds, where it is there and a number. */
  retryAfterSeconds?: number;
  requestId?: string;
  body: string;
}

/** No answer. `code`: what the network said; `isSent` false: the request certainly did not leave. */
export class NoAnswer extends Error {
  readonly code: string;
  readonly isSent: boolean;

  constructor(code: string, isSent: boolean) {
    super(code);
    this.name = "NoAnswer";
    this.code = code;
    this.isSent = isSent;
  }
}

export interface Poster {
  /**
   * Sends JSON. Resolves with the answer, whatever its status. Rejects with NoAnswer, with a Failure (refused) when the address may not
   * be sent to, or with the signal's reason.
   */
  post(url: URL, headers: Record<string, string>, body: string, signal?: AbortSignal): Promise<HttpAnswer>;
  close(): void;
}

/**
 * Sends over Node's own HTTP, which follows HTTPS_PROXY, HTTP_PROXY and NO_PROXY of `environment` as the AWS clients do. Secrets go over
 * HTTPS only, except to this machine. `loopbackOnly`: not a byte goes anywhere else, whatever the environment says.
 */
export function createPoster(options: {
  loopbackOnly: boolean;
  environment: NodeJS.ProcessEnv;
  patience?: Patience;
}): Poster {
  // No connection is kept: half an hour lies between two messages.
  const settings = options.loopbackOnly ? {} : { proxyEnv: options.environment };
  const { patience = PATIENCE } = options;
  const agents = { http: new HttpAgent(settings), https: new HttpsAgent(settings) };
  return {
    async post(url, headers, body, signal) {
      requireAllowed(url, options.loopbackOnly);
      const bytes = Buffer.from(body, "utf8");
      const all = { ...headers, "content-type": "application/json; charset=utf-8", "content-length": bytes.byteLength };
      return exchange(url, agents, all, bytes, patience, signal);
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function requireAllowed(url: URL, loopbackOnly: boolean): void {
  const isLocal = isLoopback(url.hostname);
  const refuse = (why: string, next: string) => new Failure({ kind: "refused", what: "send a message", why, next });
  if (loopbackOnly && !isLocal) {
    throw refuse(
      `the demo sends to this machine only, and the message was for ${url.hostname}`,
      "Nothing was sent. Use mayday start for a real account.",
    );
  }
  if (url.protocol !== "https:" && !isLocal) {
    throw refuse(
      `${url.hostname} would get a secret without encryption`,
      "Nothing was sent. Give the address with https.",
    );
  }
}

function exchange(
  url: URL,
  agents: { http: HttpAgent; https: HttpsAgent },
  headers: Record<string, string | number>,
  body: Buffer,
  patience: Patience,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const isSecure = url.protocol === "https:";
    const options = { method: "POST", headers };
    const request = isSecure
      ? httpsRequest(url, { ...options, agent: agents.https })
      : httpRequest(url, { ...options, agent: agents.http });
    let isConnected = false;
    const end = (settle: () => void) => {
      clearTimeout(connecting);
      clearTimeout(answering);
      signal?.removeEventListener("abort", onAbort);
      settle();
      request.destroy();
    };
    const fail = (code: string) => end(() => reject(new NoAnswer(code, isConnected)));
    const connecting = setTimeout(() => {
      if (!isConnected) fail("no connection in time");
    }, patience.connectMs);
    const answering = setTimeout(() => fail("no answer in time"), patience.answerMs);
    const onAbort = () => end(() => reject(signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    request.on("socket", (socket) => {
      const connected = () => {
        isConnected = true;
      };
      // A socket that a proxy's tunnel stands behind is connected already.
      if (socket.connecting) socket.once(isSecure ? "secureConnect" : "connect", connected);
      else connected();
    });
    request.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    request.on("response", (response) => {
      readBody(response).then(
        (text) => end(() => resolve(answerOf(response, text))),
        () => fail("the answer broke off"),
      );
    });
    request.end(body);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).byteLength;
    if (bytes > LARGEST_ANSWER_BYTES) break;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answerOf(response: IncomingMessage, body: string): HttpAnswer {
  const { headers, statusCode = 0 } = response;
  const seconds = Number(headers["retry-after"]);
  const requestId = headers["x-slack-req-id"] ?? headers["x-request-id"];
  return {
    status: statusCode,
    body,
    ...(headers["retry-after"] !== undefined && Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}),
    ...(typeof requestId === "string" ? { requestId } : {}),
  };
}
