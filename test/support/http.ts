/** An answer of a plain HTTP endpoint, its JSON read. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests assert on the shape themselves.
  json: any;
}

/** Sends a request; an object as body goes out as JSON. */
export async function http(
  url: string,
  method = "GET",
  body?: object | string,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const text = typeof body === "object" ? JSON.stringify(body) : body;
  const answer = await fetch(url, {
    method,
    headers: { ...(typeof body === "object" ? { "content-type": "application/json" } : {}), ...headers },
    ...(text === undefined ? {} : { body: text }),
  });
  const read = await answer.text();
  const json = answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(read) : undefined;
  return { status: answer.status, headers: answer.headers, text: read, json };
}
