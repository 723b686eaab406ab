import * as z from "zod";
import { formatUtc } from "../../base/duration.ts";
import type { ActionDefinition } from "../contract.ts";
import { topicParameter } from "./check.ts";
import { readSubscriptions, topicArn } from "./facts.ts";

const parameters = z.object({ topic: topicParameter });

/** Publishes a message that says it is a test, and asks whether it arrived. */
export const testAlertTopic: ActionDefinition<z.infer<typeof parameters>> = {
  id: "test-alert-topic",
  title: "Send a test message to the alarms' topic (SNS)",
  description: "Everybody who is subscribed gets it; it says that it is a test.",
  runbook: "Credential Rotation > SNS Subscription Confirmation",
  tier: "yes",
  parameters,
  operations: ["sns:ListSubscriptionsByTopic", "sns:Publish", "cloudwatch:DescribeAlarms"],
  async prepare(context, given) {
    const topic = await topicArn(context, given.topic);
    const confirmed = (await readSubscriptions(context, topic)).filter(({ isConfirmed }) => isConfirmed);
    const addresses = confirmed.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`);
    const Message = `This is a test of the lakehouse's alerts at ${formatUtc(context.clock.now())}, sent by ${context.operator} during incident ${context.incident.id}. Nothing has to be done.`;
    return {
      facts: { topic, "goes to": addresses.join(", ") || "nobody" },
      checks: [
        {
          label: "subscriptions",
          status: confirmed.length > 0 ? "pass" : "warn",
          detail: confirmed.length > 0 ? `${confirmed.length} confirmed` : "nobody has confirmed: nobody gets it",
        },
      ],
      plan: {
        actionId: testAlertTopic.id,
        title: `Send a test message to ${topic.split(":").at(-1)}`,
        parameters: { topic },
        tier: "yes",
        resourceName: "",
        effects: [`${addresses.join(", ") || "Nobody"} gets a message that says that it is a test.`],
        caveats: ["SNS takes a message whether or not it can deliver it: ask whether it arrived."],
        steps: [
          {
            kind: "call",
            id: "publish",
            title: "Publish the test message",
            transport: "aws",
            service: "sns",
            operation: "Publish",
            input: { TopicArn: topic, Subject: "Test of the lakehouse's alerts", Message },
            resource: `topic ${topic}`,
          },
          {
            kind: "human",
            id: "arrived",
            title: "The message arrived",
            instruction: `Ask whether the test message arrived at ${addresses.join(", ") || "its addressees"}.`,
          },
        ],
        verify: null,
        guard: null,
      },
    };
  },
};
