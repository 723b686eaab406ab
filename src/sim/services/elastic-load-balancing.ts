import type * as Wire from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import { HEALTH_CHECK, type Target, type TargetGroup } from "../world/elb/target-group.ts";
import type { LoadBalancer } from "../world/lakehouse.ts";
import { NETWORK_IDS, PORTS } from "../world/lakehouse-network.ts";
import type { Region } from "../world/region.ts";
import { pageOf } from "./paging.ts";

function groupView(group: TargetGroup): Wire.TargetGroup {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: "HTTP",
    ProtocolVersion: "HTTP1",
    Port: group.port,
    VpcId: NETWORK_IDS.vpc,
    TargetType: "ip",
    IpAddressType: "ipv4",
    HealthCheckEnabled: true,
    HealthCheckProtocol: "HTTP",
    HealthCheckPort: "traffic-port",
    HealthCheckPath: HEALTH_CHECK.path,
    HealthCheckIntervalSeconds: HEALTH_CHECK.intervalMs / 1000,
    HealthCheckTimeoutSeconds: HEALTH_CHECK.timeoutMs / 1000,
    HealthyThresholdCount: HEALTH_CHECK.healthyThreshold,
    UnhealthyThresholdCount: HEALTH_CHECK.unhealthyThreshold,
    Matcher: { HttpCode: "200" },
    LoadBalancerArns: [group.loadBalancerArn],
  };
}

function balancerView(balancer: LoadBalancer): Wire.LoadBalancer {
  return {
    LoadBalancerArn: balancer.arn,
    LoadBalancerName: balancer.name,
    DNSName: balancer.dnsName,
    CreatedTime: new Date(balancer.createdAtMs),
    Scheme: "internal",
    Type: "application",
    IpAddressType: "ipv4",
    VpcId: NETWORK_IDS.vpc,
    State: { Code: "active" },
    SecurityGroups: balancer.securityGroups,
    AvailabilityZones: balancer.zones.map((zone) => ({ ZoneName: zone.zone, SubnetId: zone.subnetId })),
  };
}

function healthView(target: Target): Wire.TargetHealthDescription {
  return {
    Target: { Id: target.ip, Port: target.port, AvailabilityZone: target.zone },
    HealthCheckPort: String(target.port),
    TargetHealth: {
      State: target.state,
      Reason: target.reason as Wire.TargetHealthReasonEnum | undefined,
      Description: target.description,
    },
  };
}

/** The largest page, and the default (ELBv2 API reference, PageSize). */
const PAGE_SIZE = 400;

function page<T>(items: readonly T[], input: { Marker?: string | undefined; PageSize?: number | undefined }) {
  const { Marker: marker, PageSize: size = PAGE_SIZE } = input;
  if (size < 1 || size > PAGE_SIZE)
    throw new AwsError("ValidationError", `Page size must be between 1 and ${PAGE_SIZE}, not ${size}`);
  return pageOf(items, size, marker, () => new AwsError("ValidationError", `Invalid marker '${marker}'`));
}

const groupNotFound = () => new AwsError("TargetGroupNotFoundException", "One or more target groups not found");
const balancerNotFound = () => new AwsError("LoadBalancerNotFoundException", "One or more load balancers not found");

function groupOf(region: Region, arn: string | undefined): TargetGroup {
  const group = region.targetGroups.get(arn ?? "");
  if (!group) throw groupNotFound();
  return group;
}

const listenerNotFound = () => new AwsError("ListenerNotFoundException", "One or more listeners not found");

/** The listeners of every load balancer: HTTP for its clients, and HTTPS with its certificate; both forward. */
function listenersOf(region: Region): Wire.Listener[] {
  return [...region.targetGroups.values()].flatMap((group) => {
    const balancer = region.loadBalancers.get(group.loadBalancerArn);
    if (!balancer) return [];
    const base = balancer.arn.replace(":loadbalancer/", ":listener/");
    const common = {
      LoadBalancerArn: balancer.arn,
      DefaultActions: [{ Type: "forward" as const, TargetGroupArn: group.arn }],
    };
    return [
      { ...common, ListenerArn: `${base}/50dc6c495c0c9188`, Port: PORTS.listener, Protocol: "HTTP" as const },
      {
        ...common,
        ListenerArn: `${base}/50dc6c495c0c9443`,
        Port: 443,
        Protocol: "HTTPS" as const,
        SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates: [{ CertificateArn: balancer.certificateArn }],
      },
    ];
  });
}

/** Elastic Load Balancing v2: reads only. */
export function elasticLoadBalancingService(region: Region): ServiceDefinition {
  const { targetGroups, loadBalancers } = region;
  return defineService<typeof Wire>({
    signingName: "elasticloadbalancing",
    load: () => import("@aws-sdk/client-elastic-load-balancing-v2"),
    clientName: "ElasticLoadBalancingV2Client",
    operations: {
      DescribeLoadBalancers: (input) => {
        const all = [...loadBalancers.values()];
        const found = all.filter(
          (balancer) =>
            (!input.Names || input.Names.includes(balancer.name)) &&
            (!input.LoadBalancerArns || input.LoadBalancerArns.includes(balancer.arn)),
        );
        if ((input.Names || input.LoadBalancerArns) && found.length === 0) {
          throw balancerNotFound();
        }
        const { items, next } = page(found, input);
        return { LoadBalancers: items.map(balancerView), NextMarker: next };
      },
      DescribeTargetGroups: (input) => {
        const found = [...targetGroups.values()].filter(
          (group) =>
            (!input.Names || input.Names.includes(group.name)) &&
            (!input.TargetGroupArns || input.TargetGroupArns.includes(group.arn)) &&
            (!input.LoadBalancerArn || input.LoadBalancerArn === group.loadBalancerArn),
        );
        if ((input.Names || input.TargetGroupArns) && found.length === 0) {
          throw groupNotFound();
        }
        const { items, next } = page(found, input);
        return { TargetGroups: items.map(groupView), NextMarker: next };
      },
      DescribeTargetHealth: (input) => {
        const group = groupOf(region, input.TargetGroupArn);
        const asked = input.Targets?.map((target) => target.Id);
        const registered = [...group.targets.values()].filter((target) => !asked || asked.includes(target.ip));
        const unknown = (asked ?? []).filter((id) => !group.targets.has(id ?? ""));
        return {
          TargetHealthDescriptions: [
            ...registered.map(healthView),
            ...unknown.map((Id) => ({
              Target: { Id, Port: group.port },
              TargetHealth: {
                State: "unused" as const,
                Reason: "Target.NotRegistered" as const,
                Description: "Target is not registered to the target group",
              },
            })),
          ],
        };
      },
      DescribeListeners: (input) => {
        const found = listenersOf(region).filter(
          (listener) =>
            (input.LoadBalancerArn === undefined || listener.LoadBalancerArn === input.LoadBalancerArn) &&
            (!input.ListenerArns || input.ListenerArns.includes(listener.ListenerArn ?? "")),
        );
        if (found.length === 0) throw input.ListenerArns ? listenerNotFound() : balancerNotFound();
        const { items, next } = page(found, input);
        return { Listeners: items, NextMarker: next };
      },
      DescribeRules: (input) => {
        const found = listenersOf(region).find((listener) => listener.ListenerArn === input.ListenerArn);
        if (!found) throw listenerNotFound();
        const RuleArn = `${found.ListenerArn?.replace(":listener/", ":listener-rule/")}/0d1e2f3a4b5c6d7e`;
        return {
          Rules: [{ RuleArn, Priority: "default", Conditions: [], Actions: found.DefaultActions, IsDefault: true }],
        };
      },
      DescribeTargetGroupAttributes: (input) => {
        groupOf(region, input.TargetGroupArn);
        return {
          Attributes: [
            { Key: "deregistration_delay.timeout_seconds", Value: "300" },
            { Key: "stickiness.enabled", Value: "false" },
          ],
        };
      },
    },
  });
}
