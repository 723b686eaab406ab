import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  ListPublicKeysCommand,
  LookupEventsCommand,
} from "@aws-sdk/client-cloudtrail";

export const client = CloudTrailClient;

export const commands = {
  DescribeTrails: DescribeTrailsCommand,
  GetEventSelectors: GetEventSelectorsCommand,
  ListPublicKeys: ListPublicKeysCommand,
  LookupEvents: LookupEventsCommand,
};
