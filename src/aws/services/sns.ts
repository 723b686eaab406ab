import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

export const client = SNSClient;

export const commands = { Publish: PublishCommand };
