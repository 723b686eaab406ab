import type { MirrorClient, SchemaLike, StaticOperation } from "./codec.ts";
import { NormalizedSchema, type StaticStructure, wireTraits } from "./codec.ts";
import type { AnyHandler, WireRequest } from "./types.ts";

/** How a REST operation is told apart: by method, path, fixed query members, and what its requests cannot lack. */
interface RestBinding {
  method: string;
  segments: string[];
  query: [string, string][];
  /** Names of the query members and headers that the model requires: UploadPart's partNumber, CopyObject's x-amz-copy-source. */
  required: { query: string[]; headers: string[] };
  /** HTTP status of success. */
  status: number;
}

export interface Route {
  name: string;
  namespace: string;
  input: NormalizedSchema;
  output: NormalizedSchema;
  /** Undefined: the model has the operation, the simulator does not. */
  handler: AnyHandler | undefined;
  rest?: RestBinding;
  /** The input has a member that is a stream of bytes. */
  streamsInput: boolean;
  /** The output's member that is the HTTP status itself. */
  statusMember: string | undefined;
  /** The input without members bound to the URL, made at the first request. */
  mirroredInput?: SchemaLike;
}

export interface Match {
  route: Route;
  handler: AnyHandler;
  /** Path labels by member name, decoded. */
  labels: Record<string, string>;
}

/** The last part of a protocol's shape id: awsJson1_1, awsQuery, ec2Query, restXml, restJson1. */
export function protocolKind(client: MirrorClient): string {
  return client.config.protocol.getShapeId().split("#")[1] ?? "";
}

/** A route for one operation of the client's model. */
export function makeRoute(operation: StaticOperation, handler: AnyHandler | undefined): Route {
  const [, namespace, name, , input, output] = operation;
  const holder = [3, "", "", operation[3], [], []] as unknown as SchemaLike;
  const traits = NormalizedSchema.of(holder).getOwnTraits() as { http?: [string, string, number] };
  const [asked, answered] = [NormalizedSchema.of(input), NormalizedSchema.of(output)];
  const route: Route = {
    name,
    namespace,
    input: asked,
    output: answered,
    handler,
    streamsInput: membersOf(asked).some(([, member]) => member.isStreaming()),
    statusMember: membersOf(answered).find(([, member]) => wireTraits(member).httpResponseCode)?.[0],
  };
  if (traits.http) route.rest = restBinding(traits.http, route.input);
  return route;
}

function membersOf(schema: NormalizedSchema): [name: string, member: NormalizedSchema][] {
  return schema.isUnitSchema() ? [] : Object.entries(schema.getMemberSchemas());
}

function restBinding([method, uri, status]: [string, string, number], input: NormalizedSchema): RestBinding {
  const [modelledPath = "/", search = ""] = uri.split("?");
  // S3's modelled paths lack the bucket, because endpoint rules add it on the client's side.
  const hasBucket = !input.isUnitSchema() && Boolean(input.getMemberSchemas().Bucket?.getMergedTraits().httpLabel);
  const path = hasBucket && !modelledPath.includes("{Bucket}") ? `/{Bucket}${modelledPath}` : modelledPath;
  const segments = path.split("/").filter(Boolean);
  return { method, segments, query: [...new URLSearchParams(search)], required: requiredMembers(input), status };
}

function requiredMembers(input: NormalizedSchema): RestBinding["required"] {
  const required: RestBinding["required"] = { query: [], headers: [] };
  if (input.isUnitSchema()) return required;
  // The generated schemas put the required members first and say how many they are.
  const [, , , , names, , count = 0] = input.getSchema() as unknown as StaticStructure;
  for (const name of names.slice(0, count as number)) {
    const traits = wireTraits(input.getMemberSchema(name));
    if (traits.httpQuery) required.query.push(traits.httpQuery);
    if (traits.httpHeader) required.headers.push(traits.httpHeader.toLowerCase());
  }
  return required;
}

/** @param parts what is between the path's slashes; a greedy label (an object's key) may hold empty ones. */
function pathLabels(segments: string[], parts: string[]): Record<string, string> | undefined {
  const greedy = segments.at(-1)?.endsWith("+}") ?? false;
  const significant = greedy ? parts : parts.filter((part) => part !== "");
  if (greedy ? significant.length < segments.length : significant.length !== segments.length) return undefined;
  if (greedy && segments.length === parts.length && parts.at(-1) === "") return undefined;
  return labelsOf(segments, significant);
}

function labelsOf(segments: string[], parts: string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (!segment.startsWith("{")) {
      if (segment !== parts[index]) return undefined;
      continue;
    }
    const name = segment.replace(/[{}+]/g, "");
    labels[name] = segment.endsWith("+}") ? parts.slice(index).join("/") : (parts[index] ?? "");
  }
  return labels;
}

interface RestMatch {
  route: Route;
  labels: Record<string, string>;
  weight: number;
}

/** How well a request fits: more for each fixed or required member that it has, less than nothing when it lacks a required one. */
function fit({ query, required }: RestBinding, { url, headers }: WireRequest): number {
  const fixed = query.filter(([key]) => key !== "x-id").length;
  const has = [
    ...required.query.map((key) => url.searchParams.has(key)),
    ...required.headers.map((name) => headers[name] !== undefined),
  ];
  return has.includes(false) ? -1 : fixed + has.length;
}

function matchRest(routes: Map<string, Route>, request: WireRequest): RestMatch | undefined {
  const { pathname, searchParams } = request.url;
  const parts = pathname.replace(/^\//, "").split("/").map(decodeURIComponent);
  let best: RestMatch | undefined;
  for (const route of routes.values()) {
    const rest = route.rest;
    if (!rest || rest.method !== request.method) continue;
    // x-id names the operation, but only some clients send it.
    const fits = ([key, value]: [string, string]) =>
      (searchParams.get(key) ?? (key === "x-id" ? value : null)) === value;
    if (!rest.query.every(fits)) continue;
    const labels = pathLabels(rest.segments, parts);
    if (!labels) continue;
    // Operations may share method and path (GET /bucket and GET /bucket?policy): the one that fits best wins.
    const weight = fit(rest, request);
    if (!best || weight > best.weight) best = { route, labels, weight };
  }
  return best;
}

/** The operation that a request asks for, undefined when the model has none; the route has no handler when it is not simulated. */
export function matchRoute(
  kind: string,
  routes: Map<string, Route>,
  request: WireRequest,
): Omit<RestMatch, "weight"> | undefined {
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
