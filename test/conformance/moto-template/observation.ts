import type { Names } from "../../../src/sim/world/names.ts";
import type { Clients } from "../clients.ts";

/** The log group with two streams, each with a line every ten seconds of the last hour. */
export async function deployLogs({ logs }: Clients, names: Names): Promise<void> {
  const { logGroup: logGroupName } = names;
  await logs.createLogGroup({ logGroupName });
  await logs.putRetentionPolicy({ logGroupName, retentionInDays: 30 });
  const nowMs = Date.now();
  for (const task of ["a", "b"]) {
    const logStreamName = `nessie/nessie/${task.repeat(32)}`;
    await logs.createLogStream({ logGroupName, logStreamName });
    const logEvents = Array.from({ length: 360 }, (_, index) => ({
      timestamp: nowMs - 3_600_000 + index * 10_000,
      message: `INFO  [org.projectnessie] request ${index} of ${task}`,
    }));
    await logs.putLogEvents({ logGroupName, logStreamName, logEvents });
  }
}

/** The alarms, and an hour of the service's CPU. */
export async function deployMetrics({ cloudwatch }: Clients, names: Names): Promise<void> {
  const alarm = {
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: [`arn:aws:sns:${names.region}:${names.accountId}:${names.prefix}-alerts`],
  } as const;
  const cpu = { Namespace: "AWS/ECS", MetricName: "CPUUtilization" };
  const Dimensions = [
    { Name: "ClusterName", Value: names.cluster },
    { Name: "ServiceName", Value: names.service },
  ];
  const put = (name: string, metric: typeof cpu, settings: { Period: number; Threshold: number }) =>
    cloudwatch.putMetricAlarm({
      ...alarm,
      ...metric,
      ...settings,
      AlarmName: `${names.prefix}-${name}`,
      AlarmActions: [...alarm.AlarmActions],
      Statistic: "Average",
      EvaluationPeriods: 3,
    });
  await put("nessie-cpu-high", cpu, { Period: 300, Threshold: 80 });
  const hosts = { Namespace: "AWS/ApplicationELB", MetricName: "UnHealthyHostCount" };
  await put("nessie-unhealthy-hosts", hosts, { Period: 60, Threshold: 0 });
  const throttled = { Namespace: "AWS/DynamoDB", MetricName: "ThrottledRequests" };
  await put("nessie-dynamo-throttled", throttled, { Period: 300, Threshold: 0 });
  const MetricData = Array.from({ length: 60 }, (_, index) => ({
    MetricName: cpu.MetricName,
    Dimensions,
    Timestamp: new Date(Date.now() - index * 60_000),
    Value: 20 + (index % 7),
  }));
  await cloudwatch.putMetricData({ Namespace: cpu.Namespace, MetricData });
}

/** The trail of data events on the lakehouse's objects. Its buckets must be there. */
export async function deployTrail({ cloudtrail }: Clients, names: Names): Promise<void> {
  const { trail: Name, auditBucket: S3BucketName } = names;
  await cloudtrail.createTrail({ Name, S3BucketName, EnableLogFileValidation: true });
  await cloudtrail.putEventSelectors({
    TrailName: Name,
    EventSelectors: [
      {
        ReadWriteType: "All",
        IncludeManagementEvents: false,
        DataResources: [{ Type: "AWS::S3::Object", Values: [`arn:aws:s3:::${names.lakehouseBucket}/`] }],
      },
    ],
  });
}
