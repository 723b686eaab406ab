/** What the watchers read, by the pane that shows it, as service:Operation. */
export const WATCH_OPERATIONS: Readonly<Record<"ECS" | "Targets" | "Alarms" | "Metrics" | "Logs", readonly string[]>> =
  {
    ECS: [
      "ecs:DescribeServices",
      "ecs:ListTasks",
      "ecs:DescribeTasks",
      "application-autoscaling:DescribeScalableTargets",
    ],
    Targets: ["elbv2:DescribeTargetGroups", "elbv2:DescribeTargetHealth"],
    Alarms: ["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"],
    Metrics: ["cloudwatch:GetMetricData", "elbv2:DescribeTargetGroups"],
    Logs: ["logs:FilterLogEvents"],
  };
