import * as z from "zod";
import type { ActionDefinition, CallStep, Expectation, Reading, WaitStep } from "../contract.ts";
import { topicParameter } from "./check.ts";
import { readSubscriptions, topicArn } from "./facts.ts";

const parameters = z.object({
  topic: topicParameter,
  protocol: z.enum(["email", "email-json", "sms", "https"]).default("email").describe("How it is told"),
  endpoint: z.string().min(3).max(300).describe("Address, phone number or URL, such as alerts@company.com"),
});

/** A confirmation is valid for 2 days (SNS API reference, Subscribe); the responder is not kept that long, domain ms. */
const CONFIRMED_DEADLINE_MS = 30 * 60_000;

/** SNS deletes what nobody confirmed after 48 hours, and lets nobody delete it before (SNS developer guide, Deleting a subscription). */
const PENDING_STAYS =
  "Until it is confirmed it cannot be taken back: SNS keeps a pending subscription, which gets no alarm, and deletes it itself 48 hours after it was asked for.";

const ARN = { $ref: "subscribe.output.arn" };

/** Subscribes an address, again where it was not confirmed, and waits for its addressee. */
export const resubscribe: ActionDefinition<z.infer<typeof parameters>> = {
  id: "resubscribe",
  title: "Subscribe an address to the alarms (SNS)",
  description: "Sends a new confirmation; only the addressee can confirm it, within 2 days. Waits until that is done.",
  runbook: "Credential Rotation > SNS Subscription Confirmation",
  tier: "yes",
  parameters,
  operations: [
    "sns:ListSubscriptionsByTopic",
    "sns:Subscribe",
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
    "cloudwatch:DescribeAlarms",
  ],
  async prepare(context, { topic: given, protocol, endpoint }) {
    const topic = await topicArn(context, given);
    const known = (await readSubscriptions(context, topic)).find(
      (subscription) => subscription.protocol === protocol && subscription.endpoint === endpoint,
    );
    // SNS would answer with the subscription that is there, and the undo would take that away.
    const status = known?.isConfirmed ? "fail" : "pass";
    const detail = known?.isConfirmed
      ? "subscribed and confirmed already: nothing would change. test-alert-topic shows whether it arrives"
      : known
        ? "subscribed, but not confirmed: a new confirmation is sent"
        : "not subscribed yet";
    return {
      facts: { topic, address: `${protocol} ${endpoint}` },
      checks: [{ label: "now", status, detail }],
      plan: {
        actionId: resubscribe.id,
        title: `Subscribe ${endpoint} to ${topic.split(":").at(-1)}`,
        parameters: { topic, protocol, endpoint },
        tier: "yes",
        resourceName: "",
        effects: [`${endpoint} gets a confirmation, and after it every alarm of this topic.`],
        caveats: ["The confirmation is valid for 2 days, and nobody but its addressee can confirm it.", PENDING_STAYS],
        undoing: { effects: [`${endpoint} gets no alarm of this topic any more.`] },
        steps: [
          subscribeStep(topic, protocol, endpoint),
          {
            kind: "human",
            id: "confirm",
            title: "The addressee confirms",
            instruction: `Have whoever reads ${endpoint} follow the link of the confirmation (subject "AWS Notification - Subscription Confirmation").`,
          },
          confirmedStep(),
        ],
        verify: null,
        guard: null,
      },
    };
  },
};

const subscribeStep = (TopicArn: string, Protocol: string, Endpoint: string): CallStep => ({
  kind: "call",
  id: "subscribe",
  title: `Subscribe ${Endpoint}`,
  transport: "aws",
  service: "sns",
  operation: "Subscribe",
  input: { TopicArn, Protocol, Endpoint, ReturnSubscriptionArn: true },
  keep: { arn: "SubscriptionArn" },
  resource: `subscription of ${Endpoint} to ${TopicArn}`,
  undo: [
    {
      kind: "call",
      id: "unsubscribe",
      title: `Unsubscribe ${Endpoint}`,
      transport: "aws",
      service: "sns",
      operation: "Unsubscribe",
      input: { SubscriptionArn: ARN },
      resource: `subscription of ${Endpoint} to ${TopicArn}`,
      state: {
        reading: { ...subscriptionReading({ subscription: "Attributes.SubscriptionArn" }), absent: ABSENT },
        before: { subscription: ARN },
        after: { subscription: null },
      },
      possibleWhile: {
        reading: { ...subscriptionReading(PENDING), absent: ABSENT, otherwise: { pending: "false" } },
        holds: CONFIRMED,
        otherwise: PENDING_STAYS,
      },
    },
  ],
});

/** How SNS says that a subscription is gone. */
const ABSENT = ["NotFound", "NotFoundException"];

const PENDING = { pending: "Attributes.PendingConfirmation" };

const subscriptionReading = (pick: Reading["pick"]): Reading => ({
  service: "sns",
  operation: "GetSubscriptionAttributes",
  input: { SubscriptionArn: ARN },
  pick,
});

const CONFIRMED: Expectation[] = [{ label: "pending", op: "equals", value: "false" }];

const confirmedStep = (): WaitStep => ({
  kind: "wait",
  id: "confirmed",
  title: "The subscription is confirmed",
  reading: subscriptionReading(PENDING),
  until: CONFIRMED,
  deadlineMs: CONFIRMED_DEADLINE_MS,
});
