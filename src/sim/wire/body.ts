import type { IncomingHttpHeaders } from "node:http";
import { gunzipSync } from "node:zlib";

/** Takes the aws-chunked framing off (what the SDK sends for streamed S3 bodies): hex length, CR LF, bytes, CR LF, to a zero length. */
function removeChunkFraming(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  let position = 0;
  while (position < body.length) {
    const lineEnd = body.indexOf("\r\n", position);
    const length = Number.parseInt(body.toString("latin1", position, lineEnd), 16);
    if (!length) break;
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + length));
    position = lineEnd + 4 + length;
  }
  return Buffer.concat(parts);
}

/** The body without content codings. A gzip coding of binary uploads belongs to the object and stays. */
export function plainBody(body: Buffer, headers: IncomingHttpHeaders): Buffer {
  const coding = headers["content-encoding"] ?? "";
  const unframed = coding.includes("aws-chunked") ? removeChunkFraming(body) : body;
  const compressedRequest = coding.includes("gzip") && headers["content-type"] !== "application/octet-stream";
  return compressedRequest ? gunzipSync(unframed) : unframed;
}
