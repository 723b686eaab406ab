import * as z from "zod";
import { formatUtc } from "../base/duration.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { ActionDefinition, Check, Step } from "./contract.ts";
import { slackText } from "./message-steps.ts";

/** Longest name of a Slack channel, and longest topic, in characters (conversations.create, conversations.setTopic). */
const LONGEST_NAME = 80;
const LONGEST_TOPIC = 250;
/** Names that are tried when the first one is taken: -2 to -9. */
const MOST_SUFFIXES = 8;

/**
 * `inc-YYYY-MM-DD-short-description` (runbook, Communication, 2): the day of `atMs` (domain ms) in UTC, and the description in lower-case
 * letters, digits and hyphens, cut between two words where that is possible. Letters with accents lose them.
 */
export function channelName(atMs: number, description: string, longest = LONGEST_NAME): string {
  const slug = description
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const start = `inc-${formatUtc(atMs).slice(0, 10)}-`;
  const room = longest - start.length;
  if (slug === "") return `${start}incident`;
  if (slug.length <= room) return start + slug;
  const cut = slug.slice(0, room + 1);
  const end = cut.lastIndexOf("-");
  return start + (end > 0 ? cut.slice(0, end) : slug.slice(0, room));
}

/** The name, and those that are tried when it is taken. */
export function channelNames(atMs: number, description: string): string[] {
  const short = channelName(atMs, description, LONGEST_NAME - 2);
  const suffixed = Array.from({ length: MOST_SUFFIXES }, (_, index) => `${short}-${index + 2}`);
  return [channelName(atMs, description), ...suffixed];
}

const parameters = z.object({
  description: z.string().default("").describe("A few words for the name (empty: the incident's title)"),
});

/** Makes the incident's own channel, with its topic, its members and a first message. */
export const createChannel: ActionDefinition<z.infer<typeof parameters>> = {
  id: "create-channel",
  title: "Create the incident's Slack channel",
  description: "#inc-YYYY-MM-DD-short-description; status updates go there from then on.",
  runbook: "Incident Response > Communication",
  tier: "yes",
  message: true,
  parameters,
  operations: [
    "slack:ConversationsCreate",
    "slack:ConversationsSetTopic",
    "slack:ConversationsInvite",
    "slack:ChatPostMessage",
  ],
  async prepare(context, { description }) {
    const { communication, incident } = context;
    const names = channelNames(incident.declaredAtMs, description || incident.title);
    const token = communication.slack?.token ?? "";
    const id = { $ref: "create.output.id" };
    const text = communication.draft("on-call");
    const topic = slackText(text.split("\n", 1)[0] ?? "").slice(0, LONGEST_TOPIC);
    const resource = `Slack channel #${names[0]}`;
    const slack = (step: string, title: string, operation: string, input: object): Step => ({
      kind: "call",
      id: step,
      title,
      transport: "http",
      service: "slack",
      operation,
      input: { token, ...input },
      resource,
      ...(step === "create" ? { keep: { id: "channel.id", name: "channel.name" } } : { optional: true }),
    });
    const invite = communication.slack?.invite ?? [];
    const steps: Step[] = [
      slack("create", `Create #${names[0]}`, "ConversationsCreate", { names }),
      {
        kind: "record",
        id: "record",
        title: "Record the channel",
        // What it refers to is filled in when the step runs.
        entry: {
          kind: "communication.channel",
          payload: { id, name: { $ref: "create.output.name" }, by: context.operator },
        } as unknown as RecordDraft,
      },
      slack("topic", "Set its topic", "ConversationsSetTopic", { channel: id, topic }),
      ...(invite.length > 0
        ? [slack("invite", `Invite ${invite.join(", ")}`, "ConversationsInvite", { channel: id, users: invite })]
        : []),
      slack("post", "Post what is known", "ChatPostMessage", { channel: id, text: slackText(text) }),
    ];
    return {
      facts: { name: `#${names[0]}`, invited: invite.join(", ") || "nobody" },
      checks: checksOf(communication.slack !== undefined, communication.channel, names[0] ?? ""),
      plan: {
        actionId: createChannel.id,
        title: `Create the channel #${names[0]}`,
        parameters: { description },
        tier: "yes",
        resourceName: "",
        effects: ["A public channel appears in the Slack workspace."],
        caveats: ["Where the name is taken, -2 to -9 is put behind it."],
        steps,
        verify: null,
        guard: null,
      },
    };
  },
};

function checksOf(hasToken: boolean, existing: string | undefined, name: string): Check[] {
  const checks: Check[] = [];
  if (!hasToken) {
    const detail = `SLACK_BOT_TOKEN is not set: create #${name} in Slack yourself`;
    checks.push({ label: "token", status: "fail", detail });
  }
  if (existing !== undefined) {
    const detail = `the incident has #${existing} already; updates would go to the new one`;
    checks.push({ label: "channel", status: "warn", detail });
  }
  return checks;
}
