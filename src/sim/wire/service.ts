import { AwsError } from "./aws-error.ts";
import type { MirrorClient, StaticOperation } from "./codec.ts";
import { decodeRequest } from "./decode.ts";
import { encodeError, encodeResponse } from "./encode.ts";
import type { Match, Route } from "./route.ts";
import { makeRoute, matchRoute, protocolKind, requestedOperation } from "./route.ts";
import type { ServiceDefinition, WireReply, WireRequest } from "./types.ts";

type ClientConstructor = new (configuration: object) => MirrorClient;
type CommandConstructor = new (input: object) => { schema: StaticOperation };

/** One simulated service with its client's codec loaded. */
export class WireService {
  readonly kind: string;
  readonly #client: MirrorClient;
  readonly #context: object;
  readonly #routes = new Map<string, Route>();

  private constructor(module: Record<string, unknown>, definition: ServiceDefinition) {
    const Client = module[definition.clientName] as ClientConstructor;
    this.#client = new Client({
      region: "us-east-1",
      credentials: { accessKeyId: "SIMULATOR", secretAccessKey: "SIMULATOR" },
      // Left to AWS_DEFAULTS_MODE, `auto` asks the instance metadata service of the host, and an unknown mode throws.
      defaultsMode: "standard",
      retryMode: "standard",
      requestHandler: { handle: () => Promise.reject(new Error("the simulator's codec never sends")) },
    });
    this.kind = protocolKind(this.#client);
    // Without an endpoint the mirrored protocol leaves paths and host prefixes alone.
    this.#context = { ...this.#client.config, endpoint: async () => undefined };
    // A REST request for an operation that is not simulated must not be taken for one that is: DELETE /bucket?website
    // would delete the bucket. So all of the model's operations are known, with or without a handler.
    const modelled = this.kind.startsWith("rest") ? Object.keys(module).filter((name) => /.Command$/.test(name)) : [];
    const names = new Set([...Object.keys(definition.operations), ...modelled.map((name) => name.slice(0, -7))]);
    for (const name of names) {
      const Command = module[`${name}Command`] as CommandConstructor;
      const { schema } = new Command({});
      if (schema) this.#routes.set(name, makeRoute(schema, definition.operations[name]));
    }
  }

  /** Loads the client module of the definition. @throws when the module has no such client or command: a bug of the definition. */
  static async load(definition: ServiceDefinition): Promise<WireService> {
    const loaded = (await definition.load()) as Record<string, unknown>;
    // A bundler that takes the package's CommonJS build hides its exports behind `default`.
    const module = definition.clientName in loaded ? loaded : (loaded.default as Record<string, unknown>);
    return new WireService(module, definition);
  }

  /** The operation a request asks for. @throws AwsError UnknownOperationException when it is not simulated. */
  match(request: WireRequest): Match {
    const match = matchRoute(this.kind, this.#routes, request);
    const handler = match?.route.handler;
    if (match && handler) return { ...match, handler };
    const asked = match?.route.name ?? requestedOperation(this.kind, request);
    throw new AwsError("UnknownOperationException", `${asked} is not simulated`, { status: 404 });
  }

  decode(request: WireRequest, match: Match): Promise<Record<string, unknown>> {
    return decodeRequest(this.#client, this.#context, this.kind, request, match);
  }

  encode(route: Route, output: Record<string, unknown>, requestId: string): Promise<WireReply> {
    return encodeResponse(this.#client, this.#context, this.kind, route, output, requestId);
  }

  encodeError(thrown: unknown, requestId: string): WireReply {
    return encodeError(this.#client, this.kind, thrown, requestId);
  }
}
