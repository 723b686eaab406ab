import * as z from "zod";
import type { ActionDefinition, Check } from "../contract.ts";
import { reportPlan } from "../record-plan.ts";
import { type AlarmActions, readAlarmActions, readSubscriptions, type SubscriptionFacts, topicArn } from "./facts.ts";

const RUNBOOK = "Credential Rotation > SNS Subscription Confirmation";

export const topicParameter = z
  .string()
  .regex(/^arn:[^:]+:sns:[^:]+:\d{12}:[\w.-]+$/)
  .or(z.literal(""))
  .default("")
  .describe("ARN of the topic; default: alertTopic of the configuration, or the one that the alarms send to");

const parameters = z.object({ topic: topicParameter });

/** Who gets the alarms: subscriptions with their confirmation, and alarms that tell nobody. */
export const checkAlertTopic: ActionDefinition<z.infer<typeof parameters>> = {
  id: "check-alert-topic",
  title: "Look at who gets the alarms (SNS)",
  description:
    "Subscriptions of the alert topic with their confirmation, and alarms without actions. Confirming writes it to the timeline.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters,
  operations: ["sns:ListSubscriptionsByTopic", "cloudwatch:DescribeAlarms"],
  async prepare(context, given) {
    const topic = await topicArn(context, given.topic);
    const [subscriptions, alarms] = await Promise.all([readSubscriptions(context, topic), readAlarmActions(context)]);
    const checks = [subscriptionCheck(subscriptions), alarmCheck(alarms, topic)];
    const facts = {
      topic,
      ...Object.fromEntries(
        subscriptions.map(({ protocol, endpoint, isConfirmed }) => [
          `${protocol} ${endpoint}`,
          isConfirmed ? "confirmed" : "NOT CONFIRMED: gets nothing",
        ]),
      ),
    };
    const summary = `Alert topic ${topic.split(":").at(-1)}: ${checks.map(({ detail }) => detail).join("; ")}`;
    return reportPlan(checkAlertTopic, summary, { topic }, { facts, checks });
  },
};

function subscriptionCheck(subscriptions: readonly SubscriptionFacts[]): Check {
  const label = "subscriptions";
  const open = subscriptions.filter(({ isConfirmed }) => !isConfirmed).map(({ endpoint }) => endpoint);
  if (subscriptions.length === open.length) {
    const detail = open.length === 0 ? "nobody is subscribed" : `nobody has confirmed: ${open.join(", ")}`;
    return { label, status: "warn", detail };
  }
  return open.length > 0
    ? { label, status: "warn", detail: `not confirmed: ${open.join(", ")}` }
    : { label, status: "pass", detail: `${subscriptions.length} confirmed` };
}

function alarmCheck(alarms: readonly AlarmActions[], topic: string): Check {
  const label = "alarms";
  const silent = alarms.filter(({ isEnabled, topics, others }) => !isEnabled || topics.length + others === 0);
  const elsewhere = alarms.filter((alarm) => !silent.includes(alarm) && !alarm.topics.includes(topic));
  if (alarms.length === 0) return { label, status: "warn", detail: "there is no alarm" };
  if (silent.length > 0)
    return { label, status: "warn", detail: `alarms that tell nobody: ${silent.map(({ alarm }) => alarm).join(", ")}` };
  return elsewhere.length > 0
    ? { label, status: "warn", detail: `alarms that send elsewhere: ${elsewhere.map(({ alarm }) => alarm).join(", ")}` }
    : { label, status: "pass", detail: `all ${alarms.length} alarms send to it` };
}
