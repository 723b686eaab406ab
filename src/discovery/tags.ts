import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { type DiscoveryContext, Finds } from "./contract.ts";
import { alarmPrefixes, arnParts, lastPart } from "./names.ts";

/** Something that has the template's default tags. */
export interface TaggedResource {
  arn: string;
  project: string;
  environment: string;
}

/** Largest page of GetResources (Resource Groups Tagging API reference). */
const RESOURCES_PER_PAGE = 100;

/** Everything in the region that has the tags Project and Environment, with these values where they are given. */
export async function readTagged(
  { aws, signal }: DiscoveryContext,
  wanted: { project?: string; environment?: string },
): Promise<TaggedResource[]> {
  const found: TaggedResource[] = [];
  const filter = (Key: string, value: string | undefined) => ({ Key, ...(value ? { Values: [value] } : {}) });
  let PaginationToken: string | undefined;
  do {
    const { output } = await aws.call(
      "resourcegroupstaggingapi",
      "GetResources",
      {
        TagFilters: [filter("Project", wanted.project), filter("Environment", wanted.environment)],
        ResourcesPerPage: RESOURCES_PER_PAGE,
        ...(PaginationToken ? { PaginationToken } : {}),
      },
      { purpose: "poll", signal },
    );
    for (const { ResourceARN, Tags = [] } of output.ResourceTagMappingList ?? []) {
      const tag = (key: string) => sanitizeLine(Tags.find(({ Key }) => Key === key)?.Value ?? "");
      found.push({ arn: sanitizeLine(ResourceARN ?? ""), project: tag("Project"), environment: tag("Environment") });
    }
    PaginationToken = output.PaginationToken || undefined;
  } while (PaginationToken);
  return found;
}

/**
 * The resources of the one lakehouse among them: the only pair of tags that has a bucket. Empty when there is none.
 * @throws Failure that lists the pairs when there are several.
 */
export function oneLakehouse(resources: readonly TaggedResource[]): TaggedResource[] {
  const pairs = new Map<string, TaggedResource[]>();
  for (const resource of resources) {
    const key = `--project ${resource.project} --env ${resource.environment}`;
    pairs.set(key, [...(pairs.get(key) ?? []), resource]);
  }
  const withBucket = [...pairs].filter(([, of]) => of.some(({ arn }) => arnParts(arn)?.service === "s3"));
  if (withBucket.length > 1) {
    throw new Failure({
      kind: "invalid",
      what: "finding the lakehouse by its tags",
      why: `there are several: ${withBucket.map(([key]) => key).join(", ")}`,
      next: "Say which one by these flags.",
    });
  }
  return withBucket[0]?.[1] ?? [];
}

/** What trails say of buckets: which one they deliver to, and whose objects' events they record. */
export interface TrailBuckets {
  audit: string[];
  recorded: string[];
}

/** The settings that tagged resources give. Buckets are told apart by what the trails do with them, then by their names. */
export function findsOfTags(resources: readonly TaggedResource[], trails: TrailBuckets): Finds {
  const finds = new Finds();
  const [first] = resources;
  if (!first) return finds;
  const origin = (what: string) => `tags: ${what}`;
  finds.add("project", first.project, origin(`${resources.length} resources have them`));
  finds.add("environment", first.environment, origin(`${resources.length} resources have them`));
  const arns = resources.flatMap(({ arn }) => arnParts(arn) ?? []);
  const of = (service: string, kind: string) =>
    arns
      .filter((arn) => arn.service === service && arn.resource.startsWith(kind))
      .map(({ resource }) => resource.slice(kind.length));

  const buckets = arns.filter(({ service }) => service === "s3").map(({ resource }) => resource);
  const audit = buckets.find((name) => trails.audit.includes(name)) ?? buckets.find((name) => /audit|trail/.test(name));
  const others = buckets.filter((name) => name !== audit);
  const lakehouse =
    others.find((name) => trails.recorded.includes(name)) ??
    others.find((name) => /lakehouse/.test(name)) ??
    (others.length === 1 ? others[0] : undefined);
  finds.add("buckets.lakehouse", lakehouse, origin("bucket"));
  finds.add(
    "buckets.audit",
    audit,
    origin(trails.audit.includes(audit ?? "") ? "bucket that a trail delivers to" : "bucket"),
  );

  addServices(finds, of("ecs", "service/"), origin);
  const alarms = of("cloudwatch", "alarm:");
  finds.add(
    "alarmPrefixes",
    alarmPrefixes(alarms, first.project, first.environment),
    origin(`${alarms.length} alarms`),
  );
  const topics = arns.filter(({ service }) => service === "sns");
  const [topic] = topics;
  if (topic && topics.length === 1)
    finds.add(
      "alertTopic",
      `arn:${topic.partition}:sns:${topic.region}:${topic.accountId}:${topic.resource}`,
      origin("topic"),
    );
  return finds;
}

/** @param names `CLUSTER/SERVICE` */
function addServices(finds: Finds, names: readonly string[], origin: (what: string) => string): void {
  const services = names.map((name) => ({ cluster: name.split("/")[0] ?? "", service: lastPart(name) }));
  const isDagster = ({ cluster, service }: { cluster: string; service: string }) =>
    /dagster/i.test(`${cluster} ${service}`);
  const dagster = services.filter(isDagster);
  const others = services.filter((service) => !isDagster(service));
  const nessie =
    others.find(({ cluster, service }) => /nessie/i.test(`${cluster} ${service}`)) ??
    (others.length === 1 ? others[0] : undefined);
  if (nessie) {
    finds.add("nessie.cluster", nessie.cluster, origin("ECS service"));
    finds.add("nessie.service", nessie.service, origin("ECS service"));
  }
  const [first] = dagster;
  if (!first) return;
  finds.add("dagster.cluster", first.cluster, origin("ECS service"));
  finds.add(
    "dagster.services",
    dagster.filter(({ cluster }) => cluster === first.cluster).map(({ service }) => service),
    origin("ECS services"),
  );
}
