import type { OutputOf } from "../../aws/contract.ts";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { dagsterServices } from "../dagster/facts.ts";
import type { FactSource } from "../fact.ts";
import { type Rule, rulesOf, rulesOfEvent, type SecurityGroup } from "../sources/security-groups.ts";
import { lookupEvents, TRAIL_OPERATIONS, type TrailEvent, textAt } from "../sources/trail.ts";
import { namesOf, nessieService } from "./service-facts.ts";

export interface LoadBalancer {
  arn: string;
  name: string;
  dnsName: string;
  vpc: string;
  subnets: string[];
  securityGroups: string[];
}

/** Nessie's load balancer. */
export const loadBalancer: FactSource<LoadBalancer> = {
  id: "nessie-load-balancer",
  title: "Nessie's load balancer",
  operations: ["elbv2:DescribeLoadBalancers"],
  async fetch(reader) {
    const { loadBalancer: name } = namesOf(reader);
    const { LoadBalancers = [] } = await reader.call("elbv2", "DescribeLoadBalancers", { Names: [name] });
    const [found] = LoadBalancers;
    if (!found?.LoadBalancerArn) throw notFound("load balancer", name);
    return {
      arn: found.LoadBalancerArn,
      name,
      dnsName: found.DNSName ?? "",
      vpc: found.VpcId ?? "",
      subnets: (found.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
      securityGroups: found.SecurityGroups ?? [],
    };
  },
};

/** Where the load balancer's clients connect to. */
export interface Listener {
  port: number;
  protocol: string;
  certificates: string[];
}

export const listeners: FactSource<Listener[]> = {
  id: "nessie-listeners",
  title: "the load balancer's listeners",
  operations: ["elbv2:DescribeListeners"],
  async fetch(reader) {
    const { arn: LoadBalancerArn } = await reader.need(loadBalancer);
    const { Listeners = [] } = await reader.call("elbv2", "DescribeListeners", { LoadBalancerArn });
    return Listeners.map((listener) => ({
      port: listener.Port ?? 0,
      protocol: listener.Protocol ?? "",
      certificates: (listener.Certificates ?? []).flatMap(({ CertificateArn }) => CertificateArn ?? []),
    }));
  },
};

export interface Target {
  address: string;
  port: number;
  state: string;
  reason: string;
  description: string;
}

/** Nessie's target group. */
export const targetGroup: FactSource<{ arn: string; port: number }> = {
  id: "nessie-target-group",
  title: "the load balancer's target group",
  operations: ["elbv2:DescribeTargetGroups"],
  async fetch(reader) {
    const { targetGroup: name } = namesOf(reader);
    const { TargetGroups = [] } = await reader.call("elbv2", "DescribeTargetGroups", { Names: [name] });
    const [found] = TargetGroups;
    if (!found?.TargetGroupArn) throw notFound("target group", name);
    return { arn: found.TargetGroupArn, port: found.Port ?? 0 };
  },
};

/** The targets and what their health checks say. */
export const targets: FactSource<Target[]> = {
  id: "nessie-targets",
  title: "the load balancer's targets",
  operations: ["elbv2:DescribeTargetHealth"],
  async fetch(reader) {
    const { arn: TargetGroupArn, port } = await reader.need(targetGroup);
    const { TargetHealthDescriptions = [] } = await reader.call("elbv2", "DescribeTargetHealth", { TargetGroupArn });
    return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
      address: sanitizeLine(Target?.Id ?? ""),
      port: Target?.Port ?? port,
      state: TargetHealth?.State ?? "",
      reason: TargetHealth?.Reason ?? "",
      description: sanitizeLine(TargetHealth?.Description ?? ""),
    }));
  },
};

/** The security groups on the way from clients to Nessie: the load balancer's, and those of the service's tasks. */
export const pathGroups: FactSource<{ balancer: SecurityGroup[]; tasks: SecurityGroup[]; taskPort: number }> = {
  id: "nessie-security-groups",
  title: "security groups of load balancer and tasks",
  operations: ["ec2:DescribeSecurityGroups"],
  async fetch(reader) {
    const [balancer, service, { port }] = await Promise.all([
      reader.need(loadBalancer),
      reader.need(nessieService),
      reader.need(targetGroup),
    ]);
    const ids = [...new Set([...balancer.securityGroups, ...service.securityGroups])];
    if (ids.length === 0) return reader.absent("neither load balancer nor tasks have security groups");
    const { SecurityGroups = [] } = await reader.call("ec2", "DescribeSecurityGroups", { GroupIds: ids });
    const groupsOf = (wanted: readonly string[]) =>
      SecurityGroups.filter(({ GroupId = "" }) => wanted.includes(GroupId)).map(groupOf);
    return { balancer: groupsOf(balancer.securityGroups), tasks: groupsOf(service.securityGroups), taskPort: port };
  },
};

type WireGroup = NonNullable<OutputOf<"ec2", "DescribeSecurityGroups">["SecurityGroups"]>[number];

function groupOf(group: WireGroup): SecurityGroup {
  const tag = group.Tags?.find(({ Key }) => Key === "Name")?.Value;
  return {
    id: group.GroupId ?? "",
    name: sanitizeLine(tag ?? group.GroupName ?? ""),
    ingress: rulesOf(group.IpPermissions),
    egress: rulesOf(group.IpPermissionsEgress),
  };
}

/** The networks that load balancer and tasks are in: rules may name these instead of groups. */
export const pathNetworks: FactSource<{ balancer: string[]; tasks: string[] }> = {
  id: "nessie-networks",
  title: "networks of load balancer and tasks",
  operations: ["ec2:DescribeSubnets"],
  async fetch(reader) {
    const [balancer, service] = await Promise.all([reader.need(loadBalancer), reader.need(nessieService)]);
    const SubnetIds = [...new Set([...balancer.subnets, ...service.subnets])];
    if (SubnetIds.length === 0) return { balancer: [], tasks: [] };
    const { Subnets = [] } = await reader.call("ec2", "DescribeSubnets", { SubnetIds });
    const of = (ids: readonly string[]) =>
      Subnets.flatMap(({ SubnetId = "", CidrBlock }) => (ids.includes(SubnetId) && CidrBlock ? [CidrBlock] : []));
    return { balancer: of(balancer.subnets), tasks: of(service.subnets) };
  },
};

/** Somebody who has to reach Nessie: by which addresses and security groups. */
export interface Client {
  name: string;
  cidrs: string[];
  securityGroups: string[];
}

/** Who the clients are: Dagster's tasks where it runs on ECS, otherwise the network that the load balancer is in. */
export const clients: FactSource<Client[]> = {
  id: "nessie-clients",
  title: "networks of Nessie's clients",
  operations: ["ec2:DescribeSubnets", "ec2:DescribeVpcs"],
  async fetch(reader) {
    const services = await reader.fact(dagsterServices);
    if (services.status === "known" && services.value.length > 0) {
      const SubnetIds = [...new Set(services.value.flatMap(({ subnets }) => subnets))];
      if (SubnetIds.length > 0) {
        const { Subnets = [] } = await reader.call("ec2", "DescribeSubnets", { SubnetIds });
        const cidrs = Subnets.flatMap(({ CidrBlock }) => CidrBlock ?? []);
        const securityGroups = [...new Set(services.value.flatMap((service) => service.securityGroups))];
        return [{ name: "Dagster", cidrs, securityGroups }];
      }
    }
    const { vpc } = await reader.need(loadBalancer);
    const { Vpcs = [] } = await reader.call("ec2", "DescribeVpcs", { VpcIds: [vpc] });
    return [
      { name: `the network ${vpc}`, cidrs: Vpcs.flatMap(({ CidrBlock }) => CidrBlock ?? []), securityGroups: [] },
    ];
  },
};

/** A rule that somebody took away. */
export interface Revocation {
  event: TrailEvent;
  groupId: string;
  direction: "ingress" | "egress";
  rules: Rule[];
}

/** Rules of security groups that were revoked in the last day, newest first. */
export const revocations: FactSource<Revocation[]> = {
  id: "security-group-revocations",
  title: "who revoked security group rules (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    namesOf(reader);
    const [ingress, egress] = await Promise.all(
      ["RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"].map((value) =>
        lookupEvents(reader, { key: "EventName", value }),
      ),
    );
    const revocation = (direction: Revocation["direction"]) => (event: TrailEvent) => ({
      event,
      groupId: textAt(event.input, "groupId"),
      direction,
      rules: rulesOfEvent(event),
    });
    return [
      ...(ingress ?? []).filter(succeeded).map(revocation("ingress")),
      ...(egress ?? []).filter(succeeded).map(revocation("egress")),
    ].sort((a, b) => b.event.atMs - a.event.atMs);
  },
};

const succeeded = ({ errorCode }: TrailEvent) => errorCode === undefined;

function notFound(kind: string, name: string): Failure {
  return new Failure({
    kind: "not-found",
    what: `${kind} ${name}`,
    why: `there is no ${kind} of the name ${name} in this account and region`,
    next: "Check the names of nessie in mayday.yaml, the region and the account.",
  });
}
