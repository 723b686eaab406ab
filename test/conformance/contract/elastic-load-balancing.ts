import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

const NO_GROUP = { name: "TargetGroupNotFoundException", status: 400 };
const NO_BALANCER = { name: "LoadBalancerNotFoundException", status: 400 };

/** The template's load balancer. */
export const elasticLoadBalancing = casesOf("elastic load balancing", {
  "a load balancer is found by its name and its ARN": async ({ clients: { elb }, names }) => {
    const { LoadBalancers: [balancer] = [] } = await elb.describeLoadBalancers({ Names: [names.loadBalancer] });
    expect(balancer).toMatchObject({
      LoadBalancerName: names.loadBalancer,
      Scheme: "internal",
      Type: "application",
      State: { Code: "active" },
      VpcId: expect.stringMatching(/^vpc-/),
      CreatedTime: expect.any(Date),
    });
    expect(balancer?.LoadBalancerArn).toMatch(
      new RegExp(`^arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/${names.loadBalancer}/`),
    );
    expect(balancer?.AvailabilityZones).toHaveLength(2);
    const byArn = await elb.describeLoadBalancers({ LoadBalancerArns: [balancer!.LoadBalancerArn!] });
    expect(byArn.LoadBalancers?.map(({ DNSName }) => DNSName)).toEqual([balancer?.DNSName]);
  },

  "a target group has its health check, and its load balancer": async ({ clients: { elb }, names }) => {
    const { TargetGroups: [group] = [] } = await elb.describeTargetGroups({ Names: [names.targetGroup] });
    expect(group).toMatchObject({
      TargetGroupName: names.targetGroup,
      Protocol: "HTTP",
      Port: 19_120,
      TargetType: "ip",
      HealthCheckProtocol: "HTTP",
      HealthCheckPort: "traffic-port",
      HealthCheckPath: "/api/v2/config",
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
      Matcher: { HttpCode: "200" },
    });
    expect(group?.LoadBalancerArns).toHaveLength(1);
    const ofBalancer = await elb.describeTargetGroups({ LoadBalancerArn: group!.LoadBalancerArns![0]! });
    expect(ofBalancer.TargetGroups?.map(({ TargetGroupArn }) => TargetGroupArn)).toEqual([group?.TargetGroupArn]);
  },

  "what is not there is refused": async ({ clients: { elb }, names }) => {
    expect(await refusal(elb.describeTargetGroups({ Names: ["nope"] }))).toEqual(NO_GROUP);
    expect(await refusal(elb.describeLoadBalancers({ Names: ["nope"] }))).toEqual(NO_BALANCER);
    const arn = `arn:aws:elasticloadbalancing:${names.region}:${names.accountId}:targetgroup/nope/0123456789abcdef`;
    expect(await refusal(elb.describeTargetHealth({ TargetGroupArn: arn }))).toEqual(NO_GROUP);
  },

  "targets have a state of health": async ({ clients: { elb }, names }) => {
    const { TargetGroups: [group] = [] } = await elb.describeTargetGroups({ Names: [names.targetGroup] });
    const TargetGroupArn = group!.TargetGroupArn!;
    const { TargetHealthDescriptions: targets } = await elb.describeTargetHealth({ TargetGroupArn });
    expect(targets?.length).toBeGreaterThanOrEqual(2);
    for (const { Target: target, TargetHealth: health } of targets ?? []) {
      expect([target?.Port, target?.Id]).toEqual([19_120, expect.stringMatching(/^10\.0\.\d+\.\d+$/)]);
      expect(["healthy", "initial", "draining"]).toContain(health?.State);
    }
    const { Target: known } = targets![0]!;
    const one = await elb.describeTargetHealth({ TargetGroupArn, Targets: [{ Id: known!.Id!, Port: 19_120 }] });
    expect(one.TargetHealthDescriptions?.map(({ Target }) => Target?.Id)).toEqual([known?.Id]);
  },

  "a target that is not registered is unused": async ({ clients: { elb }, names }) => {
    const { TargetGroups: [group] = [] } = await elb.describeTargetGroups({ Names: [names.targetGroup] });
    const { TargetHealthDescriptions: targets } = await elb.describeTargetHealth({
      TargetGroupArn: group!.TargetGroupArn!,
      Targets: [{ Id: "10.0.99.99", Port: 19_120 }],
    });
    expect(targets?.map(({ TargetHealth }) => [TargetHealth?.State, TargetHealth?.Reason])).toEqual([
      ["unused", "Target.NotRegistered"],
    ]);
  },

  "a target group's attributes are named": async ({ clients: { elb }, names }) => {
    const { TargetGroups: [group] = [] } = await elb.describeTargetGroups({ Names: [names.targetGroup] });
    const { Attributes: attributes } = await elb.describeTargetGroupAttributes({
      TargetGroupArn: group!.TargetGroupArn!,
    });
    expect(attributes).toContainEqual({ Key: "deregistration_delay.timeout_seconds", Value: "300" });
    expect(attributes).toContainEqual({ Key: "stickiness.enabled", Value: "false" });
  },

  "a listener forwards to the target group, by its default rule": async ({ clients: { elb }, names }) => {
    const { TargetGroups: [group] = [] } = await elb.describeTargetGroups({ Names: [names.targetGroup] });
    const [LoadBalancerArn] = group!.LoadBalancerArns!;
    const { Listeners: listeners = [] } = await elb.describeListeners({ LoadBalancerArn });
    const http = listeners.find(({ Port }) => Port === 80);
    expect(http).toMatchObject({ LoadBalancerArn, Protocol: "HTTP" });
    expect(http?.DefaultActions).toMatchObject([{ Type: "forward", TargetGroupArn: group?.TargetGroupArn }]);
    const { Rules: rules } = await elb.describeRules({ ListenerArn: http!.ListenerArn! });
    expect(rules).toMatchObject([
      {
        Priority: "default",
        IsDefault: true,
        Actions: [{ Type: "forward", TargetGroupArn: group?.TargetGroupArn }],
      },
    ]);
  },
});
