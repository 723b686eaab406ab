import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

const topicArn = ({ region, accountId, prefix }: { region: string; accountId: string; prefix: string }) =>
  `arn:aws:sns:${region}:${accountId}:${prefix}-alerts`;

/** The alarms' topic, which both servers have. */
export const sns = casesOf("sns", {
  "a topic is listed, with its attributes and tags": async ({ clients: { sns }, names }) => {
    const TopicArn = topicArn(names);
    expect((await sns.listTopics({})).Topics).toEqual([{ TopicArn }]);
    const { Attributes: attributes } = await sns.getTopicAttributes({ TopicArn });
    expect(attributes).toMatchObject({ TopicArn, Owner: names.accountId });
    expect(JSON.parse(attributes!.Policy!).Statement[0]).toMatchObject({ Effect: "Allow", Resource: TopicArn });
    const { Tags: tags } = await sns.listTagsForResource({ ResourceArn: TopicArn });
    expect(tags).toContainEqual({ Key: "Project", Value: names.project });
  },

  "what is not there is NotFound": async ({ clients: { sns }, names }) => {
    const missing = { name: "NotFoundException", status: 404 };
    expect(await refusal(sns.getTopicAttributes({ TopicArn: `${topicArn(names)}-not` }))).toEqual(missing);
    expect(await refusal(sns.publish({ TopicArn: `${topicArn(names)}-not`, Message: "x" }))).toEqual(missing);
    const SubscriptionArn = `${topicArn(names)}:00000000-0000-4000-8000-000000000000`;
    expect(await refusal(sns.getSubscriptionAttributes({ SubscriptionArn }))).toEqual(missing);
  },

  "a subscription is made, described and taken away": async ({ clients: { sns }, names }) => {
    const TopicArn = topicArn(names);
    const Endpoint = `arn:aws:sqs:${names.region}:${names.accountId}:contract`;
    const { SubscriptionArn } = await sns.subscribe({ TopicArn, Protocol: "sqs", Endpoint });
    expect(SubscriptionArn).toMatch(new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
    const { Attributes: attributes } = await sns.getSubscriptionAttributes({ SubscriptionArn: SubscriptionArn! });
    expect(attributes).toMatchObject({ TopicArn, Endpoint, Protocol: "sqs", PendingConfirmation: "false" });
    const ofTopic = await sns.listSubscriptionsByTopic({ TopicArn });
    expect(ofTopic.Subscriptions).toContainEqual({
      SubscriptionArn,
      TopicArn,
      Endpoint,
      Protocol: "sqs",
      Owner: names.accountId,
    });
    await sns.unsubscribe({ SubscriptionArn: SubscriptionArn! });
    const { Subscriptions: left } = await sns.listSubscriptions({});
    expect(left?.filter((subscription) => subscription.Endpoint === Endpoint)).toEqual([]);
  },

  "a message gets an id": async ({ clients: { sns }, names }) => {
    const published = await sns.publish({ TopicArn: topicArn(names), Subject: "drill", Message: "kůň 🐎 <&>" });
    expect(published.MessageId).toMatch(/^[0-9a-f-]{36}$/);
  },

  "an e-mail address has to confirm": async ({ clients: { sns }, names }) => {
    const TopicArn = topicArn(names);
    const subscribed = await sns.subscribe({ TopicArn, Protocol: "email", Endpoint: "contract@example.com" });
    expect(subscribed.SubscriptionArn).toBe("pending confirmation");
    const { Subscriptions: all } = await sns.listSubscriptionsByTopic({ TopicArn });
    expect(all?.find(({ Endpoint }) => Endpoint === "contract@example.com")?.SubscriptionArn).toBe(
      "PendingConfirmation",
    );
  },

  "a subscription is confirmed with the token that its endpoint got": async ({ clients: { sns }, names, tokenOf }) => {
    const TopicArn = topicArn(names);
    const Endpoint = "confirmed@example.com";
    await sns.subscribe({ TopicArn, Protocol: "email", Endpoint });
    const { SubscriptionArn } = await sns.confirmSubscription({ TopicArn, Token: await tokenOf(Endpoint) });
    expect(SubscriptionArn).toMatch(new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
    await sns.unsubscribe({ SubscriptionArn: SubscriptionArn! });
  },
});
