import {
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";

export const client = SNSClient;

export const commands = {
  GetSubscriptionAttributes: GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopic: ListSubscriptionsByTopicCommand,
  Publish: PublishCommand,
  Subscribe: SubscribeCommand,
  Unsubscribe: UnsubscribeCommand,
};
