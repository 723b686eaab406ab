import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";

export const client = ApplicationAutoScalingClient;

export const commands = {
  DescribeScalableTargets: DescribeScalableTargetsCommand,
  DescribeScalingActivities: DescribeScalingActivitiesCommand,
  DescribeScalingPolicies: DescribeScalingPoliciesCommand,
  DescribeScheduledActions: DescribeScheduledActionsCommand,
  RegisterScalableTarget: RegisterScalableTargetCommand,
};
