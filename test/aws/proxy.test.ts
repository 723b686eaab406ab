import { createServer } from "node:http";
import { expect, it } from "vitest";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";

it("a proxy of the environment is used, except for what NO_PROXY names, and never by the demo", async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(403, { "content-type": "text/xml" });
    response.end(
      "<ErrorResponse><Error><Code>AccessDenied</Code><Message>by the proxy</Message></Error></ErrorResponse>",
    );
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const layer = (endpoint: string, loopbackOnly: boolean) =>
    createAwsLayer({
      clock: systemClock(),
      region: "us-east-1",
      endpoint,
      credentials: { accessKeyId: "A", secretAccessKey: "s" },
      loopbackOnly,
      environment: { HTTP_PROXY: url, NO_PROXY: "localhost" },
    });
  const ask = async (endpoint: string, loopbackOnly = false) =>
    (await layer(endpoint, loopbackOnly))
      .call("sts", "GetCallerIdentity", {}, { purpose: "poll" })
      .catch((error: unknown) => error);
  try {
    expect(await ask("http://sts.example.test")).toMatchObject({ detail: { kind: "denied" } });
    expect(asked).toEqual(["http://sts.example.test/"]);
    await ask("http://localhost:9");
    await ask("http://127.0.0.1:9", true);
    expect(asked).toHaveLength(1);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
