import type * as Wire from "@aws-sdk/client-sns";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Region } from "../world/region.ts";
import type { Subscription, Topic } from "../world/sns/topics.ts";
import { pageOf } from "./paging.ts";

/** Topics and subscriptions a page (SNS API reference). */
const PAGE_SIZE = 100;

const invalid = (what: string) => new AwsError("InvalidParameterException", `Invalid parameter: ${what}`);
const page = <T>(items: readonly T[], token: string | undefined) =>
  pageOf(items, PAGE_SIZE, token, () => invalid("NextToken"));

/** The owner's default policy of a topic. */
function policyOf(topic: Topic, accountId: string): string {
  const actions = ["GetTopicAttributes", "SetTopicAttributes", "Subscribe", "ListSubscriptionsByTopic", "Publish"];
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: actions.map((action) => `SNS:${action}`),
        Resource: topic.arn,
        Condition: { StringEquals: { "AWS:SourceOwner": accountId } },
      },
    ],
  });
}

/** Amazon SNS: topics, subscriptions with their confirmation, published messages. */
export function snsService(region: Region): ServiceDefinition {
  const { sns, names } = region;
  const subscriptionView = (subscription: Subscription): Wire.Subscription => ({
    SubscriptionArn: subscription.token === undefined ? subscription.arn : "PendingConfirmation",
    Owner: names.accountId,
    Protocol: subscription.protocol,
    Endpoint: subscription.endpoint,
    TopicArn: subscription.topicArn,
  });
  return defineService<typeof Wire>({
    signingName: "sns",
    load: () => import("@aws-sdk/client-sns"),
    clientName: "SNSClient",
    operations: {
      ListTopics: (input) => {
        const { items, next } = page([...sns.byArn.values()], input.NextToken);
        return { Topics: items.map((topic) => ({ TopicArn: topic.arn })), NextToken: next };
      },
      GetTopicAttributes: (input) => {
        const topic = sns.topic(input.TopicArn);
        const pending = topic.subscriptions.filter((subscription) => subscription.token !== undefined).length;
        return {
          Attributes: {
            TopicArn: topic.arn,
            Owner: names.accountId,
            DisplayName: "",
            Policy: policyOf(topic, names.accountId),
            SubscriptionsConfirmed: String(topic.subscriptions.length - pending),
            SubscriptionsPending: String(pending),
            SubscriptionsDeleted: "0",
          },
        };
      },
      ListSubscriptionsByTopic: (input) => {
        const { items, next } = page(sns.topic(input.TopicArn).subscriptions, input.NextToken);
        return { Subscriptions: items.map(subscriptionView), NextToken: next };
      },
      ListSubscriptions: (input) => {
        const { items, next } = page(sns.subscriptions(), input.NextToken);
        return { Subscriptions: items.map(subscriptionView), NextToken: next };
      },
      GetSubscriptionAttributes: (input) => {
        const subscription = sns.subscription(input.SubscriptionArn);
        return {
          Attributes: {
            SubscriptionArn: subscription.arn,
            TopicArn: subscription.topicArn,
            Owner: names.accountId,
            Protocol: subscription.protocol,
            Endpoint: subscription.endpoint,
            PendingConfirmation: String(subscription.token !== undefined),
            ConfirmationWasAuthenticated: "false",
            RawMessageDelivery: "false",
          },
        };
      },
      Subscribe: (input) => {
        const subscription = sns.subscribe(sns.topic(input.TopicArn), input.Protocol ?? "", input.Endpoint ?? "");
        const told = subscription.token === undefined || input.ReturnSubscriptionArn;
        return { SubscriptionArn: told ? subscription.arn : "pending confirmation" };
      },
      ConfirmSubscription: (input) => ({ SubscriptionArn: sns.confirm(sns.topic(input.TopicArn), input.Token).arn }),
      Unsubscribe: (input) => {
        const { SubscriptionArn = "" } = input;
        const elements = SubscriptionArn.split(":").length;
        if (elements < 6)
          throw invalid(`SubscriptionArn Reason: An ARN must have at least 6 elements, not ${elements}`);
        sns.unsubscribe(input.SubscriptionArn);
        return {};
      },
      Publish: (input) => ({
        MessageId: sns.publish(sns.topic(input.TopicArn ?? input.TargetArn), input.Message ?? "", input.Subject).id,
      }),
      ListTagsForResource: (input) => {
        const topic = sns.byArn.get(input.ResourceArn ?? "");
        if (!topic) throw new AwsError("ResourceNotFoundException", "Resource does not exist");
        return { Tags: Object.entries(topic.tags).map(([Key, Value]) => ({ Key, Value })) };
      },
    },
  });
}
