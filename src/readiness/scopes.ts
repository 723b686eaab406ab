import type { Deployment } from "../config/deployment.ts";

/** Where a deployment is, for the ARNs of its resources. */
export interface Place {
  deployment: Deployment;
  accountId: string;
  region: string;
  /** `aws`, `aws-cn` ... */
  partition: string;
}

/** What an IAM action is allowed on. */
export interface Scope {
  resources: string[];
  /** Why it is no narrower; undefined: these are the deployment's own resources. */
  why?: string;
  condition?: Record<string, Record<string, string>>;
}

const NO_RESOURCES = "the API knows no resources";
const NOT_BY_NAME = "its resources have ids and no names";

/** Sources of which actions take resources: Service Authorization Reference, "Actions, resources, and condition keys", by service. */
const SCOPES: readonly { actions: RegExp; scope(place: Place): Scope }[] = [
  { actions: /^acm:(RequestCertificate|ListCertificates)$/, scope: () => everything(NO_RESOURCES) },
  {
    actions: /^acm:/,
    scope: (place) => ({ resources: [regional(place, "acm", "certificate/*")], why: NOT_BY_NAME }),
  },
  { actions: /^application-autoscaling:Describe/, scope: () => everything(NO_RESOURCES) },
  {
    actions: /^application-autoscaling:/,
    scope: (place) => ({
      resources: [regional(place, "application-autoscaling", "scalable-target/*")],
      why: NOT_BY_NAME,
    }),
  },
  {
    actions: /^cloudtrail:GetEventSelectors$/,
    scope: (place) => ({
      resources: [regional(place, "cloudtrail", "trail/*")],
      why: "which trails there are is what it asks",
    }),
  },
  { actions: /^cloudtrail:/, scope: () => everything(NO_RESOURCES) },
  {
    actions: /^cloudwatch:DescribeAlarm/,
    scope: (place) => ({
      resources: [regional(place, "cloudwatch", "alarm:*")],
      why: "a list by the beginning of a name is a list of all alarms to IAM",
    }),
  },
  { actions: /^cloudwatch:/, scope: () => everything(NO_RESOURCES) },
  { actions: /^dynamodb:GetItem$/, scope: (place) => tables(place, true) },
  { actions: /^dynamodb:ListTables$/, scope: () => everything(NO_RESOURCES) },
  { actions: /^dynamodb:/, scope: (place) => tables(place, false) },
  { actions: /^ec2:Describe/, scope: () => everything(NO_RESOURCES) },
  {
    actions: /^ec2:GetManagedPrefixListEntries$/,
    scope: (place) => ({ resources: [`arn:${place.partition}:ec2:${place.region}:*:prefix-list/*`], why: NOT_BY_NAME }),
  },
  {
    actions: /^ec2:ModifyVpcEndpoint$/,
    scope: (place) => ({ resources: [regional(place, "ec2", "vpc-endpoint/*")], why: NOT_BY_NAME }),
  },
  {
    actions: /^ec2:(Authorize|Revoke)SecurityGroup/,
    scope: (place) => ({ resources: [regional(place, "ec2", "security-group/*")], why: NOT_BY_NAME }),
  },
  { actions: /^ecs:DescribeClusters$/, scope: (place) => clusters(place, (name) => `cluster/${name}`) },
  { actions: /^ecs:(DescribeServices|UpdateService)$/, scope: services },
  { actions: /^ecs:ListTasks$/, scope: (place) => clusters(place, (name) => `container-instance/${name}/*`) },
  { actions: /^ecs:(DescribeTasks|StopTask)$/, scope: (place) => clusters(place, (name) => `task/${name}/*`) },
  {
    actions: /^ecs:RegisterTaskDefinition$/,
    scope: (place) => ({
      resources: [regional(place, "ecs", "task-definition/*:*")],
      why: "which family a service runs is known only when it is looked at",
    }),
  },
  { actions: /^ecs:/, scope: () => everything(NO_RESOURCES) },
  { actions: /^elasticloadbalancing:/, scope: () => everything(NO_RESOURCES) },
  {
    actions: /^glue:GetDatabases$/,
    scope: (place) => ({
      resources: [regional(place, "glue", "catalog"), regional(place, "glue", "database/*")],
      why: "a list of all databases, by which the lakehouse's is found",
    }),
  },
  { actions: /^glue:/, scope: glue },
  { actions: /^iam:(ListAccountAliases|ListUsers)$/, scope: () => everything(NO_RESOURCES) },
  { actions: /^iam:GetLoginProfile$/, scope: breakGlassUser },
  {
    actions: /^iam:(GetGroupPolicy|ListGroupPolicies|ListAttachedGroupPolicies)$/,
    scope: (place) => ({
      resources: [global(place, "iam", "group/*")],
      why: "the groups of a user who is refused access",
    }),
  },
  {
    actions: /^iam:\w*AccessKey\w*$/,
    scope: (place) => ({ resources: [global(place, "iam", "user/*")], why: "keys of any user are rotated" }),
  },
  {
    actions: /^iam:(GetUser|GetUserPolicy|ListGroupsForUser|ListMFADevices|List\w*UserPolicies)$/,
    scope: (place) => principals(place, "user/*"),
  },
  {
    actions: /^iam:(Put|Delete)RolePolicy$/,
    scope: (place) => ({
      resources: [global(place, "iam", `role/*${place.deployment.project}-${place.deployment.environment}-*`)],
    }),
  },
  { actions: /^iam:(GetRole|GetRolePolicy|List\w*RolePolicies)$/, scope: (place) => principals(place, "role/*") },
  {
    actions: /^iam:GetPolicy(Version)?$/,
    scope: (place) => ({
      resources: [global(place, "iam", "policy/*"), `arn:${place.partition}:iam::aws:policy/*`],
      why: "whatever is attached to who is refused",
    }),
  },
  {
    actions: /^iam:SimulatePrincipalPolicy$/,
    scope: (place) => ({
      resources: [global(place, "iam", "role/*"), global(place, "iam", "user/*")],
      why: "whoever is asked about: the responder, and who is refused",
    }),
  },
  {
    actions: /^iam:PassRole$/,
    scope: (place) => ({
      resources: [global(place, "iam", "role/*")],
      why: "the roles of the service's task definition, to ECS tasks alone",
      condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    }),
  },
  {
    actions: /^kms:/,
    scope: (place) => ({ resources: [regional(place, "kms", "key/*")], why: NOT_BY_NAME }),
  },
  { actions: /^lakeformation:/, scope: () => everything(NO_RESOURCES) },
  {
    actions: /^logs:(DescribeLogGroups|DescribeExportTasks|CancelExportTask)$/,
    scope: () => everything("lists and tasks have no group"),
  },
  { actions: /^logs:/, scope: logGroups },
  {
    actions: /^s3:(Put|Delete)(BucketPolicy|LifecycleConfiguration)$/,
    scope: (place) => ({ resources: [lakehouse(place)] }),
  },
  { actions: /^s3:(Get|List|Put|Delete)Object|MultipartUpload/, scope: (place) => ({ resources: objects(place) }) },
  { actions: /^s3:(Get|List)/, scope: (place) => ({ resources: buckets(place) }) },
  { actions: /^sns:(GetSubscriptionAttributes|Unsubscribe)$/, scope: () => everything("subscriptions have ids") },
  { actions: /^sns:/, scope: alertTopic },
  { actions: /^sts:/, scope: () => everything(NO_RESOURCES) },
  { actions: /^tag:/, scope: () => everything(NO_RESOURCES) },
];

/** What an IAM action is scoped to; undefined for one that has no row. */
export function knownScope(action: string, place: Place): Scope | undefined {
  return SCOPES.find(({ actions }) => actions.test(action))?.scope(place);
}

/** What an IAM action is allowed on in this deployment: `*` with the reason where nothing narrower is known. */
export function scopeOf(action: string, place: Place): Scope {
  const scope = knownScope(action, place);
  if (!scope || scope.resources.length === 0) return everything("no narrower scope is known for this deployment");
  return scope;
}

const everything = (why: string): Scope => ({ resources: ["*"], why });

const regional = ({ partition, region, accountId }: Place, service: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
const global = ({ partition, accountId }: Place, service: string, resource: string) =>
  `arn:${partition}:${service}::${accountId}:${resource}`;
const bucketArn = ({ partition }: Place, name: string) => `arn:${partition}:s3:::${name}`;
const lakehouse = (place: Place) => bucketArn(place, place.deployment.buckets.lakehouse);

function glue(place: Place): Scope {
  const { project, environment } = place.deployment;
  // Names in Athena have no hyphens: the template's database is P_E.
  const database = `${project}_${environment}`.replaceAll("-", "_");
  const resources = ["catalog", `database/${database}`, `table/${database}/*`];
  const why = "the account's one catalog, and in it this lakehouse's database";
  return { resources: resources.map((resource) => regional(place, "glue", resource)), why };
}

function alertTopic(place: Place): Scope {
  const { alertTopic: topic } = place.deployment;
  if (topic !== undefined) return { resources: [topic] };
  return { resources: [regional(place, "sns", "*")], why: "no topic of alerts is configured" };
}

function tables(place: Place, withLocks: boolean): Scope {
  const { nessie, terraform } = place.deployment;
  const names = [
    ...(nessie?.tables ?? []).flatMap((name) => (/_(refs|objs)$/.test(name) ? [name] : [name, `${name}_*`])),
    ...(withLocks && terraform?.lockTable ? [terraform.lockTable] : []),
  ];
  return { resources: names.map((name) => regional(place, "dynamodb", `table/${name}`)) };
}

function clusters(place: Place, resource: (cluster: string) => string): Scope {
  const { nessie, dagster } = place.deployment;
  const names = [...new Set([nessie?.cluster, dagster?.cluster].filter((name) => name !== undefined))];
  return { resources: names.map((name) => regional(place, "ecs", resource(name))) };
}

function services(place: Place): Scope {
  const { nessie, dagster } = place.deployment;
  const names = [
    ...(nessie ? [`${nessie.cluster}/${nessie.service}`] : []),
    ...(dagster?.services ?? []).map((service) => `${dagster?.cluster}/${service}`),
  ];
  return { resources: names.map((name) => regional(place, "ecs", `service/${name}`)) };
}

const principals = (place: Place, resource: string): Scope => ({
  resources: [global(place, "iam", resource)],
  why: "the responder's own, those that an action spares, and who is refused access",
});

function breakGlassUser(place: Place): Scope {
  const user = place.deployment.breakGlass?.user;
  if (user === undefined) return { ...principals(place, "user/*"), why: "no break-glass user is configured" };
  return { resources: [user.startsWith("arn:") ? user : global(place, "iam", `user/*${user}`)] };
}

function logGroups(place: Place): Scope {
  const { nessie, dagster, logGroups: more } = place.deployment;
  const names = new Set([...(nessie ? [nessie.logGroup] : []), ...(dagster?.logGroups ?? []), ...more]);
  return { resources: [...names].map((name) => regional(place, "logs", `log-group:${name}:*`)) };
}

function buckets(place: Place): string[] {
  const { buckets: own, terraform } = place.deployment;
  const names = [own.lakehouse, own.audit, terraform?.stateBucket].filter((name) => name !== undefined);
  return [...new Set(names)].map((name) => bucketArn(place, name));
}

function objects(place: Place): string[] {
  const { buckets: own, terraform } = place.deployment;
  return [
    ...[own.lakehouse, own.audit].flatMap((name) => (name === undefined ? [] : [`${bucketArn(place, name)}/*`])),
    ...(terraform ? [`${bucketArn(place, terraform.stateBucket)}/${terraform.stateKey}*`] : []),
  ];
}
