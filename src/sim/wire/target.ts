import type { IncomingMessage } from "node:http";
import type { WireRequest } from "./types.ts";

/** Hosts of S3: what stands before one of them is a bucket (S3 user guide, virtual hosting of buckets). */
const S3_HOST = /^(.+)\.(?:localhost|s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com)(?::\d+)?$/i;

/**
 * Path and query of a request. The bucket of a virtual-hosted S3 request goes in front of the path, so that both styles of
 * addressing look alike from here on.
 */
export function requestTarget({ url = "/", headers }: IncomingMessage, service: string): WireRequest["url"] {
  const mark = url.indexOf("?");
  const pathname = mark < 0 ? url : url.slice(0, mark);
  const searchParams = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const bucket = service === "s3" ? S3_HOST.exec(headers.host ?? "")?.[1] : undefined;
  return { pathname: bucket === undefined ? pathname : `/${bucket}${pathname}`, searchParams };
}
