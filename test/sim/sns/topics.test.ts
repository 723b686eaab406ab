import * as sdk from "@aws-sdk/client-sns";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";
import { UNICODE } from "../../support/wire.ts";

const TopicArn = "arn:aws:sns:us-east-1:111122223333:lakehouse-prod-alerts";
const DAY_MS = 86_400_000;

async function client() {
  const { clients, world } = await testSimulator();
  const sns = new sdk.SNSClient(clients);
  const subscriptions = async () =>
    (await sns.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];
  return { sns, subscriptions, world };
}

test("the alarms' topic has a confirmed subscription and one that is gone after two days", async () => {
  const { sns, subscriptions, world } = await client();
  expect((await sns.send(new sdk.ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
  const arns = (await subscriptions()).map(({ Endpoint, SubscriptionArn }) => [Endpoint, SubscriptionArn]);
  expect(arns).toEqual([
    ["data-oncall@example.com", expect.stringContaining(`${TopicArn}:`)],
    ["platform-oncall@example.com", "PendingConfirmation"],
  ]);
  const { Attributes } = await sns.send(new sdk.GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes).toMatchObject({ SubscriptionsConfirmed: "1", SubscriptionsPending: "1" });
  const { Tags } = await sns.send(new sdk.ListTagsForResourceCommand({ ResourceArn: TopicArn }));
  expect(Tags).toContainEqual({ Key: "Environment", Value: "prod" });
  world.advanceBy(DAY_MS - 1000);
  expect(await subscriptions()).toHaveLength(2);
  world.advanceBy(2000);
  expect(await subscriptions()).toHaveLength(1);
});

test("subscribing again sends a new token, which confirms the subscription once", async () => {
  const { sns, subscriptions, world } = await client();
  const subscribe = (Endpoint: string, more: object = {}) =>
    sns.send(new sdk.SubscribeCommand({ TopicArn, Protocol: "email", Endpoint, ...more }));
  expect((await subscribe("platform-oncall@example.com")).SubscriptionArn).toBe("pending confirmation");
  const told = await subscribe("platform-oncall@example.com", { ReturnSubscriptionArn: true });
  const SubscriptionArn = told.SubscriptionArn!;
  const attributes = async () =>
    (await sns.send(new sdk.GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
  expect(await attributes()).toMatchObject({ PendingConfirmation: "true", Endpoint: "platform-oncall@example.com" });
  for (const [arn, reason] of [
    [SubscriptionArn, /Cannot unsubscribe a subscription that is pending confirmation/],
    ["PendingConfirmation", /An ARN must have at least 6 elements, not 1/],
  ] as const)
    await expect(sns.send(new sdk.UnsubscribeCommand({ SubscriptionArn: arn }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringMatching(reason),
    });
  world.advanceBy(1.5 * DAY_MS);
  const Token = world.sns.subscription(SubscriptionArn).token!;
  await expect(sns.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token: "wrong" }))).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: "Invalid parameter: Token",
  });
  expect((await sns.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token }))).SubscriptionArn).toBe(
    SubscriptionArn,
  );
  world.advanceBy(DAY_MS);
  expect(await attributes()).toMatchObject({ PendingConfirmation: "false" });
  expect((await subscribe("platform-oncall@example.com")).SubscriptionArn).toBe(SubscriptionArn);
  await sns.send(new sdk.UnsubscribeCommand({ SubscriptionArn }));
  expect(await subscriptions()).toHaveLength(1);
  await expect(subscribe("nobody")).rejects.toThrow("Invalid parameter: Email address");
  await expect(
    sns.send(new sdk.SubscribeCommand({ TopicArn: `${TopicArn}-none`, Protocol: "email", Endpoint: "a@b" })),
  ).rejects.toBeInstanceOf(sdk.NotFoundException);
});

test("messages reach confirmed subscriptions; too long ones are refused", async () => {
  const { sns, world } = await client();
  const { MessageId } = await sns.send(new sdk.PublishCommand({ TopicArn, Subject: "test", Message: UNICODE }));
  expect(world.sns.messages).toEqual([
    {
      id: MessageId,
      topicArn: TopicArn,
      subject: "test",
      message: UNICODE,
      deliveredTo: ["data-oncall@example.com"],
      atMs: world.now(),
    },
  ]);
  await sns.send(new sdk.PublishCommand({ TopicArn, Message: "x".repeat(262_144) }));
  await expect(sns.send(new sdk.PublishCommand({ TopicArn, Message: "x".repeat(262_145) }))).rejects.toThrow(
    "Invalid parameter: Message too long",
  );
  await expect(sns.send(new sdk.PublishCommand({ TopicArn, Message: "" }))).rejects.toThrow(
    "Invalid parameter: Empty message",
  );
  await expect(sns.send(new sdk.PublishCommand({ TopicArn, Subject: "x".repeat(101), Message: "x" }))).rejects.toThrow(
    "Invalid parameter: Subject",
  );
  expect(world.sns.messages).toHaveLength(2);
});
