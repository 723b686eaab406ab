import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";

export const client = CloudTrailClient;

export const commands = {
  LookupEvents: LookupEventsCommand,
};
