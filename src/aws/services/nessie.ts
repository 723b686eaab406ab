import { Client, constructStack, type SmithyResolvedConfiguration } from "@smithy/core/client";
import { HttpRequest, type HttpResponse } from "@smithy/core/protocols";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Handler, MetadataBearer, MiddlewareStack, RequestHandler } from "@smithy/types";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import {
  type NessieContent,
  type NessieInputs,
  type NessieOperation,
  type NessieOperationName,
  nessieRequest,
  parseExactJson,
} from "../nessie/request.ts";

export interface NessieReference {
  type: string;
  name: string;
  hash: string;
}

export interface NessieLogEntry {
  commitMeta: {
    hash: string;
    message: string;
    authors?: string[];
    committer?: string;
    commitTime?: string;
    parentCommitHashes?: string[];
  };
  parentCommitHash?: string;
  operations?: NessieOperation[];
}

export interface NessieEntry {
  name: { elements: string[] };
  type: string;
  content?: NessieContent;
}

interface Page {
  hasMore?: boolean;
  token?: string;
}

interface Outputs {
  GetReference: { reference: NessieReference };
  GetHistory: Page & { logEntries: NessieLogEntry[] };
  GetEntries: Page & { entries: NessieEntry[] };
  GetContent: { content: NessieContent };
  CreateReference: { reference: NessieReference };
  AssignReference: { reference: NessieReference };
  Commit: { targetBranch: NessieReference };
}

type Output<Name extends NessieOperationName> = Outputs[Name] & MetadataBearer;
type Configuration = SmithyResolvedConfiguration<object> & { requestHandler: NodeHttpHandler };
type Answer = Awaited<ReturnType<RequestHandler<HttpRequest, HttpResponse>["handle"]>>;

/**
 * Machine ms until an answer must be there. A reference is one read of DynamoDB: it is what tells whether Nessie is to be reached at all.
 * A page of history or entries may be hundreds.
 */
const REFERENCE_TIMEOUT_MS = 2500;
const REQUEST_TIMEOUT_MS = 8000;

/** Nessie's REST API as a client of the same build as the SDK's: the layer's gates, rates and transport hold for it too. */
export class NessieClient extends Client<object, object, MetadataBearer, Configuration> {}

abstract class NessieCommand<Name extends NessieOperationName> {
  readonly middlewareStack: MiddlewareStack<object, MetadataBearer> = constructStack();
  readonly input: NessieInputs[Name];
  abstract readonly operation: Name;

  constructor(input: NessieInputs[Name]) {
    this.input = input;
  }

  resolveMiddleware(
    clientStack: MiddlewareStack<object, MetadataBearer>,
    configuration: Configuration,
    options: { abortSignal?: AbortSignal } = {},
  ): Handler<NessieInputs[Name], Output<Name>> {
    const { operation } = this;
    const stack = clientStack.concat(this.middlewareStack);
    const send = async ({ input }: { input: object }) => {
      const request = httpRequest(operation, input as NessieInputs[Name]);
      const requestTimeout = operation === "GetReference" ? REFERENCE_TIMEOUT_MS : REQUEST_TIMEOUT_MS;
      const response = await sent(configuration, request, { ...options, requestTimeout }, operation);
      return { response, output: await outputOf<Name>(response, operation, request.hostname) };
    };
    const context = { clientName: "NessieClient", commandName: `${operation}Command`, logger: console };
    return stack.resolve(send as never, context) as unknown as Handler<NessieInputs[Name], Output<Name>>;
  }
}

function httpRequest<Name extends NessieOperationName>(name: Name, input: NessieInputs[Name]): HttpRequest {
  const { method, url, body } = nessieRequest(name, input);
  const { protocol, hostname, port, pathname, searchParams } = new URL(url);
  return new HttpRequest({
    method,
    protocol,
    hostname,
    ...(port ? { port: Number(port) } : {}),
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: {
      host: port ? `${hostname}:${port}` : hostname,
      accept: "application/json",
      ...(body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
    },
    ...(body === undefined ? {} : { body }),
  });
}

async function sent(
  { requestHandler }: Configuration,
  request: HttpRequest,
  options: { abortSignal?: AbortSignal; requestTimeout: number },
  operation: string,
): Promise<HttpResponse> {
  try {
    const answer: Answer = await requestHandler.handle(request as never, options as never);
    return answer.response;
  } catch (error) {
    if (error instanceof Failure || options.abortSignal?.aborted) throw error;
    const { code, message } = error as { code?: string; message?: string };
    const how = /requestTimeout/.test(message ?? "")
      ? `within ${options.requestTimeout / 1000} s`
      : `(${[code, message].filter(Boolean).join(": ")})`;
    throw failed(operation, "unreachable", {
      why: `no answer from Nessie at ${request.hostname} ${how}`,
      next: "Check that this host may reach the load balancer (security group, VPN), or set nessie.endpoint.",
    });
  }
}

async function outputOf<Name extends NessieOperationName>(
  response: HttpResponse,
  operation: string,
  hostname: string,
): Promise<Output<Name>> {
  const text = await textOf(response.body);
  const status = response.statusCode;
  const parsed = /json/.test(response.headers["content-type"] ?? "") ? parseExactJson(text) : undefined;
  if (status >= 200 && status < 300 && parsed !== undefined) {
    return { ...(parsed as object), $metadata: { httpStatusCode: status } } as unknown as Output<Name>;
  }
  const { message, errorCode } = (parsed ?? {}) as { message?: string; errorCode?: string };
  const code = errorCode ?? `HTTP${status}`;
  if (status === 401 || status === 403) {
    throw failed(operation, "denied", {
      why: `Nessie at ${hostname} answers ${status}: it asks for a login that this program has not`,
      next: "Ask Nessie with its own CLI; what DynamoDB and S3 show is read without it.",
      code,
    });
  }
  if (parsed === undefined) {
    throw failed(operation, status === 429 ? "throttled" : status >= 500 ? "unreachable" : "invalid", {
      why: `the load balancer ${hostname} answers ${status} in place of Nessie`,
      next: "Look at the targets and the ECS pane: no healthy task behind the load balancer is the usual cause.",
      code,
    });
  }
  const kind = status === 404 ? "not-found" : status === 429 ? "throttled" : "invalid";
  throw failed(operation, kind, {
    why: `Nessie answers ${status}${message ? `: ${sanitizeLine(message).slice(0, 300)}` : ""}`,
    next:
      status === 409
        ? "The branch has moved since it was read: prepare the action again."
        : "Nothing was changed by it. Look at Nessie's log.",
    code,
  });
}

async function textOf(body: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body ?? []) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function failed(
  operation: string,
  kind: "unreachable" | "denied" | "invalid" | "not-found" | "throttled",
  detail: { why: string; next: string; code?: string },
): Failure {
  return new Failure({ kind, what: `nessie:${operation}`, ...detail });
}

export const client = NessieClient;

export const commands = {
  GetReference: class extends NessieCommand<"GetReference"> {
    readonly operation = "GetReference";
  },
  GetHistory: class extends NessieCommand<"GetHistory"> {
    readonly operation = "GetHistory";
  },
  GetEntries: class extends NessieCommand<"GetEntries"> {
    readonly operation = "GetEntries";
  },
  GetContent: class extends NessieCommand<"GetContent"> {
    readonly operation = "GetContent";
  },
  CreateReference: class extends NessieCommand<"CreateReference"> {
    readonly operation = "CreateReference";
  },
  AssignReference: class extends NessieCommand<"AssignReference"> {
    readonly operation = "AssignReference";
  },
  Commit: class extends NessieCommand<"Commit"> {
    readonly operation = "Commit";
  },
};
