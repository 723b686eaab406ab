import type { EscalationStep, MessageTarget } from "../actions/contract.ts";
import type { Deployment } from "../config/deployment.ts";
import type { MessageAbout } from "../record/entries.ts";
import type { CommunicationSlice } from "../state/store.ts";

/** What is configured for telling people. Secrets appear by their names only; their values are in the HTTP transport. */
export interface Messaging {
  /** Names of the secrets that are there. */
  secrets: readonly string[];
  slackChannel: string;
  stakeholderChannel?: string;
  /** Slack members who are invited to an incident's channel. */
  invite: string[];
  contacts: CommunicationSlice["contacts"];
  /** Why secrets could not be read, a sentence each. */
  problems: string[];
}

/** Nothing is configured: every text can still be copied. */
export const NO_MESSAGING: Messaging = { secrets: [], slackChannel: "", invite: [], contacts: {}, problems: [] };

const ROUTING_KEYS: Readonly<Record<EscalationStep["level"], string>> = {
  L1: "PAGERDUTY_ROUTING_KEY",
  L2: "PAGERDUTY_ROUTING_KEY_L2",
  L3: "PAGERDUTY_ROUTING_KEY_L3",
};

/**
 * Where a message goes, in the order in which it is sent. PagerDuty has a key for each level and gets only what calls somebody; the alert
 * topic too, and status updates where there is no Slack. When Slack refuses the bot, its webhook is the next way, and for what does not
 * go to the alert topic anyway that is the last. `channel`: the id of the incident's own channel, once it is there.
 */
export function messageTargets(
  {
    messaging,
    deployment,
    channel,
  }: { messaging: Messaging; deployment: Deployment; channel?: { id: string; name: string } },
  about: MessageAbout,
  level: EscalationStep["level"] = "L1",
): MessageTarget[] {
  const has = (name: string) => messaging.secrets.includes(name);
  const calls = about === "on-call" || about === "escalation";
  const routingKey = ROUTING_KEYS[level];
  const pager: MessageTarget[] = calls && has(routingKey) ? [{ via: "pagerduty", label: "PagerDuty", routingKey }] : [];
  const slack = [
    ...(has("SLACK_BOT_TOKEN") ? [botTarget(messaging, about, channel)] : []),
    ...(has("ALERT_SLACK_WEBHOOK_URL") ? [WEBHOOK] : []),
  ];
  const topic = topicTargets(deployment);
  return calls ? [...pager, ...inTurn(slack), ...topic] : inTurn([...slack, ...topic]);
}

const WEBHOOK: MessageTarget = { via: "slack", label: "Slack (webhook)", webhook: "ALERT_SLACK_WEBHOOK_URL" };

/** The first of the ways, with the others for when it does not work. */
function inTurn([first, ...otherwise]: readonly MessageTarget[]): MessageTarget[] {
  if (!first) return [];
  return [otherwise.length > 0 ? { ...first, otherwise } : first];
}

function topicTargets({ alertTopic }: Deployment): MessageTarget[] {
  if (alertTopic === undefined) return [];
  return [{ via: "sns", label: `SNS ${alertTopic.split(":").at(-1) ?? ""}`, topicArn: alertTopic }];
}

function botTarget(
  messaging: Messaging,
  about: MessageAbout,
  channel: { id: string; name: string } | undefined,
): MessageTarget {
  const bot = { via: "slack", token: "SLACK_BOT_TOKEN" } as const;
  if (about === "status-update" && channel) return { ...bot, label: `Slack #${channel.name}`, channel: channel.id };
  const name =
    about === "stakeholders" ? (messaging.stakeholderChannel ?? messaging.slackChannel) : messaging.slackChannel;
  return { ...bot, label: `Slack ${name}`, channel: name };
}
