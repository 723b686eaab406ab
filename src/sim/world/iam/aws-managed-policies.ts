/** Policies that AWS keeps, as far as the simulated account attaches them: by ARN path and name (AWS managed policy reference). */
export const AWS_MANAGED_POLICIES: { path: string; name: string; description: string; document: object }[] = [
  {
    path: "/",
    name: "AdministratorAccess",
    description: "Provides full access to AWS services and resources.",
    document: statements({ Effect: "Allow", Action: "*", Resource: "*" }),
  },
  {
    path: "/",
    name: "PowerUserAccess",
    description:
      "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
    document: statements(
      { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
      {
        Effect: "Allow",
        Action: [
          "account:GetAccountInformation",
          "account:GetGovCloudAccountInformation",
          "account:GetPrimaryEmail",
          "account:ListRegions",
          "iam:CreateServiceLinkedRole",
          "iam:DeleteServiceLinkedRole",
          "iam:ListRoles",
          "organizations:DescribeEffectivePolicy",
          "organizations:DescribeOrganization",
        ],
        Resource: "*",
      },
    ),
  },
  {
    path: "/service-role/",
    name: "AmazonECSTaskExecutionRolePolicy",
    description: "Provides access to other AWS service resources that are required to run Amazon ECS tasks",
    document: statements({
      Effect: "Allow",
      Action: [
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
      ],
      Resource: "*",
    }),
  },
  {
    path: "/aws-service-role/",
    name: "AWSApplicationAutoscalingECSServicePolicy",
    description: "Policy granting permissions to Application Auto Scaling to access ECS and CloudWatch.",
    document: statements({
      Effect: "Allow",
      Action: [
        "ecs:DescribeServices",
        "ecs:UpdateService",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DeleteAlarms",
      ],
      Resource: "*",
    }),
  },
];

/** The ARN of a policy that AWS keeps. @param name with its path, such as `service-role/AmazonECSTaskExecutionRolePolicy`. */
export function awsPolicyArn(name: string): string {
  return `arn:aws:iam::aws:policy/${name}`;
}

function statements(...Statement: object[]): object {
  return { Version: "2012-10-17", Statement };
}
