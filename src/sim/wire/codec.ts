/**
 * The only file that imports the SDK's semi-internal codecs. The simulator serves an operation by running the client's
 * own protocol object in a mirror: a request is decoded as if it were a response, a response encoded as if it were a
 * request. What the rest of the simulator needs of those objects is narrowed to the interfaces below; the versions are
 * pinned by the lockfile and a test asserts that there is a single copy of each package.
 */
import { XmlShapeSerializer } from "@aws-sdk/core/protocols";
import { EventStreamSerde } from "@smithy/core/event-streams";
import { FromStringShapeDeserializer } from "@smithy/core/protocols";
import { NormalizedSchema } from "@smithy/core/schema";

export { EventStreamSerde, FromStringShapeDeserializer, NormalizedSchema, XmlShapeSerializer };

/** Anything that stands for a schema in the SDK: a static tuple, a number, a thunk, a normalised one. */
export type SchemaLike = Parameters<typeof NormalizedSchema.of>[0];

/** A structure as the SDK's generated code writes it: id, namespace, name, traits, member names, member schemas. */
export type StaticStructure = [number, string, string, unknown, string[], SchemaLike[], ...unknown[]];

/** An operation as the SDK's generated code writes it: id 9, namespace, name, traits, input, output. */
export type StaticOperation = [number, string, string, unknown, SchemaLike, SchemaLike];

/** The traits that matter on the wire, by their names in the SDK. */
export interface WireTraits {
  /** Method, path with query, success status. */
  http?: [string, string, number];
  httpLabel?: number;
  httpQuery?: string;
  httpQueryParams?: number;
  httpHeader?: string;
  httpResponseCode?: number;
  xmlName?: string;
  xmlFlattened?: number;
  ec2QueryName?: string;
  error?: "client" | "server";
  httpError?: number;
  /** Code and status of an awsQuery error. */
  awsQueryError?: [string, number];
}

export interface MirrorMessage {
  statusCode?: number;
  headers: Record<string, string>;
  body: unknown;
}

export interface ShapeWriter {
  write(schema: SchemaLike, value: unknown): void;
  flush(): string | Uint8Array;
}

/** The part of a client's protocol object that the mirror uses. */
export interface MirrorProtocol {
  awsQueryCompatible?: boolean;
  /** The service's modelled errors by `namespace#Name`. */
  compositeErrorRegistry: { schemas: Map<string, SchemaLike> };
  options: { defaultNamespace: string; xmlNamespace?: string };
  getShapeId(): string;
  getDefaultContentType(): string;
  getPayloadCodec(): { createSerializer(): ShapeWriter; createDeserializer(): unknown };
  serializeRequest(operation: MirrorOperation, input: unknown, context: object): Promise<MirrorMessage>;
  deserializeResponse(
    operation: MirrorOperation,
    context: object,
    response: MirrorMessage,
  ): Promise<Record<string, unknown>>;
}

export interface MirrorOperation {
  namespace: string;
  name: string;
  traits: unknown;
  input: SchemaLike;
  output: SchemaLike;
}

/** A service client, as far as the mirror reads it. */
export interface MirrorClient {
  config: { protocol: MirrorProtocol; serviceId: string; [option: string]: unknown };
}

/** The operation of a mirrored message. "unit" is the SDK's name for a shape without members. */
export function mirrorOperation(
  namespace: string,
  name: string,
  input: SchemaLike,
  output: SchemaLike,
): MirrorOperation {
  return { namespace, name, traits: 0, input, output };
}

/** The schema of "no members". */
export const UNIT = "unit" as unknown as SchemaLike;

/** Own and member traits together, typed. */
export function wireTraits(schema: NormalizedSchema): WireTraits {
  return schema.getMergedTraits() as WireTraits;
}

/** The service's modelled error of this name, undefined when the model has none. */
export function modelledError(protocol: MirrorProtocol, name: string): NormalizedSchema | undefined {
  // The protocol's own registry, not the global one: a bundle may hold the client and this file's imports in two builds.
  const { schemas } = protocol.compositeErrorRegistry;
  const schema = schemas.get(`${protocol.options.defaultNamespace}#${name}`);
  return schema === undefined ? undefined : NormalizedSchema.of(schema);
}

/** The value as XML with `rootName` as its root element, whatever the shape itself is called. Timestamps in the protocol's default form. */
export function toXml(protocol: MirrorProtocol, schema: NormalizedSchema, value: unknown, rootName: string): string {
  const renamed = [...(schema.getSchema() as unknown as StaticStructure)];
  renamed[2] = rootName;
  renamed[3] = 0;
  const writer = new XmlShapeSerializer({
    httpBindings: false,
    timestampFormat: { useTrait: true, default: 5 },
    xmlNamespace: protocol.options.xmlNamespace ?? "",
    serviceNamespace: "",
  }) as unknown as ShapeWriter;
  writer.write(renamed as unknown as SchemaLike, value);
  return String(writer.flush());
}

/** Reader of scalars that travel as text: labels, query members, form fields. Timestamps default to ISO 8601. */
export function textReader(httpBindings: boolean): { read(schema: SchemaLike, text: string): unknown } {
  return new FromStringShapeDeserializer({
    httpBindings,
    timestampFormat: { useTrait: true, default: 5 },
  }) as unknown as { read(schema: SchemaLike, text: string): unknown };
}
