import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  StartLiveTailCommand,
} from "@aws-sdk/client-cloudwatch-logs";

export const client = CloudWatchLogsClient;

export const commands = {
  DescribeLogGroups: DescribeLogGroupsCommand,
  FilterLogEvents: FilterLogEventsCommand,
  StartLiveTail: StartLiveTailCommand,
};
