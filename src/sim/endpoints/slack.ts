import { bodyOf, type HttpEndpoint, jsonReply, textReply } from "../wire/http-endpoint.ts";
import type { WireReply, WireRequest } from "../wire/types.ts";
import { SLACK_USERS, type SlackChannel, type SlackWorkspace } from "../world/messaging/slack.ts";

type Arguments = Record<string, unknown>;

/** Longest channel name, topic and message in characters (Slack's method references). */
const LIMITS = { name: 80, topic: 250, text: 40_000 };

class SlackRefusal extends Error {}

const refuse = (error: string): never => {
  throw new SlackRefusal(error);
};

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

/** The body of an incoming webhook: JSON, or a form with JSON in `payload`. */
function webhookPayload(request: WireRequest): Arguments | undefined {
  const body = bodyOf(request);
  if (typeof body?.payload !== "string") return body;
  return bodyOf({ ...request, headers: {}, body: Buffer.from(body.payload) });
}

function webhook(workspace: SlackWorkspace, request: WireRequest): WireReply {
  const hook = workspace.webhooks.get(request.url.pathname.replace("/slack/services/", ""));
  if (!hook || hook.disabled) return textReply(404, "no_service");
  const payload = webhookPayload(request);
  if (!payload) return textReply(400, "invalid_payload");
  const { blocks, attachments } = payload;
  if (!textOf(payload.text) && blocks === undefined && attachments === undefined) return textReply(400, "no_text");
  const channel = workspace.channel(hook.channel);
  if (!channel) return textReply(404, "channel_not_found");
  workspace.post(channel.id, textOf(payload.text), blocks, "webhook");
  return textReply(200, "ok");
}

/** Why a name cannot be a channel's (Slack, conversations.create). */
function nameProblem(name: string): string | undefined {
  if (name === "") return "invalid_name_required";
  if (name.length > LIMITS.name) return "invalid_name_maxlength";
  if (/^[-_]+$/.test(name)) return "invalid_name_punctuation";
  return /^[\p{Ll}\p{Lo}\d_-]+$/u.test(name) ? undefined : "invalid_name_specials";
}

function channelView(channel: SlackChannel): object {
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !channel.isPrivate,
    is_private: channel.isPrivate,
    is_archived: false,
    is_member: true,
    created: Math.floor(channel.createdAtMs / 1000),
    topic: { value: channel.topic, creator: "", last_set: 0 },
  };
}

/** The methods of the Web API that are simulated. */
function methods(workspace: SlackWorkspace): Record<string, (input: Arguments) => object> {
  const channelOf = (input: Arguments) => workspace.channel(textOf(input.channel)) ?? refuse("channel_not_found");
  return {
    "auth.test": () => ({
      url: "https://lakehouse.slack.com/",
      team: "lakehouse",
      user: "mayday",
      team_id: workspace.teamId,
      user_id: workspace.botUserId,
      bot_id: "B0MAYDAYBOT",
    }),
    "chat.postMessage": (input) => {
      const channel = channelOf(input);
      const text = textOf(input.text);
      if (!text && input.blocks === undefined && input.attachments === undefined) refuse("no_text");
      if (text.length > LIMITS.text) refuse("msg_too_long");
      const message = workspace.post(channel.id, text, input.blocks, "api");
      return {
        channel: channel.id,
        ts: message.ts,
        message: { type: "message", user: workspace.botUserId, text, ts: message.ts },
      };
    },
    "conversations.create": (input) => {
      const name = textOf(input.name);
      const problem = nameProblem(name);
      if (problem) refuse(problem);
      if (workspace.channel(name)) refuse("name_taken");
      return { channel: channelView(workspace.create(name, input.is_private === true || input.is_private === "true")) };
    },
    "conversations.invite": (input) => {
      const channel = channelOf(input);
      const users = textOf(input.users).split(",").filter(Boolean);
      if (users.length === 0) refuse("no_user");
      if (users.some((user) => !SLACK_USERS.includes(user))) refuse("user_not_found");
      if (users.every((user) => channel.members.includes(user))) refuse("already_in_channel");
      channel.members = [...new Set([...channel.members, ...users])];
      return { channel: channelView(channel) };
    },
    "conversations.setTopic": (input) => {
      const channel = channelOf(input);
      const topic = textOf(input.topic);
      if (topic.length > LIMITS.topic) refuse("too_long");
      channel.topic = topic;
      return { channel: channelView(channel) };
    },
  };
}

function checkToken(workspace: SlackWorkspace, request: WireRequest, input: Arguments): void {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? textOf(input.token);
  if (!bearer) refuse("not_authed");
  if (!workspace.tokens.has(bearer)) refuse("invalid_auth");
}

function api(workspace: SlackWorkspace, request: WireRequest, name: string): WireReply {
  try {
    const parsed = bodyOf(request);
    if (!parsed && request.body.length > 0) refuse("invalid_json");
    const input = { ...Object.fromEntries(request.url.searchParams), ...parsed };
    checkToken(workspace, request, input);
    const method = methods(workspace)[name];
    return jsonReply(200, { ok: true, ...(method ?? (() => refuse("unknown_method")))(input) });
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return jsonReply(200, { ok: false, error: error.message });
  }
}

/** Slack: incoming webhooks under `/slack/services/`, the Web API under `/slack/api/`. */
export function slackEndpoint(workspace: SlackWorkspace): HttpEndpoint {
  const apiMethod = (request: WireRequest) => /^\/slack\/api\/([^/]+)$/.exec(request.url.pathname)?.[1];
  return {
    name: "slack",
    prefix: "/slack/",
    operation: (request) => apiMethod(request) ?? "webhook",
    handle: (request) => {
      const method = apiMethod(request);
      if (method !== undefined) return api(workspace, request, method);
      if (request.url.pathname.startsWith("/slack/services/") && request.method === "POST")
        return webhook(workspace, request);
      return textReply(404, "Not Found");
    },
    failure: (status, retryAfterSeconds) =>
      status === 429
        ? jsonReply(429, { ok: false, error: "ratelimited" }, { "retry-after": String(retryAfterSeconds) })
        : textReply(status, "Server Error"),
  };
}
