import type { MirrorClient, SchemaLike, StaticOperation } from "./codec.ts";
import { NormalizedSchema } from "./codec.ts";
import type { AnyHandler, WireRequest } from "./types.ts";

/** How a REST operation is told apart by method, path and fixed query members. */
interface RestBinding {
  method: string;
  segments: string[];
  query: [string, string][];
}

export interface Route {
  name: string;
  namespace: string;
  input: NormalizedSchema;
  output: NormalizedSchema;
  handler: AnyHandler;
  rest?: RestBinding;
  /** The input without members bound to the URL, made at the first request. */
  mirroredInput?: SchemaLike;
}

export interface Match {
  route: Route;
  /** Path labels by member name, decoded. */
  labels: Record<string, string>;
}

/** The last part of a protocol's shape id: awsJson1_1, awsQuery, ec2Query, restXml, restJson1. */
export function protocolKind(client: MirrorClient): string {
  return client.config.protocol.getShapeId().split("#")[1] ?? "";
}

/** A route for one operation of the client's model. */
export function makeRoute(operation: StaticOperation, handler: AnyHandler): Route {
  const [, namespace, name, , input, output] = operation;
  const holder = [3, "", "", operation[3], [], []] as unknown as SchemaLike;
  const traits = NormalizedSchema.of(holder).getOwnTraits() as { http?: [string, string, number] };
  const route: Route = {
    name,
    namespace,
    input: NormalizedSchema.of(input),
    output: NormalizedSchema.of(output),
    handler,
  };
  if (traits.http) route.rest = restBinding(traits.http, route.input);
  return route;
}

function restBinding([method, uri]: [string, string, number], input: NormalizedSchema): RestBinding {
  const [modelledPath = "/", search = ""] = uri.split("?");
  // S3's modelled paths lack the bucket, because endpoint rules add it on the client's side.
  const hasBucket = !input.isUnitSchema() && Boolean(input.getMemberSchemas().Bucket?.getMergedTraits().httpLabel);
  const path = hasBucket && !modelledPath.includes("{Bucket}") ? `/{Bucket}${modelledPath}` : modelledPath;
  return { method, segments: path.split("/").filter(Boolean), query: [...new URLSearchParams(search)] };
}

function pathLabels(segments: string[], parts: string[], trailingSlash: boolean): Record<string, string> | undefined {
  const greedy = segments.at(-1)?.endsWith("+}") ?? false;
  if (greedy ? parts.length < segments.length : parts.length !== segments.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (!segment.startsWith("{")) {
      if (segment !== parts[index]) return undefined;
      continue;
    }
    const name = segment.replace(/[{}+]/g, "");
    labels[name] = segment.endsWith("+}")
      ? parts.slice(index).join("/") + (trailingSlash ? "/" : "")
      : (parts[index] ?? "");
  }
  return labels;
}

function matchRest(routes: Map<string, Route>, request: WireRequest): Match | undefined {
  const { pathname, searchParams } = request.url;
  const parts = pathname.split("/").filter(Boolean).map(decodeURIComponent);
  let best: (Match & { weight: number }) | undefined;
  for (const route of routes.values()) {
    const rest = route.rest;
    if (!rest || rest.method !== request.method) continue;
    if (!rest.query.every(([key, value]) => searchParams.get(key) === value)) continue;
    // Operations may share method and path (GET /bucket and GET /bucket?policy): the one that fixes more query members wins.
    const labels = pathLabels(rest.segments, parts, pathname.endsWith("/"));
    if (!labels) continue;
    const weight = rest.query.filter(([key]) => key !== "x-id").length;
    if (!best || weight > best.weight) best = { route, labels, weight };
  }
  return best;
}

/** The operation that a request asks for, undefined when it is not simulated. */
export function matchRoute(kind: string, routes: Map<string, Route>, request: WireRequest): Match | undefined {
  if (kind.startsWith("rest")) return matchRest(routes, request);
  const route = routes.get(requestedOperation(kind, request));
  return route && { route, labels: {} };
}

/** The name of the operation that an RPC request asks for; for REST the method and path, for messages. */
export function requestedOperation(kind: string, request: WireRequest): string {
  if (kind.startsWith("awsJson"))
    return (
      String(request.headers["x-amz-target"] ?? "")
        .split(".")
        .pop() ?? ""
    );
  if (kind.endsWith("Query"))
    return new URLSearchParams(Buffer.from(request.body).toString("utf8")).get("Action") ?? "";
  return `${request.method} ${request.url.pathname}`;
}
