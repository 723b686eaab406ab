import { CloudTrailClient, ListPublicKeysCommand, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";

export const client = CloudTrailClient;

export const commands = {
  ListPublicKeys: ListPublicKeysCommand,
  LookupEvents: LookupEventsCommand,
};
