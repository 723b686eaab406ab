import { Readable } from "node:stream";
import type { MirrorClient, SchemaLike, StaticStructure } from "./codec.ts";
import { mirrorOperation, type NormalizedSchema, textReader, UNIT, wireTraits } from "./codec.ts";
import { decodeForm } from "./form.ts";
import type { Match, Route } from "./route.ts";
import type { WireRequest } from "./types.ts";

const labelReader = textReader(true);

function flatHeaders(headers: WireRequest["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}

/** The input structure without the members that travel in the URL, so that the reader never looks for them in the body. */
function withoutUrlMembers(schema: NormalizedSchema): SchemaLike {
  const [id, namespace, name, traits, names, members] = schema.getSchema() as unknown as StaticStructure;
  const kept = names
    .map((member, index) => ({ member, schema: members[index] as SchemaLike }))
    .filter(({ member }) => {
      const bound = wireTraits(schema.getMemberSchema(member));
      return !bound.httpLabel && !bound.httpQuery && !bound.httpQueryParams;
    });
  const structure = [id, namespace, name, traits, kept.map((entry) => entry.member), kept.map((entry) => entry.schema)];
  return structure as unknown as SchemaLike;
}

function readQueryMember(member: NormalizedSchema, key: string, search: URLSearchParams): unknown {
  if (!member.isListSchema()) return labelReader.read(member, search.get(key) ?? "");
  const element = [member.getValueSchema(), { httpQuery: key }] as unknown as SchemaLike;
  return search.getAll(key).map((text) => labelReader.read(element, text));
}

/** Adds the two bindings that a response cannot have: path labels and query members. */
function addUrlMembers(value: Record<string, unknown>, route: Route, request: WireRequest, match: Match): void {
  const search = request.url.searchParams;
  for (const [name, member] of route.input.structIterator()) {
    const traits = wireTraits(member);
    if (traits.httpLabel) value[name] = labelReader.read(member, match.labels[name] ?? "");
    else if (traits.httpQuery && search.has(traits.httpQuery))
      value[name] = readQueryMember(member, traits.httpQuery, search);
  }
}

/** The typed input of a request: the protocol reads it as if it were a response whose output is the operation's input. */
export async function decodeRequest(
  client: MirrorClient,
  context: object,
  kind: string,
  request: WireRequest,
  match: Match,
): Promise<Record<string, unknown>> {
  const { route } = match;
  const unit = route.input.isUnitSchema();
  if (kind.endsWith("Query")) {
    return decodeForm(route.input, Buffer.from(request.body).toString("utf8"), kind === "ec2Query");
  }
  const rest = kind.startsWith("rest");
  if (rest && !unit) route.mirroredInput ??= withoutUrlMembers(route.input);
  const { $metadata: _, ...value } = await client.config.protocol.deserializeResponse(
    mirrorOperation(route.namespace, route.name, UNIT, rest && !unit ? route.mirroredInput! : route.input),
    context,
    {
      statusCode: 200,
      headers: flatHeaders(request.headers),
      body: route.streamsInput ? Readable.from([request.body]) : request.body,
    },
  );
  if (rest && !unit) addUrlMembers(value, route, request, match);
  return value;
}
