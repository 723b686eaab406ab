import type { FailureKind } from "../../base/failure.ts";
import type { JsonObject } from "../../base/json.ts";
import { type HttpOperation, jsonOf, refusal } from "./operation.ts";
import type { HttpAnswer } from "./post.ts";

const TOKEN_HELP = "Check SLACK_BOT_TOKEN and the app's scopes (chat:write, channels:manage); the text can be copied.";
const CHANNEL_HELP = "Check the channel's name, and invite the app to it; the text can be copied.";
const WEBHOOK_HELP = "Check ALERT_SLACK_WEBHOOK_URL: the webhook or its channel is gone; the text can be copied.";
const DOUBT_HELP = "Look there, then send it again or copy the text and send it by hand.";
const OTHER_HELP = "Change the message and send it again, or copy it and send it by hand.";

/** Slack's error codes that say more than "invalid" (method references of the Web API, handling of webhook errors). */
const KINDS: Record<string, { kind: FailureKind; next: string }> = {
  not_authed: { kind: "denied", next: TOKEN_HELP },
  invalid_auth: { kind: "denied", next: TOKEN_HELP },
  account_inactive: { kind: "denied", next: TOKEN_HELP },
  token_revoked: { kind: "denied", next: TOKEN_HELP },
  token_expired: { kind: "denied", next: TOKEN_HELP },
  missing_scope: { kind: "denied", next: TOKEN_HELP },
  restricted_action: { kind: "denied", next: TOKEN_HELP },
  not_in_channel: { kind: "denied", next: CHANNEL_HELP },
  channel_not_found: { kind: "not-found", next: CHANNEL_HELP },
  channel_is_archived: { kind: "not-found", next: CHANNEL_HELP },
  is_archived: { kind: "not-found", next: CHANNEL_HELP },
  no_service: { kind: "not-found", next: WEBHOOK_HELP },
  no_team: { kind: "not-found", next: WEBHOOK_HELP },
};

/** Errors of Slack's own after which some of it may have been done (the Web API's common errors), and answers that are not Slack's. */
const IN_DOUBT = new Set(["internal_error", "fatal_error"]);

const saysNo = (answer: HttpAnswer, what: string, code: string) => {
  if (IN_DOUBT.has(code) || (answer.status === 200 && code === noWord(answer)))
    return refusal(
      "unreachable",
      what,
      `Slack says ${code}: the message may have arrived all the same`,
      DOUBT_HELP,
      answer,
    );
  const { kind, next } = KINDS[code] ?? { kind: "invalid" as const, next: OTHER_HELP };
  return refusal(kind, what, `Slack says ${code}`, next, answer);
};

/** What stands for the error where the answer names none. */
const noWord = ({ status }: HttpAnswer) => `HTTP status ${status}`;

/** An error that came with an answer of the Web API which names it, such as name_taken. */
export const slackError = (answer: HttpAnswer): string | undefined => {
  const { ok, error } = jsonOf(answer.body);
  if (answer.status === 200 && ok === true) return undefined;
  return typeof error === "string" ? error : noWord(answer);
};

const method = (name: string, bodyOf: (input: JsonObject) => JsonObject, isIdempotent = false): HttpOperation => ({
  request: (input, { slackApi }) => ({
    url: `${slackApi.replace(/\/$/, "")}/${name}`,
    bearer: String(input.token),
    body: bodyOf(input),
  }),
  read(answer, what) {
    const error = slackError(answer);
    if (error !== undefined) throw saysNo(answer, what, error);
    return jsonOf(answer.body);
  },
  isIdempotent,
});

const withoutToken = ({ token: _token, ...rest }: JsonObject): JsonObject => rest;

/**
 * Slack's operations. Input members are those of the method, and `token` or `webhook` names the secret. ConversationsCreate takes
 * `names`: the first one that is not taken becomes the channel (transport.ts asks for them in turn).
 */
export const slackOperations: Record<string, HttpOperation> = {
  PostWebhook: {
    request: ({ webhook, ...body }) => ({ url: { secret: String(webhook) }, body }),
    read(answer, what) {
      if (answer.status === 200) return {};
      throw saysNo(answer, what, answer.body.trim() || noWord(answer));
    },
    isIdempotent: false,
  },
  ChatPostMessage: method("chat.postMessage", withoutToken),
  ConversationsCreate: method("conversations.create", ({ name }) => ({ name: name ?? "" })),
  ConversationsSetTopic: method("conversations.setTopic", withoutToken, true),
  ConversationsInvite: {
    ...method(
      "conversations.invite",
      ({ channel, users }) => ({ channel: channel ?? "", users: Array.isArray(users) ? users.join(",") : "" }),
      true,
    ),
    read(answer, what) {
      const error = slackError(answer);
      if (error === undefined || error === "already_in_channel") return {};
      throw saysNo(answer, what, error);
    },
  },
};
