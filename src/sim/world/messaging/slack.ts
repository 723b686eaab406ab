/** One message as Slack keeps it. */
export interface SlackMessage {
  channel: string;
  /** Slack's timestamp, which is the message's id in its channel: seconds with six decimals. */
  ts: string;
  text: string;
  blocks?: unknown;
  /** How it came: a webhook or the Web API. */
  by: "webhook" | "api";
  atMs: number;
}

export interface SlackChannel {
  id: string;
  name: string;
  isPrivate: boolean;
  topic: string;
  members: string[];
  createdAtMs: number;
}

/** The path of the one webhook, behind `/slack/services/`, and the token of the one app. */
export const SLACK_WEBHOOK = "T0LAKEHOUSE/B0MAYDAYHOOK/simulatedWebhookSecret01";
export const SLACK_TOKEN = "xoxb-simulated-lakehouse-bot";
export const SLACK_USERS = ["U0ONCALL01", "U0ONCALL02", "U0DATAENG1"];

/** A Slack workspace with one app in it: what was sent can be read back. */
export class SlackWorkspace {
  readonly teamId = "T0LAKEHOUSE";
  readonly botUserId = "U0MAYDAYBOT";
  readonly channels = new Map<string, SlackChannel>();
  readonly messages: SlackMessage[] = [];
  /** Webhooks by path; `archived` ones answer that their channel is gone. */
  readonly webhooks = new Map<string, { channel: string; disabled?: boolean }>();
  readonly tokens = new Set([SLACK_TOKEN]);
  readonly #nowMs: () => number;

  constructor(nowMs: () => number, createdAtMs: number) {
    this.#nowMs = nowMs;
    const incidents = this.#add("incidents", false, createdAtMs);
    this.webhooks.set(SLACK_WEBHOOK, { channel: incidents.id });
  }

  /** The channel of this id or name, with or without `#`. */
  channel(idOrName: string): SlackChannel | undefined {
    const name = idOrName.replace(/^#/, "");
    return this.channels.get(idOrName) ?? [...this.channels.values()].find((channel) => channel.name === name);
  }

  create(name: string, isPrivate: boolean): SlackChannel {
    return this.#add(name, isPrivate, this.#nowMs());
  }

  /** Keeps a message. @returns it, with its timestamp. */
  post(channel: string, text: string, blocks: unknown, by: SlackMessage["by"]): SlackMessage {
    const atMs = this.#nowMs();
    const ts = `${Math.floor(atMs / 1000)}.${String(this.messages.length + 1).padStart(6, "0")}`;
    const message: SlackMessage = { channel, ts, text, by, atMs, ...(blocks === undefined ? {} : { blocks }) };
    this.messages.push(message);
    return message;
  }

  #add(name: string, isPrivate: boolean, createdAtMs: number): SlackChannel {
    const id = `C0${String(this.channels.size + 1).padStart(7, "0")}`;
    const channel: SlackChannel = { id, name, isPrivate, topic: "", members: [this.botUserId], createdAtMs };
    this.channels.set(id, channel);
    return channel;
  }
}
