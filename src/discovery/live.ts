import type { InputOf, OperationName, OutputOf, ServiceName } from "../aws/contract.ts";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { type DiscoveryContext, Finds } from "./contract.ts";
import { lastPart } from "./names.ts";
import type { TrailBuckets } from "./tags.ts";

/** Environment variables of the template's containers that name something. */
const TABLE_PREFIX = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX";
const ALERT_TOPIC = "ALERT_SNS_TOPIC_ARN";

/** A read that may fail: then `problems` has a sentence, and the answer is undefined. "Not there" is no problem. */
export class Reads {
  readonly problems: string[] = [];
  readonly #context: DiscoveryContext;

  constructor(context: DiscoveryContext) {
    this.#context = context;
  }

  async call<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O> | undefined> {
    const { aws, signal } = this.#context;
    try {
      return (await aws.call(service, operation, input, { purpose: "poll", signal })).output;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { detail, kind } = error;
      if (kind === "not-found") return undefined;
      this.problems.push(
        `${detail.what}: ${detail.missingPermission ? `needs ${detail.missingPermission}` : detail.why}`,
      );
      return undefined;
    }
  }
}

/** What hangs on Nessie's service: container, log group, target group, load balancer, tables. */
export async function followNessie(reads: Reads, cluster: string, service: string): Promise<Finds> {
  const finds = new Finds();
  const running = await serviceOf(reads, cluster, service);
  if (!running) return finds;
  const origin = (what: string) => `ECS service ${service}: ${what}`;
  const [balanced] = running.loadBalancers ?? [];
  const [definition, groups] = await Promise.all([
    reads.call("ecs", "DescribeTaskDefinition", { taskDefinition: running.taskDefinition }),
    balanced?.targetGroupArn
      ? reads.call("elbv2", "DescribeTargetGroups", { TargetGroupArns: [balanced.targetGroupArn] })
      : undefined,
  ]);
  const containers = definition?.taskDefinition?.containerDefinitions ?? [];
  const container = containers.find(({ name }) => name === balanced?.containerName) ?? containers[0];
  finds.add("nessie.cluster", cluster, origin("it runs there"));
  finds.add("nessie.service", service, origin("it is there"));
  finds.add("nessie.container", clean(container?.name), origin("its task definition"));
  finds.add("nessie.logGroup", logGroupOf(container), origin("its container's log driver"));
  const prefix = container?.environment?.find(({ name }) => name === TABLE_PREFIX)?.value;
  finds.add("nessie.tables", prefix ? [sanitizeLine(prefix)] : undefined, origin("its container's table prefix"));
  const group = groups?.TargetGroups?.[0];
  finds.add("nessie.targetGroup", clean(group?.TargetGroupName), origin("its target group"));
  const [balancerArn] = group?.LoadBalancerArns ?? [];
  if (balancerArn) {
    const balancers = await reads.call("elbv2", "DescribeLoadBalancers", { LoadBalancerArns: [balancerArn] });
    finds.add(
      "nessie.loadBalancer",
      clean(balancers?.LoadBalancers?.[0]?.LoadBalancerName),
      origin("its load balancer"),
    );
  }
  return finds;
}

/** Dagster's services in a cluster, their log groups, and the topic that they alert. */
export async function followDagster(
  reads: Reads,
  cluster: string,
  named: readonly string[] | undefined,
): Promise<Finds> {
  const finds = new Finds();
  const listed = named ?? (await reads.call("ecs", "ListServices", { cluster }))?.serviceArns?.map(lastPart);
  const services = (await Promise.all((listed ?? []).map((service) => serviceOf(reads, cluster, service)))).flatMap(
    (service) => service ?? [],
  );
  if (services.length === 0) return finds;
  const origin = (what: string) => `ECS cluster ${cluster}: ${what}`;
  const definitions = await Promise.all(
    services.map(({ taskDefinition }) => reads.call("ecs", "DescribeTaskDefinition", { taskDefinition })),
  );
  const containers = definitions.flatMap((definition) => definition?.taskDefinition?.containerDefinitions ?? []);
  finds.add("dagster.cluster", cluster, origin("it is there"));
  finds.add(
    "dagster.services",
    services.flatMap(({ serviceName }) => clean(serviceName) ?? []),
    origin("its services"),
  );
  finds.add(
    "dagster.logGroups",
    [...new Set(containers.flatMap((container) => logGroupOf(container) ?? []))],
    origin("its containers' log drivers"),
  );
  const topic = containers
    .flatMap(({ environment = [] }) => environment)
    .find(({ name, value }) => name === ALERT_TOPIC && value)?.value;
  finds.add("alertTopic", clean(topic), origin(ALERT_TOPIC));
  return finds;
}

/** Which buckets trails deliver to, and whose objects' events they record. */
export async function readTrailBuckets(reads: Reads): Promise<TrailBuckets> {
  const trails = (await reads.call("cloudtrail", "DescribeTrails", {}))?.trailList ?? [];
  const selectors = await Promise.all(
    trails.map(({ TrailARN, Name }) => reads.call("cloudtrail", "GetEventSelectors", { TrailName: TrailARN ?? Name })),
  );
  const values = selectors
    .flatMap((selector) => selector?.EventSelectors ?? [])
    .flatMap(({ DataResources = [] }) => DataResources.flatMap(({ Values = [] }) => Values));
  return {
    audit: trails.flatMap(({ S3BucketName }) => clean(S3BucketName) ?? []),
    recorded: values.flatMap((value) => /^arn:[^:]+:s3:::([^/]+)\/?$/.exec(sanitizeLine(value))?.[1] ?? []),
  };
}

/** Whom the alarms of these prefixes tell, where that is one topic. */
export async function followAlarms(reads: Reads, prefixes: readonly string[]): Promise<Finds> {
  const finds = new Finds();
  const answers = await Promise.all(
    prefixes.map((AlarmNamePrefix) => reads.call("cloudwatch", "DescribeAlarms", { AlarmNamePrefix })),
  );
  const alarms = answers.flatMap((answer) => answer?.MetricAlarms ?? []);
  if (alarms.length > 0) finds.add("alarmPrefixes", [...prefixes], `${alarms.length} alarms have such names`);
  const topics = new Set(alarms.flatMap(({ AlarmActions = [] }) => AlarmActions).filter((arn) => /:sns:/.test(arn)));
  if (topics.size === 1) finds.add("alertTopic", clean([...topics][0]), `alarm action of ${alarms.length} alarms`);
  return finds;
}

/** The bucket and the table, where they are there. */
export async function followStorage(
  reads: Reads,
  names: { lakehouse?: string; audit?: string; lockTable?: string },
): Promise<Finds> {
  const finds = new Finds();
  const isBucket = async (Bucket: string | undefined) =>
    Bucket !== undefined && (await reads.call("s3", "HeadBucket", { Bucket })) !== undefined;
  const [lakehouse, audit, locks] = await Promise.all([
    isBucket(names.lakehouse),
    isBucket(names.audit),
    names.lockTable === undefined ? undefined : reads.call("dynamodb", "DescribeTable", { TableName: names.lockTable }),
  ]);
  const rule = "naming rule, there";
  if (lakehouse) finds.add("buckets.lakehouse", names.lakehouse, rule);
  if (audit) finds.add("buckets.audit", names.audit, rule);
  if (locks) finds.add("terraform.lockTable", names.lockTable, rule);
  return finds;
}

async function serviceOf(reads: Reads, cluster: string, service: string) {
  const answer = await reads.call("ecs", "DescribeServices", { cluster, services: [service] });
  const found = answer?.services?.[0];
  return found?.taskDefinition && found.status !== "INACTIVE"
    ? { ...found, taskDefinition: found.taskDefinition }
    : undefined;
}

type Container = NonNullable<
  NonNullable<OutputOf<"ecs", "DescribeTaskDefinition">["taskDefinition"]>["containerDefinitions"]
>[number];

const logGroupOf = (container: Container | undefined): string | undefined =>
  clean(container?.logConfiguration?.options?.["awslogs-group"]);

const clean = (text: string | undefined): string | undefined => (text ? sanitizeLine(text) : undefined);
