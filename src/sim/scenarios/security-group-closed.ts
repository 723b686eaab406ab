import type { Scenario } from "../scenario.ts";
import { Colleague } from "../world/colleague.ts";
import { ADDRESSES, NETWORK_IDS, PORTS } from "../world/lakehouse-network.ts";
import type { Rule } from "../world/network/model.ts";
import type { World } from "../world/world.ts";
import { nessieHealthyFor } from "./conditions.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
/** Targets turn unhealthy after three failed checks of 30 s: soon before the start, the alarm soon after it. */
const TARGETS_CLOSED_MS = -100_000;
const CLIENTS_CLOSED_MS = -6 * MINUTE_MS;

/** Takes a rule away as somebody of the platform team, who leaves a CloudTrail event. */
function revoke(world: World, groupId: string, port: number): void {
  const group = world.network.groups.get(groupId)!;
  const gone = (rule: Rule) => !rule.egress && rule.fromPort === port;
  const [rule] = group.rules.filter(gone);
  group.rules = group.rules.filter((candidate) => !gone(candidate));
  const peer =
    rule && "groupId" in rule.peer
      ? { groups: [{ groupId: rule.peer.groupId }] }
      : { ipRanges: [{ cidrIp: rule && "cidr" in rule.peer ? rule.peer.cidr : "" }] };
  Colleague.inRole(world, "platform-engineer", "marco").did({
    source: "ec2",
    name: "RevokeSecurityGroupIngress",
    input: { groupId, ipPermissions: [{ ipProtocol: "tcp", fromPort: port, toPort: port, ...peer }] },
    output: { _return: true },
    resources: [{ ResourceType: "AWS::EC2::SecurityGroup", ResourceName: groupId }],
  });
}

/** Whether the load balancer can open connections to Nessie's tasks. */
function balancerReachesNessie(world: World): boolean {
  const { loadBalancer, service } = world.lakehouse;
  const from = { ip: loadBalancer.ip, groups: loadBalancer.securityGroups };
  const to = { ip: `${service.subnets[0]?.prefix}.10`, groups: service.securityGroups };
  return world.network.reaches(from, to, PORTS.nessie);
}

/** Whether Dagster and the responders get through to the load balancer. */
function clientsReachBalancer(world: World): boolean {
  const { ip, securityGroups: groups } = world.lakehouse.loadBalancer;
  return (
    world.lakehouse.traffic.reachable() && world.network.admitsFrom(ADDRESSES.responder, { ip, groups }, PORTS.listener)
  );
}

function closeAt(offsetMs: number, groupId: string, port: number): (world: World) => void {
  return (world) => {
    runNessieForDays(world, "security-group-closed");
    world.kernel.at(world.epochMs + offsetMs, () => revoke(world, groupId, port));
  };
}

/** The load balancer cannot reach Nessie's tasks any more. */
const targets: Scenario = {
  id: "security-group-closed:targets",
  title: "Nessie unreachable",
  description:
    "Somebody removed the security group rule for port 19120: health checks time out (Target.Timeout), the load balancer answers 5xx, ECS replaces tasks that are well, and the replacements fail the same way.",
  catalogs: ["nessie"],
  diagnosis: {
    verdict: "security-group",
    text: "No rule of P-E-nessie-ecs admits the load balancer's group on port 19120. Targets fail with Target.Timeout while the tasks' logs are calm; CloudTrail has RevokeSecurityGroupIngress with who did it.",
  },
  contained: {
    text: "The load balancer may reach Nessie's tasks on port 19120 again.",
    holds: balancerReachesNessie,
  },
  resolved: {
    text: "It may, and all targets have been healthy for five minutes.",
    holds: (world) => balancerReachesNessie(world) && nessieHealthyFor(world, 5 * MINUTE_MS),
  },
  arrange: closeAt(TARGETS_CLOSED_MS, NETWORK_IDS.nessieGroup, PORTS.nessie),
};

/** Nobody reaches the load balancer any more; behind it all is well. */
const clients: Scenario = {
  id: "security-group-closed:clients",
  title: "Nessie unreachable, and all green",
  description:
    "Somebody removed the clients' rule of the load balancer's security group: the request count drops to nothing and connections are never answered, while tasks and targets are healthy and no alarm fires.",
  catalogs: ["nessie"],
  diagnosis: {
    verdict: "security-group",
    text: "No rule of P-E-nessie-alb admits clients on port 80: RequestCount has no data while targets are healthy; CloudTrail has RevokeSecurityGroupIngress with who did it.",
  },
  contained: { text: "Clients may reach the load balancer again.", holds: clientsReachBalancer },
  resolved: {
    text: "They may, and the load balancer has counted requests in the last published minutes.",
    holds: (world) => clientsReachBalancer(world) && requestsCounted(world) && nessieHealthyFor(world, MINUTE_MS),
  },
  arrange: closeAt(CLIENTS_CLOSED_MS, NETWORK_IDS.balancerGroup, PORTS.listener),
};

/** The number of the entry that denies, before the one that lets everything in. */
const DENYING_ENTRY = 90;

/** As somebody who takes the network's clients for somebody else's. */
function denyInAcl(world: World): void {
  const acl = world.network.acls.find(({ id }) => id === NETWORK_IDS.acl)!;
  const { listener } = PORTS;
  const entry = { number: DENYING_ENTRY, egress: false, protocol: "6", cidr: "10.0.0.0/8" };
  acl.entries.push({ ...entry, action: "deny", fromPort: listener, toPort: listener });
  Colleague.inRole(world, "platform-engineer", "segmentation-phase-2").did({
    source: "ec2",
    name: "CreateNetworkAclEntry",
    input: {
      networkAclId: acl.id,
      ruleNumber: DENYING_ENTRY,
      egress: false,
      ruleAction: "deny",
      aclProtocol: "6",
      cidrBlock: entry.cidr,
      portRange: { from: listener, to: listener },
    },
    output: { _return: true },
    resources: [{ ResourceType: "AWS::EC2::NetworkAcl", ResourceName: acl.id }],
  });
}

/** The same for who looks at it, by another wall: the security groups are as they should be. */
const networkAcl: Scenario = {
  ...clients,
  id: "security-group-closed:network-acl",
  description:
    "Somebody added a denying entry to the network ACL of the load balancer's subnets: the request count drops to nothing and connections are never answered, while tasks, targets and every security group are as they should be.",
  diagnosis: {
    verdict: "network-acl",
    text: "Entry 90 of the network ACL of the load balancer's subnets denies port 80 from 10.0.0.0/8, before the entry that allows everything; CloudTrail has CreateNetworkAclEntry with who did it.",
  },
  arrange: (world) => {
    runNessieForDays(world, "security-group-closed");
    world.kernel.at(world.epochMs + CLIENTS_CLOSED_MS, () => denyInAcl(world));
  },
};

function requestsCounted(world: World): boolean {
  const nowMs = world.kernel.nowMs;
  const dimensions = [{ Name: "LoadBalancer", Value: world.lakehouse.traffic.loadBalancerDimension }];
  const key = { namespace: "AWS/ApplicationELB", name: "RequestCount", dimensions };
  return world.metrics.read(key, "Sum", MINUTE_MS, nowMs - 3 * MINUTE_MS, nowMs, nowMs).length > 0;
}

export const securityGroupClosed: readonly Scenario[] = [targets, clients, networkAcl];
