import type { Readable } from "node:stream";
import type { MirrorClient, NormalizedSchema } from "./codec.ts";
import { EventStreamSerde, wireTraits } from "./codec.ts";
import type { WireReply } from "./types.ts";

interface EventMessage {
  headers: Record<string, { type: string; value: unknown }>;
  body: Uint8Array | string;
}

interface Marshaller {
  serialize(events: AsyncIterable<unknown>, toMessage: (event: unknown) => EventMessage): unknown;
}

type SerdeOptions = ConstructorParameters<typeof EventStreamSerde>[0];

/** Modelled errors of a stream travel as exception frames, which the client-side writer (made for requests) does not know. */
function withExceptionFrames(inner: Marshaller, errors: Set<string>): Marshaller {
  return {
    ...inner,
    serialize: (events, toMessage) =>
      inner.serialize(events, (event) => {
        const message = toMessage(event);
        const type = message.headers[":event-type"];
        if (typeof message.body === "string") message.body = Buffer.from(message.body);
        if (type && errors.has(String(type.value))) {
          delete message.headers[":event-type"];
          message.headers[":exception-type"] = type;
          message.headers[":message-type"] = { type: "string", value: "exception" };
        }
        return message;
      }),
  };
}

/** The answer of an RPC operation whose output streams events: an `initial-response` frame at once, then one frame an event. */
export async function encodeEventStream(
  client: MirrorClient,
  context: object,
  schema: NormalizedSchema,
  output: Record<string, unknown>,
  headers: Record<string, string>,
): Promise<WireReply> {
  const member = schema.getEventStreamMember();
  const { [member]: events, ...initial } = output;
  const union = schema.getMemberSchema(member).getMemberSchemas();
  const errors = new Set(
    Object.entries(union)
      .filter(([, shape]) => wireTraits(shape).error)
      .map(([name]) => name),
  );
  const { protocol } = client.config;
  const serde = new EventStreamSerde({
    // Public on the resolved config of every client that has an event stream.
    marshaller: withExceptionFrames(client.config.eventStreamMarshaller as Marshaller, errors),
    serializer: protocol.getPayloadCodec().createSerializer(),
    deserializer: protocol.getPayloadCodec().createDeserializer(),
    serdeContext: context,
    defaultContentType: protocol.getDefaultContentType(),
  } as unknown as SerdeOptions);
  const body = await serde.serializeEventStream({
    eventStream: events as AsyncIterable<unknown>,
    requestSchema: schema,
    initialRequest: initial,
    initialMessageType: "initial-response",
  });
  return {
    status: 200,
    headers: { ...headers, "content-type": "application/vnd.amazon.eventstream" },
    body: body as Readable,
  };
}
