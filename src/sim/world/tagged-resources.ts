import { arn, defaultTags } from "./names.ts";
import type { Region } from "./region.ts";

/** A resource that has tags. */
export interface TaggedResource {
  arn: string;
  tags: Record<string, string>;
}

/** Everything in a region that has tags, in the order of ARNs: what Terraform made, and what else was tagged. */
export function taggedResources(region: Region): TaggedResource[] {
  const { names, account } = region;
  const tags = defaultTags(names);
  const byTerraform = (arns: Iterable<string>) => [...arns].map((found): TaggedResource => ({ arn: found, tags }));
  const named = (service: string, kind: string, resources: Iterable<{ id: string; tags: Record<string, string> }>) =>
    [...resources].map(
      (resource): TaggedResource => ({ arn: arn(names, service, `${kind}/${resource.id}`), tags: resource.tags }),
    );
  const clusters = [...region.ecs.clusters.values()];
  const buckets = [...account.buckets.byName.values()].filter(
    (bucket) => bucket.region === names.region && bucket.name !== names.stateBucket,
  );
  // Target tracking makes its alarms itself: they have no tags of Terraform's.
  const alarms = [...region.alarms.byName.values()].filter((alarm) => !alarm.name.startsWith("TargetTracking-"));
  const all: TaggedResource[] = [
    ...byTerraform(buckets.map((bucket) => `arn:aws:s3:::${bucket.name}`)),
    ...byTerraform(clusters.map((cluster) => cluster.arn)),
    ...byTerraform(clusters.flatMap((cluster) => [...cluster.services.values()].map((service) => service.arn))),
    ...byTerraform([...region.ecs.definitions.values()].flat().map((definition) => definition.arn)),
    ...byTerraform(region.loadBalancers.keys()),
    ...byTerraform(region.targetGroups.keys()),
    ...byTerraform([...region.logs.groups.values()].map((group) => group.arn)),
    ...byTerraform(alarms.map((alarm) => alarm.arn)),
    ...[...region.dynamodb.byName.values()].map((table) => ({
      arn: table.identity.arn,
      tags: Object.fromEntries(table.tags),
    })),
    ...[...region.sns.byArn.values()].map((topic) => ({ arn: topic.arn, tags: topic.tags })),
    ...[...region.acm.byArn.values()].map((certificate) => ({ arn: certificate.arn, tags: certificate.tags })),
    ...named("ec2", "security-group", region.network.groups.values()),
    ...named("ec2", "vpc", region.network.vpcs),
    ...named("ec2", "subnet", region.network.subnets),
    ...named("ec2", "route-table", region.network.routeTables),
    ...named("ec2", "vpc-endpoint", region.network.endpoints.values()),
  ];
  return all.filter((resource) => Object.keys(resource.tags).length > 0).sort((a, b) => (a.arn < b.arn ? -1 : 1));
}
