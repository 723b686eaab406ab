/** The service modules by the name that the AWS CLI gives them (S3's API is `s3api` there); `nessie` is none of AWS's: its REST API. */
export interface ServiceModules {
  acm: typeof import("./acm.ts");
  "application-autoscaling": typeof import("./application-autoscaling.ts");
  cloudtrail: typeof import("./cloudtrail.ts");
  cloudwatch: typeof import("./cloudwatch.ts");
  dynamodb: typeof import("./dynamodb.ts");
  ec2: typeof import("./ec2.ts");
  ecs: typeof import("./ecs.ts");
  elbv2: typeof import("./elbv2.ts");
  glue: typeof import("./glue.ts");
  iam: typeof import("./iam.ts");
  kms: typeof import("./kms.ts");
  lakeformation: typeof import("./lakeformation.ts");
  logs: typeof import("./logs.ts");
  nessie: typeof import("./nessie.ts");
  resourcegroupstaggingapi: typeof import("./resourcegroupstaggingapi.ts");
  s3: typeof import("./s3.ts");
  sns: typeof import("./sns.ts");
  sts: typeof import("./sts.ts");
}

/** Loads a service's client when it is first needed: each is a chunk of its own in the build. */
export const serviceLoaders: { [S in keyof ServiceModules]: () => Promise<ServiceModules[S]> } = {
  acm: () => import("./acm.ts"),
  "application-autoscaling": () => import("./application-autoscaling.ts"),
  cloudtrail: () => import("./cloudtrail.ts"),
  cloudwatch: () => import("./cloudwatch.ts"),
  dynamodb: () => import("./dynamodb.ts"),
  ec2: () => import("./ec2.ts"),
  ecs: () => import("./ecs.ts"),
  elbv2: () => import("./elbv2.ts"),
  glue: () => import("./glue.ts"),
  iam: () => import("./iam.ts"),
  kms: () => import("./kms.ts"),
  lakeformation: () => import("./lakeformation.ts"),
  logs: () => import("./logs.ts"),
  nessie: () => import("./nessie.ts"),
  resourcegroupstaggingapi: () => import("./resourcegroupstaggingapi.ts"),
  s3: () => import("./s3.ts"),
  sns: () => import("./sns.ts"),
  sts: () => import("./sts.ts"),
};
