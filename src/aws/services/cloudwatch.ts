import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";

export const client = CloudWatchClient;

export const commands = {
  DescribeAlarmHistory: DescribeAlarmHistoryCommand,
  DescribeAlarms: DescribeAlarmsCommand,
  GetMetricData: GetMetricDataCommand,
};
