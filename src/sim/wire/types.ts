import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

/** A request as it came from the socket, body complete and without transfer codings. */
export interface WireRequest {
  method: string;
  /** The path as it was sent (a URL object would resolve the dots of an object's key), and the decoded query. */
  url: { pathname: string; searchParams: URLSearchParams };
  headers: IncomingHttpHeaders;
  body: Uint8Array;
}

export interface WireReply {
  status: number;
  headers: Record<string, string>;
  body?: Uint8Array | string | Readable;
}

/** What a handler knows of the call beside its input. */
export interface WireCall {
  /** SigV4 signing name: ecs, monitoring, elasticloadbalancing ... */
  service: string;
  operation: string;
  region: string;
  accessKeyId: string;
  /** The X-Amz-Security-Token header; empty without one. */
  sessionToken: string;
  requestId: string;
  userAgent: string;
  /** Virtual time of the call in ms since the Unix epoch. */
  atMs: number;
  /** Under a fault: how many items a page of the answer looks at; 0: none, beside a token. */
  pageItems?: number;
  /** Aborts when the caller hangs up. */
  signal: AbortSignal;
}

type InstanceOf<C> = C extends abstract new (...args: never[]) => infer Instance ? Instance : never;
type InputOf<C> = InstanceOf<C> extends { readonly input: infer Input } ? Input : never;
type OutputOf<C> =
  InstanceOf<C> extends {
    resolveMiddleware(...args: never[]): (request: never) => Promise<{ output: infer Output }>;
  }
    ? Output
    : never;

/** S3 bodies may be given in any form that can be sent. */
type Sendable<Output> = {
  [K in keyof Output]: K extends "Body" ? Output[K] | Uint8Array | string | Readable : Output[K];
};

/** An output; `$metadata` only where the status of success is not the modelled one (206 for a range). */
type HandlerOutput<C> = Sendable<Omit<OutputOf<C>, "$metadata">> & { $metadata?: { httpStatusCode: number } };

type HandlerOf<C> = (input: InputOf<C>, call: WireCall) => HandlerOutput<C> | Promise<HandlerOutput<C>>;

/** The operations of an SDK client module that a service simulates, each a typed handler. */
export type Operations<Module> = {
  [K in keyof Module as K extends `${infer Name}Command` ? Name : never]?: HandlerOf<Module[K]>;
};

export type AnyHandler = (input: never, call: WireCall) => unknown;

/** One simulated service: which client module describes its wire format, and what answers. */
export interface ServiceDefinition {
  /** SigV4 signing name; requests are routed by it. */
  signingName: string;
  load(): Promise<object>;
  /** Exported name of the client class in the module. */
  clientName: string;
  operations: Record<string, AnyHandler>;
}

/**
 * Ties handlers to the client module whose schemas describe their wire format. The module is loaded at the first request
 * of the service, so that starting costs nothing per service.
 */
export function defineService<Module>(definition: {
  signingName: string;
  load: () => Promise<Module & object>;
  clientName: keyof Module & string;
  operations: Operations<Module>;
}): ServiceDefinition {
  return definition as unknown as ServiceDefinition;
}
