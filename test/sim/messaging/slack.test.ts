import { expect, test } from "vitest";
import { SLACK_TOKEN, SLACK_WEBHOOK } from "../../../src/sim/world/messaging/slack.ts";
import { http } from "../../support/http.ts";
import { testSimulator } from "../../support/simulator.ts";
import { UNICODE } from "../../support/wire.ts";

async function slack() {
  const simulator = await testSimulator();
  const api = async (method: string, body: object = {}, token = SLACK_TOKEN) =>
    (await http(`${simulator.endpoint}/slack/api/${method}`, "POST", body, { authorization: `Bearer ${token}` })).json;
  const hook = (body?: object | string, path = SLACK_WEBHOOK) =>
    http(`${simulator.endpoint}/slack/services/${path}`, "POST", body);
  return { ...simulator, api, hook };
}

test("an incoming webhook takes messages and refuses what it cannot read", async () => {
  const { hook, world } = await slack();
  const sent = await hook({ text: UNICODE, blocks: [{ type: "divider" }] });
  expect([sent.status, sent.text]).toEqual([200, "ok"]);
  expect(world.slack.messages).toMatchObject([
    { text: UNICODE, by: "webhook", channel: world.slack.channel("#incidents")?.id, blocks: [{ type: "divider" }] },
  ]);
  const refused = async (...input: Parameters<typeof hook>) => {
    const { status, text } = await hook(...input);
    return [status, text];
  };
  expect(await refused("{")).toEqual([400, "invalid_payload"]);
  expect(await refused({})).toEqual([400, "no_text"]);
  expect(await refused({ text: "x" }, "T0/B0/none")).toEqual([404, "no_service"]);
  world.slack.webhooks.get(SLACK_WEBHOOK)!.disabled = true;
  expect(await refused({ text: "x" })).toEqual([404, "no_service"]);
  expect(world.slack.messages).toHaveLength(1);
});

test("the Web API: a channel for the incident, its topic, people and messages", async () => {
  const { api, world } = await slack();
  expect(await api("auth.test")).toMatchObject({ ok: true, team: "lakehouse" });
  const name = "inc-2026-11-23-nessie-unreachable";
  const { channel } = await api("conversations.create", { name });
  expect(channel).toMatchObject({ name, is_private: false });
  expect(await api("conversations.create", { name })).toEqual({ ok: false, error: "name_taken" });
  expect(await api("conversations.setTopic", { channel: channel.id, topic: "P1" })).toMatchObject({
    ok: true,
    channel: { topic: { value: "P1" } },
  });
  expect(await api("conversations.invite", { channel: channel.id, users: "U0ONCALL01,U0DATAENG1" })).toMatchObject({
    ok: true,
  });
  expect(await api("conversations.invite", { channel: channel.id, users: "U0ONCALL01" })).toEqual({
    ok: false,
    error: "already_in_channel",
  });
  expect(await api("conversations.invite", { channel: channel.id, users: "U404" })).toEqual({
    ok: false,
    error: "user_not_found",
  });
  const posted = await api("chat.postMessage", { channel: `#${name}`, text: UNICODE });
  expect(posted).toMatchObject({ ok: true, channel: channel.id, message: { text: UNICODE } });
  expect(world.slack.messages[0]).toMatchObject({ channel: channel.id, ts: posted.ts, text: UNICODE, by: "api" });
});

test.each([
  ["", "invalid_name_required"],
  ["x".repeat(81), "invalid_name_maxlength"],
  ["--", "invalid_name_punctuation"],
  ["Upper", "invalid_name_specials"],
  ["a b", "invalid_name_specials"],
])("channel name %j: %s", async (name, error) => {
  const { api } = await slack();
  expect(await api("conversations.create", { name })).toEqual({ ok: false, error });
});

test("tokens, forms and unknown things", async () => {
  const { api, endpoint, world } = await slack();
  expect(await api("auth.test", {}, "xoxb-wrong")).toEqual({ ok: false, error: "invalid_auth" });
  expect((await http(`${endpoint}/slack/api/auth.test`, "POST")).json).toEqual({ ok: false, error: "not_authed" });
  expect(await api("chat.postMessage", { channel: "C404", text: "x" })).toEqual({
    ok: false,
    error: "channel_not_found",
  });
  expect(await api("chat.postMessage", { channel: "#incidents" })).toEqual({ ok: false, error: "no_text" });
  expect(await api("nope.nope")).toEqual({ ok: false, error: "unknown_method" });
  const form = new URLSearchParams({ token: SLACK_TOKEN, channel: "incidents", text: "by form" }).toString();
  const sent = await http(`${endpoint}/slack/api/chat.postMessage`, "POST", form, {
    "content-type": "application/x-www-form-urlencoded",
  });
  expect(sent.json.ok).toBe(true);
  expect(world.slack.messages.at(-1)?.text).toBe("by form");
});
