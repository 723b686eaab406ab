import type { JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { CallStep, MessageTarget, PrepareContext } from "./contract.ts";

/** Longest summary of a PagerDuty event, in characters (Events API v2), and longest SNS subject (Publish). */
const LONGEST_SUMMARY = 1024;
const LONGEST_SUBJECT = 99;

/** What happens to the page at PagerDuty: the others only get the text. */
export type PagerEvent = "trigger" | "acknowledge" | "resolve";

/** What goes out, and where the page belongs to. */
export interface Outgoing {
  text: string;
  /** Events of the same key are one page. */
  dedupKey: string;
  event: PagerEvent;
}

const SEVERITIES = { P1: "critical", P2: "error", P3: "warning" } as const;

/** The call that takes the text to one place, and one for each other way, taken only where those before it certainly failed. */
export function messageSteps(target: MessageTarget, outgoing: Outgoing, context: PrepareContext): CallStep[] {
  const first = messageStep(target, outgoing, context);
  const others = (target.otherwise ?? []).map((other) => messageStep(other, outgoing, context));
  const ways = [first, ...others.map((step) => (step.id === first.id ? { ...step, id: `${step.id}-webhook` } : step))];
  return ways.map((step, index) => {
    if (index === 0) return step;
    const before = ways.slice(0, index);
    const when = `only if ${before.map(({ resource }) => resource).join(" and ")} cannot be reached`;
    return { ...step, title: `${step.title}, ${when}`, insteadOf: before.map(({ id }) => id) };
  });
}

/** One call that takes the text to one place. When it fails the others still go out. */
function messageStep(target: MessageTarget, outgoing: Outgoing, context: PrepareContext): CallStep {
  const base = { kind: "call", id: `send-${target.via}`, resource: target.label, optional: true } as const;
  const title = `Send to ${target.label}`;
  switch (target.via) {
    case "pagerduty":
      return {
        ...base,
        title: outgoing.event === "trigger" ? title : `${outgoing.event} at ${target.label}`,
        transport: "http",
        service: "pagerduty",
        operation: "Enqueue",
        input: pagerEvent(target.routingKey, outgoing, context),
      };
    case "slack": {
      const text = slackText(outgoing.text);
      return "webhook" in target
        ? {
            ...base,
            title,
            transport: "http",
            service: "slack",
            operation: "PostWebhook",
            input: { webhook: target.webhook, text },
          }
        : {
            ...base,
            title,
            transport: "http",
            service: "slack",
            operation: "ChatPostMessage",
            input: { token: target.token, channel: target.channel, text },
          };
    }
    case "sns":
      return {
        ...base,
        title,
        transport: "aws",
        service: "sns",
        operation: "Publish",
        input: { TopicArn: target.topicArn, Subject: subjectOf(outgoing.text), Message: outgoing.text },
      };
  }
}

function pagerEvent(routingKey: string, { text, dedupKey, event }: Outgoing, context: PrepareContext): JsonObject {
  const head = { routing_key: routingKey, event_action: event, dedup_key: dedupKey };
  if (event !== "trigger") return head;
  const { deployment, incident, clock } = context;
  return {
    ...head,
    payload: {
      summary: firstLine(text).slice(0, LONGEST_SUMMARY),
      source: `${deployment.project}-${deployment.environment}`,
      severity: SEVERITIES[incident.severity],
      timestamp: new Date(clock.now()).toISOString(),
      component: "lakehouse",
      custom_details: { text, incident: incident.id, region: deployment.region },
    },
  };
}

const firstLine = (text: string) => sanitizeLine(text.split("\n", 1)[0] ?? "");

/** SNS takes printable ASCII on one line. */
const subjectOf = (text: string) =>
  firstLine(text)
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, LONGEST_SUBJECT) || "Incident";

/** Slack's three control characters (Formatting text): names from outside must neither become links nor call a whole channel. */
export function slackText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
