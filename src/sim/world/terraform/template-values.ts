import type { Colleague } from "../colleague.ts";
import { capacity } from "../lakehouse-scaling.ts";
import type { Rule, SecurityGroup } from "../network/model.ts";
import { sameRule } from "../network/network.ts";
import type { World } from "../world.ts";

/** The template's service has this in its configuration, whatever autoscaling wants (docs/lakehouse-deployment.md). */
const DESIRED_COUNT = 1;

/** Something that the template owns: brought back to its value where it differs. @returns whether it differed. */
type Owned = (world: World, terraform: Colleague) => boolean;

/** The template's own values as they are now, which every apply brings back. */
export function templateValues(world: World): Owned[] {
  return [...bucketValues(world), ...(world.nessie ? nessieValues(world) : [])];
}

function bucketValues(world: World): Owned[] {
  const { lakehouse: bucket } = world.storage;
  const { policy } = bucket;
  const lifecycle = structuredClone(bucket.settings.lifecycle ?? []);
  const resources = [{ ResourceType: "AWS::S3::Bucket", ResourceName: bucket.name }];
  return [
    (_world, terraform) => {
      if (bucket.policy === policy) return false;
      bucket.policy = policy;
      const input = {
        bucketName: bucket.name,
        Host: `${bucket.name}.s3.amazonaws.com`,
        policy: "",
        bucketPolicy: JSON.parse(policy ?? "{}"),
      };
      terraform.did({ source: "s3", name: "PutBucketPolicy", input, resources });
      return true;
    },
    (_world, terraform) => {
      if (JSON.stringify(bucket.settings.lifecycle ?? []) === JSON.stringify(lifecycle)) return false;
      bucket.settings.lifecycle = structuredClone(lifecycle);
      const input = { bucketName: bucket.name, lifecycle: "", LifecycleConfiguration: { Rule: lifecycle } };
      terraform.did({ source: "s3", name: "PutBucketLifecycle", input, resources });
      return true;
    },
  ];
}

function nessieValues({ lakehouse, names, network }: World): Owned[] {
  const { definition, service, loadBalancer } = lakehouse;
  const { min, max } = capacity(names.environment);
  const resourceId = `service/${service.cluster.name}/${service.name}`;
  const resources = [
    { ResourceType: "AWS::ECS::Service", ResourceName: service.name },
    { ResourceType: "AWS::ECS::Cluster", ResourceName: service.cluster.name },
  ];
  const groupIds = [...loadBalancer.securityGroups, ...service.securityGroups];
  return [
    (world, terraform) => {
      const target = world.scaling.targets.get(resourceId);
      if (!target || (target.min === min && target.max === max)) return false;
      // The provider keeps a suspension that the configuration does not mention.
      world.scaling.register(target, { min, max });
      const input = {
        serviceNamespace: "ecs",
        resourceId,
        scalableDimension: "ecs:service:DesiredCount",
        minCapacity: min,
        maxCapacity: max,
      };
      terraform.did({ source: "autoscaling", name: "RegisterScalableTarget", input, resources });
      return true;
    },
    (world, terraform) => {
      if (service.desiredCount === DESIRED_COUNT && service.deployments[0]?.definition === definition) return false;
      world.ecs.updateService(service, { desiredCount: DESIRED_COUNT, definition });
      const input = {
        cluster: service.cluster.name,
        service: service.name,
        desiredCount: DESIRED_COUNT,
        taskDefinition: definition.arn,
      };
      terraform.did({ source: "ecs", name: "UpdateService", input, resources });
      return true;
    },
    ...groupIds.flatMap((id) => {
      const group = network.groups.get(id);
      return group ? [rulesOf(group)] : [];
    }),
  ];
}

function permissionOf({ protocol, fromPort, toPort, peer }: Rule) {
  const ipPermission = { ipProtocol: protocol, fromPort, toPort };
  if ("groupId" in peer) return { ...ipPermission, groups: [{ groupId: peer.groupId }] };
  return "cidr" in peer
    ? { ...ipPermission, ipRanges: [{ cidrIp: peer.cidr }] }
    : { ...ipPermission, prefixListIds: [peer] };
}

/** The template writes its groups' rules inline: rules that it does not know go, too. */
function rulesOf(group: SecurityGroup): Owned {
  const own = group.rules.map((rule) => ({ ...rule }));
  const { id: groupId } = group;
  const resources = [{ ResourceType: "AWS::EC2::SecurityGroup", ResourceName: groupId }];
  return (_world, terraform) => {
    const missing = own.filter((rule) => !group.rules.some((other) => sameRule(rule, other)));
    const foreign = group.rules.filter((rule) => !own.some((other) => sameRule(rule, other)));
    group.rules = [...group.rules.filter((rule) => !foreign.includes(rule)), ...missing.map((rule) => ({ ...rule }))];
    const tell = (verb: string, rules: readonly Rule[]) => {
      for (const rule of rules) {
        const name = `${verb}SecurityGroup${rule.egress ? "Egress" : "Ingress"}`;
        terraform.did({ source: "ec2", name, input: { groupId, ipPermissions: [permissionOf(rule)] }, resources });
      }
    };
    tell("Revoke", foreign);
    tell("Authorize", missing);
    return missing.length + foreign.length > 0;
  };
}
