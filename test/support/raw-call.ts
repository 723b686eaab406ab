/**
 * The bytes on the wire, sent and read without any SDK: the same codec on both sides could hide an error.
 * @param service the signing name by which the simulator routes.
 */
export async function raw(
  endpoint: string,
  service: string,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string },
) {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIAGOLDEN/20261123/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
  const answer = await fetch(endpoint + (options.path ?? "/"), {
    method: options.method ?? "POST",
    headers: { authorization, ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  return {
    status: answer.status,
    type: answer.headers.get("content-type"),
    error: answer.headers.get("x-amzn-query-error"),
    date: answer.headers.get("date"),
    requestId: answer.headers.get("x-amzn-requestid"),
    errorType: answer.headers.get("x-amzn-errortype"),
    headers: answer.headers,
    text: await answer.text(),
  };
}

/** Headers of a call in awsJson. @param version of the protocol: 1.0 or 1.1. */
export const jsonHeaders = (target: string, version: string) => ({
  "content-type": `application/x-amz-json-${version}`,
  "x-amz-target": target,
});

/** Headers of a call in awsQuery and ec2Query. */
export const FORM_HEADERS = { "content-type": "application/x-www-form-urlencoded" };
