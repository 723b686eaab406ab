import { AwsError } from "./aws-error.ts";
import type { MirrorClient } from "./codec.ts";
import { mirrorOperation, modelledError, toXml, UNIT, wireTraits } from "./codec.ts";
import { encodeEventStream } from "./event-stream.ts";
import type { Route } from "./route.ts";
import type { WireReply } from "./types.ts";

/** Headers that every answer carries. Both spellings exist on AWS: the JSON and query services use the first, S3 the second. */
export function requestIdHeaders(requestId: string): Record<string, string> {
  return { "x-amzn-requestid": requestId, "x-amz-request-id": requestId };
}

function encodeQuery(client: MirrorClient, kind: string, route: Route, output: object, requestId: string): WireReply {
  const ec2 = kind === "ec2Query";
  const rootName = `${route.name}${ec2 ? "Response" : "Result"}`;
  const inner = route.output.isUnitSchema() ? "" : toXml(client.config.protocol, route.output, output, rootName);
  const envelope = `<${route.name}Response>${inner}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${route.name}Response>`;
  const body = ec2 ? withRequestId(inner || `<${rootName}/>`, rootName, requestId) : envelope;
  return { status: 200, headers: { ...requestIdHeaders(requestId), "content-type": "text/xml" }, body };
}

/** An answer of EC2, whose request id is the first child of the root (EC2 API reference, common response elements). */
function withRequestId(xml: string, rootName: string, requestId: string): string {
  const [opening = "", slash] = /^<[^>]*?(\/?)>/.exec(xml) ?? [];
  const content = slash ? "" : xml.slice(opening.length, -`</${rootName}>`.length);
  return `${opening.replace(/\/?>$/, ">")}<requestId>${requestId}</requestId>${content}</${rootName}>`;
}

/** The answer on the wire: the protocol writes it as if it were a request whose input is the operation's output. */
export async function encodeResponse(
  client: MirrorClient,
  context: object,
  kind: string,
  route: Route,
  output: Record<string, unknown>,
  requestId: string,
): Promise<WireReply> {
  if (kind.endsWith("Query")) return encodeQuery(client, kind, route, output, requestId);
  const unit = route.output.isUnitSchema();
  if (!unit && route.output.getEventStreamMember() && !kind.startsWith("rest")) {
    return encodeEventStream(client, context, route.output, output, requestIdHeaders(requestId));
  }
  const message = await client.config.protocol.serializeRequest(
    mirrorOperation(route.namespace, route.name, route.output, UNIT),
    output,
    context,
  );
  if (route.name === "GetBucketLocation") message.body = bucketLocation(output.LocationConstraint);
  const { "x-amz-target": _target, "x-amzn-query-mode": _mode, ...headers } = message.headers;
  const metadata = output.$metadata as { httpStatusCode: number } | undefined;
  const modelledStatus = route.statusMember === undefined ? undefined : output[route.statusMember];
  return {
    status:
      metadata?.httpStatusCode ?? (typeof modelledStatus === "number" ? modelledStatus : (route.rest?.status ?? 200)),
    headers: { ...requestIdHeaders(requestId), ...headers },
    body: unit && kind === "restXml" ? "" : (message.body as WireReply["body"]),
  };
}

/** The only answer of S3 whose element is not wrapped in one for the operation (the model's trait s3UnwrappedXmlOutput). */
function bucketLocation(constraint: unknown): string {
  const element = 'LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  const content = constraint === undefined ? `<${element}/>` : `<${element}>${constraint}</LocationConstraint>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${content}`;
}

/** The codec's bytes as text. Its byte arrays warn on the console when they are used as strings. */
function plainText(flushed: string | Uint8Array): string {
  return typeof flushed === "string" ? flushed : new TextDecoder().decode(flushed);
}

const escapeXml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The answer for a thrown error: AwsError as it says, anything else as an InternalFailure whose text is the bug's message. */
export function encodeError(client: MirrorClient, kind: string, thrown: unknown, requestId: string): WireReply {
  const error =
    thrown instanceof AwsError
      ? thrown
      : new AwsError("InternalFailure", `simulator bug: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
          status: 500,
        });
  const { protocol } = client.config;
  const namespace = protocol.options.defaultNamespace;
  const schema = modelledError(protocol, error.code);
  const traits = schema ? wireTraits(schema) : {};
  const [queryCode, queryStatus] = traits.awsQueryError ?? [];
  const status = error.status ?? queryStatus ?? traits.httpError ?? (traits.error === "server" ? 500 : 400);
  const code = queryCode ?? error.code;
  const fault = status >= 500 ? "Receiver" : "Sender";
  const headers = { ...requestIdHeaders(requestId), ...error.headers };
  const { message, members } = error;
  if (kind.startsWith("awsJson") || kind === "restJson1") {
    const body: Record<string, unknown> = {};
    if (schema) {
      const writer = protocol.getPayloadCodec().createSerializer();
      writer.write(schema, { ...members, message, Message: message });
      Object.assign(body, JSON.parse(plainText(writer.flush())));
    }
    body.__type = schema ? `${namespace}#${error.code}` : error.code;
    body.message = message;
    headers["content-type"] = protocol.getDefaultContentType();
    headers["x-amzn-errortype"] = error.code;
    if (protocol.awsQueryCompatible) headers["x-amzn-query-error"] = `${code};${fault}`;
    return { status, headers, body: JSON.stringify(body) };
  }
  const inner = schema
    ? toXml(protocol, schema, members, "E").replace(/^<E[^>]*?(\/>|>)|<\/E>$/g, "")
    : Object.entries(members)
        .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
        .join("");
  const core = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>${inner}`;
  headers["content-type"] = "text/xml";
  return { status, headers, body: errorEnvelope(kind, core, fault, requestId) };
}

function errorEnvelope(kind: string, core: string, fault: string, requestId: string): string {
  if (kind === "awsQuery") {
    return `<ErrorResponse><Error><Type>${fault}</Type>${core}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  }
  if (kind === "ec2Query") {
    return `<Response><Errors><Error>${core}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
  }
  return `<Error>${core}<RequestId>${requestId}</RequestId></Error>`;
}
