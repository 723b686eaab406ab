import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  LookupEventsCommand,
} from "@aws-sdk/client-cloudtrail";

export const client = CloudTrailClient;

export const commands = {
  DescribeTrails: DescribeTrailsCommand,
  GetEventSelectors: GetEventSelectorsCommand,
  LookupEvents: LookupEventsCommand,
};
