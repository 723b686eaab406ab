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
 * topic too, and status updates where there is no Slack. `channel`: the id of the incident's own channel, once it is there.
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
  const targets: MessageTarget[] = [];
  const routingKey = ROUTING_KEYS[level];
  if (calls && has(routingKey)) targets.push({ via: "pagerduty", label: "PagerDuty", routingKey });
  const slack = slackTarget(messaging, about, channel);
  if (slack) targets.push(slack);
  if (deployment.alertTopic !== undefined && (calls || !slack)) {
    const name = deployment.alertTopic.split(":").at(-1) ?? "";
    targets.push({ via: "sns", label: `SNS ${name}`, topicArn: deployment.alertTopic });
  }
  return targets;
}

function slackTarget(
  messaging: Messaging,
  about: MessageAbout,
  channel: { id: string; name: string } | undefined,
): MessageTarget | undefined {
  if (messaging.secrets.includes("SLACK_BOT_TOKEN")) {
    const token = "SLACK_BOT_TOKEN";
    if (about === "stakeholders") {
      const name = messaging.stakeholderChannel ?? messaging.slackChannel;
      return { via: "slack", label: `Slack ${name}`, token, channel: name };
    }
    if (about === "status-update" && channel)
      return { via: "slack", label: `Slack #${channel.name}`, token, channel: channel.id };
    return { via: "slack", label: `Slack ${messaging.slackChannel}`, token, channel: messaging.slackChannel };
  }
  const webhook = "ALERT_SLACK_WEBHOOK_URL";
  return messaging.secrets.includes(webhook) ? { via: "slack", label: "Slack (webhook)", webhook } : undefined;
}
