import { NodeHttpHandler } from "@smithy/node-http-handler";
import { Failure } from "../base/failure.ts";

/** Machine ms until a connection must stand, and until an answer must be there. A poll that hangs is worth less than a new one. */
const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a host name is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/** An HTTP handler that sends to loopback only: whatever made up another address, not a byte of it leaves. */
class LoopbackHandler extends NodeHttpHandler {
  override handle(...call: Parameters<NodeHttpHandler["handle"]>): ReturnType<NodeHttpHandler["handle"]> {
    const [request] = call;
    if (isLoopback(request.hostname)) return super.handle(...call);
    return Promise.reject(
      new Failure({
        kind: "refused",
        what: "send a request",
        why: `the demo sends to this machine only, and the request was for ${request.hostname}`,
        next: "Nothing was sent. Use mayday start for a real account.",
      }),
    );
  }
}

/** The HTTP handler that all clients of a layer share: one pool of connections. */
export function createTransport(options: {
  loopbackOnly: boolean;
  maxSockets: number;
  environment?: NodeJS.ProcessEnv;
}): NodeHttpHandler {
  // Bastions are often behind a proxy: Node's own agents follow HTTPS_PROXY, HTTP_PROXY and NO_PROXY when they are given the environment.
  const proxy = options.loopbackOnly ? {} : { proxyEnv: options.environment ?? process.env };
  const agent = { keepAlive: true, maxSockets: options.maxSockets, ...proxy };
  const settings = {
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
  };
  return options.loopbackOnly ? new LoopbackHandler(settings) : new NodeHttpHandler(settings);
}
