import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { Failure } from "../../src/base/failure.ts";
import { Secrets } from "../../src/base/secrets.ts";
import { httpTransport } from "../../src/transports/http/transport.ts";
import { messagingServer, refusedAddress, type Scripted } from "../support/messaging-server.ts";

const ACTION = { purpose: "action" } as const;
const TOKEN = "xoxb-1234567890-verysecrettoken";
const KEY = "abcdefabcdefabcdefabcdefabcdef12";
const HOOK_PATH = "/services/T000/B000/averysecretpath";
const OK: Scripted = { status: 200, body: '{"ok":true,"channel":{"id":"C1","name":"inc-x"}}' };
const EVENT = {
  routing_key: "PAGERDUTY_ROUTING_KEY",
  event_action: "trigger",
  dedup_key: "mayday-1",
  payload: { summary: "down", source: "lake-prod", severity: "critical" },
};
const POST = { token: "SLACK_BOT_TOKEN", channel: "#incidents", text: "it is down" };
const HOOK = { webhook: "ALERT_SLACK_WEBHOOK_URL", text: "it is down" };

/** A clock that waits no time, and remembers for how long it was asked to. */
function impatient(): Clock & { waitedMs: number[] } {
  const waitedMs: number[] = [];
  return {
    ...systemClock(),
    speed: 1,
    waitedMs,
    sleep: async (durationMs: number) => {
      waitedMs.push(durationMs);
    },
  };
}

function transportTo(
  url: string,
  options: { loopbackOnly?: boolean; environment?: NodeJS.ProcessEnv; hook?: string } = {},
) {
  const clock = impatient();
  const transport = httpTransport({
    clock,
    secrets: new Secrets(
      new Map([
        ["SLACK_BOT_TOKEN", TOKEN],
        ["ALERT_SLACK_WEBHOOK_URL", options.hook ?? url + HOOK_PATH],
        ["PAGERDUTY_ROUTING_KEY", KEY],
      ]),
    ),
    endpoints: { slackApi: `${url}/api`, pagerDutyEvents: `${url}/v2/enqueue` },
    loopbackOnly: options.loopbackOnly ?? false,
    environment: options.environment ?? {},
    patience: { connectMs: 2000, answerMs: 300 },
  });
  return { transport, clock };
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`no Failure, but ${String(error)}`);
}

describe("what goes out", () => {
  it("the Web API gets the method, the token in its header and the rest as JSON", async () => {
    const server = await messagingServer(OK);
    const { transport } = transportTo(server.url);
    await transport.send("slack", "ChatPostMessage", POST, ACTION);
    expect(server.seen).toEqual([
      {
        path: "/api/chat.postMessage",
        authorization: `Bearer ${TOKEN}`,
        body: { channel: "#incidents", text: "it is down" },
      },
    ]);
  });

  it("the webhook's address is the secret itself", async () => {
    const server = await messagingServer({ status: 200, body: "ok" });
    await transportTo(server.url).transport.send("slack", "PostWebhook", HOOK, ACTION);
    expect(server.seen).toEqual([{ path: HOOK_PATH, authorization: "", body: { text: "it is down" } }]);
  });

  it("PagerDuty gets the event with the routing key in the place of its name", async () => {
    const server = await messagingServer({ status: 202, body: '{"status":"success","dedup_key":"mayday-1"}' });
    const sent = await transportTo(server.url).transport.send("pagerduty", "Enqueue", EVENT, ACTION);
    expect(server.seen[0]).toMatchObject({ path: "/v2/enqueue", body: { ...EVENT, routing_key: KEY } });
    expect(sent.output).toMatchObject({ dedup_key: "mayday-1" });
  });

  it("of the channel's names the first that is free is taken", async () => {
    const taken: Scripted = { status: 200, body: '{"ok":false,"error":"name_taken"}' };
    const server = await messagingServer(taken, taken, OK);
    const input = { token: "SLACK_BOT_TOKEN", names: ["inc-x", "inc-x-2", "inc-x-3", "inc-x-4"] };
    const sent = await transportTo(server.url).transport.send("slack", "ConversationsCreate", input, ACTION);
    expect(server.seen.map(({ body }) => body.name)).toEqual(["inc-x", "inc-x-2", "inc-x-3"]);
    expect(sent.output).toMatchObject({ channel: { id: "C1" } });
  });
});

describe("lines for a shell", () => {
  it("name the secrets and never hold them", () => {
    const { transport } = transportTo("https://slack.example");
    const line = transport.lineOf("slack", "ChatPostMessage", POST);
    expect(line).toBe(
      `curl -sS https://slack.example/api/chat.postMessage -H "Authorization: Bearer $SLACK_BOT_TOKEN" -H 'content-type: application/json' -d '{"channel":"#incidents","text":"it is down"}'`,
    );
    expect(transport.lineOf("slack", "PostWebhook", { ...HOOK, text: "it's down" })).toBe(
      `curl -sS "$ALERT_SLACK_WEBHOOK_URL" -H 'content-type: application/json' -d '{"text":"it'\\''s down"}'`,
    );
    expect(
      transport.lineOf("pagerduty", "Enqueue", { ...EVENT, payload: { summary: '"PAGERDUTY_ROUTING_KEY"' } }),
    ).toContain(`-d '{"routing_key":"'"$PAGERDUTY_ROUTING_KEY"'","event_action":"trigger"`);
  });
});

describe("when it does not work", () => {
  it("429 is asked again after the time that it names", async () => {
    const limited: Scripted = { status: 429, headers: { "retry-after": "7" } };
    const server = await messagingServer(limited, limited, OK);
    const { transport, clock } = transportTo(server.url);
    await transport.send("slack", "ChatPostMessage", POST, ACTION);
    expect(server.seen).toHaveLength(3);
    expect(clock.waitedMs).toEqual([7000, 7000]);
  });

  it("a 429 that wants too long is said at once, with its time, and certainly did not arrive", async () => {
    const server = await messagingServer({ status: 429, headers: { "retry-after": "120" } });
    const { transport, clock } = transportTo(server.url);
    const { detail } = await failureOf(transport.send("slack", "PostWebhook", HOOK, ACTION));
    expect(detail).toMatchObject({ kind: "throttled", isSent: false });
    expect(detail.next).toContain("120 s");
    expect(clock.waitedMs).toEqual([]);
  });

  it("500 is asked again where the same event twice counts once, and not where it would be two messages", async () => {
    const server = await messagingServer({ status: 500, body: "Server Error" });
    const { transport } = transportTo(server.url);
    expect(await failureOf(transport.send("pagerduty", "Enqueue", EVENT, ACTION))).toMatchObject({
      kind: "unreachable",
    });
    expect(server.seen).toHaveLength(3);
    const slack = await failureOf(transport.send("slack", "ChatPostMessage", POST, ACTION));
    expect(slack.detail.why).toContain("may have arrived");
    expect(slack.detail.isSent).toBeUndefined();
    expect(server.seen).toHaveLength(4);
  });

  it.each(["hang", "break"] as const)(
    "no answer (%s) may have arrived: it is said, and not sent again by itself",
    async (how) => {
      const server = await messagingServer(how);
      const { detail } = await failureOf(
        transportTo(server.url).transport.send("slack", "ChatPostMessage", POST, ACTION),
      );
      expect(detail).toMatchObject({ kind: "unreachable" });
      expect(detail.why).toContain("may have arrived");
      expect(detail.isSent).toBeUndefined();
      expect(server.seen).toHaveLength(1);
    },
  );

  it("a refused connection is tried three times and certainly did not arrive", async () => {
    const { transport, clock } = transportTo(await refusedAddress());
    const { detail } = await failureOf(transport.send("slack", "ChatPostMessage", POST, ACTION));
    expect(detail).toMatchObject({ kind: "unreachable", isSent: false });
    expect(detail.why).toContain("ECONNREFUSED");
    expect(clock.waitedMs).toEqual([500, 1000]);
  });

  it("a name that nobody resolves certainly did not arrive either", async () => {
    const { transport } = transportTo("https://slack.invalid");
    const { detail } = await failureOf(transport.send("slack", "ChatPostMessage", POST, ACTION));
    expect(detail).toMatchObject({ kind: "unreachable", isSent: false });
  });

  it.each([
    ["invalid_auth", "denied", "SLACK_BOT_TOKEN"],
    ["channel_not_found", "not-found", "channel"],
    ["msg_too_long", "invalid", "copy"],
  ])("Slack's %s is %s, and says what to do", async (error, kind, next) => {
    const server = await messagingServer({ status: 200, body: JSON.stringify({ ok: false, error }) });
    const { detail } = await failureOf(
      transportTo(server.url).transport.send("slack", "ChatPostMessage", POST, ACTION),
    );
    expect(detail).toMatchObject({ kind, why: `Slack says ${error}` });
    expect(detail.next).toContain(next);
  });

  it.each([
    ["an error of its own", '{"ok":false,"error":"internal_error"}'],
    ["an error of its own, in which something may have been done", '{"ok":false,"error":"fatal_error"}'],
    ["an answer that is not Slack's", "<html>Welcome to the guest network</html>"],
  ])("after %s the message may have arrived: it is said", async (_what, body) => {
    const server = await messagingServer({ status: 200, body });
    const { detail } = await failureOf(
      transportTo(server.url).transport.send("slack", "ChatPostMessage", POST, ACTION),
    );
    expect(detail).toMatchObject({ kind: "unreachable" });
    expect(detail.isSent).toBeUndefined();
    expect(detail.why).toContain("may have arrived");
  });

  it("a webhook that is gone, and a routing key that PagerDuty does not know", async () => {
    const hook = await messagingServer({ status: 404, body: "no_service" });
    expect(await failureOf(transportTo(hook.url).transport.send("slack", "PostWebhook", HOOK, ACTION))).toMatchObject({
      kind: "not-found",
    });
    const pager = await messagingServer({ status: 400, body: '{"errors":["Invalid routing key"]}' });
    const { detail } = await failureOf(transportTo(pager.url).transport.send("pagerduty", "Enqueue", EVENT, ACTION));
    expect(detail).toMatchObject({ kind: "denied", why: "PagerDuty says Invalid routing key" });
  });

  it("an answer that repeats the secrets, and control characters in it, reach nobody", async () => {
    const body = JSON.stringify({ ok: false, error: `\u001b[31m${TOKEN} ${HOOK_PATH} ${KEY}` });
    const server = await messagingServer({ status: 200, body });
    const failure = await failureOf(transportTo(server.url).transport.send("slack", "ChatPostMessage", POST, ACTION));
    expect(failure.detail.why).toBe("Slack says [SLACK_BOT_TOKEN] [ALERT_SLACK_WEBHOOK_URL] [PAGERDUTY_ROUTING_KEY]");
    expect(JSON.stringify([failure.message, failure.stack, String(failure.cause)])).not.toContain(TOKEN);
  });

  it("a secret that is not set is named, and nothing is sent", async () => {
    const server = await messagingServer(OK);
    const { detail } = await failureOf(
      transportTo(server.url).transport.send(
        "pagerduty",
        "Enqueue",
        { ...EVENT, routing_key: "PAGERDUTY_ROUTING_KEY_L2" },
        ACTION,
      ),
    );
    expect(detail).toMatchObject({ kind: "refused", why: "PAGERDUTY_ROUTING_KEY_L2 is not set" });
    expect(server.seen).toEqual([]);
  });

  it("a webhook that is no address is said without showing it", async () => {
    const { transport } = transportTo("http://127.0.0.1:1", { hook: "not an address but secret" });
    const { detail } = await failureOf(transport.send("slack", "PostWebhook", HOOK, ACTION));
    expect(detail).toMatchObject({ kind: "invalid", why: "ALERT_SLACK_WEBHOOK_URL is not an address" });
  });

  it("the caller's abort ends it", async () => {
    const server = await messagingServer("hang");
    const stop = new AbortController();
    const sending = transportTo(server.url).transport.send("slack", "ChatPostMessage", POST, {
      ...ACTION,
      signal: stop.signal,
    });
    await expect.poll(() => server.seen.length).toBe(1);
    stop.abort(new Error("closing"));
    await expect(sending).rejects.toThrow("closing");
  });
});

describe("where it may go", () => {
  it("the demo's transport sends to this machine only", async () => {
    const { transport } = transportTo("https://hooks.slack.com", { loopbackOnly: true });
    expect(await failureOf(transport.send("slack", "PostWebhook", HOOK, ACTION))).toMatchObject({ kind: "refused" });
    expect(await failureOf(transport.send("slack", "ChatPostMessage", POST, ACTION))).toMatchObject({
      kind: "refused",
    });
  });

  it("no secret leaves this machine without encryption", async () => {
    const { detail } = await failureOf(
      transportTo("http://slack.example").transport.send("slack", "ChatPostMessage", POST, ACTION),
    );
    expect(detail).toMatchObject({ kind: "refused" });
    expect(detail.why).toContain("without encryption");
  });

  it("a proxy of the environment is used, except for what NO_PROXY names, and never by the demo", async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket) => {
      asked.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = proxy.address();
    const environment = {
      HTTPS_PROXY: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
      NO_PROXY: "direct.invalid",
    };
    try {
      const proxied = await failureOf(
        transportTo("https://slack.example", { environment }).transport.send("slack", "ChatPostMessage", POST, ACTION),
      );
      expect(asked[0]).toBe("slack.example:443");
      expect(proxied.detail).toMatchObject({ kind: "unreachable", isSent: false });
      const before = asked.length;
      await failureOf(
        transportTo("https://direct.invalid", { environment }).transport.send("slack", "ChatPostMessage", POST, ACTION),
      );
      const server = await messagingServer(OK);
      await transportTo(server.url, { environment, loopbackOnly: true }).transport.send(
        "slack",
        "ChatPostMessage",
        POST,
        ACTION,
      );
      expect(asked).toHaveLength(before);
    } finally {
      proxy.close();
    }
  });
});
