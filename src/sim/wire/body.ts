import type { IncomingHttpHeaders } from "node:http";
import { gunzipSync } from "node:zlib";

export interface PlainBody {
  body: Buffer;
  /** Headers that came behind the body, names in lower case: the checksum of a streamed upload. */
  trailers: Record<string, string>;
}

/**
 * Takes the aws-chunked framing off (what the SDK sends for streamed S3 bodies): hex length, CR LF, bytes, CR LF, to a zero
 * length with the trailers behind it.
 */
function removeChunkFraming(body: Buffer): PlainBody {
  const parts: Buffer[] = [];
  let position = 0;
  while (position < body.length) {
    const lineEnd = body.indexOf("\r\n", position);
    const length = Number.parseInt(body.toString("latin1", position, lineEnd), 16);
    if (!length) {
      position = lineEnd + 2;
      break;
    }
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + length));
    position = lineEnd + 4 + length;
  }
  const trailers = body
    .toString("latin1", position)
    .split("\r\n")
    .flatMap((line) => {
      const colon = line.indexOf(":");
      return colon > 0 ? [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]] : [];
    });
  return { body: Buffer.concat(parts), trailers: Object.fromEntries(trailers) };
}

/** The body without content codings. In S3 a gzip coding belongs to the object and stays. */
export function plainBody(body: Buffer, headers: IncomingHttpHeaders, service: string): PlainBody {
  const coding = headers["content-encoding"] ?? "";
  const framed = coding.includes("aws-chunked") || /^STREAMING-/.test(String(headers["x-amz-content-sha256"] ?? ""));
  const plain = framed ? removeChunkFraming(body) : { body, trailers: {} };
  const compressedRequest = coding.includes("gzip") && service !== "s3";
  return compressedRequest ? { ...plain, body: gunzipSync(plain.body) } : plain;
}
