import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as ec2 from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { deployRevision, type Incident, incident, MINUTE_MS, SEEDS } from "./support.ts";

const start = (seed: number) => incident("nessie-cpu-high", seed, { environment: seed === 3 ? "dev" : "prod" });

async function raiseMaximum({ clients, names }: Incident, MaxCapacity: number) {
  await new scaling.ApplicationAutoScalingClient(clients).send(
    new scaling.RegisterScalableTargetCommand({
      ServiceNamespace: "ecs",
      ScalableDimension: "ecs:service:DesiredCount",
      ResourceId: `service/${names.cluster}/${names.service}`,
      MaxCapacity,
    }),
  );
}

async function shutOut({ clients, world }: Incident) {
  const client = new ec2.EC2Client(clients);
  const GroupId = world.lakehouse.loadBalancer.securityGroups[0]!;
  const { SecurityGroupRules = [] } = await client.send(
    new ec2.DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [GroupId] }] }),
  );
  const rule = SecurityGroupRules.find(({ CidrIpv4 }) => CidrIpv4 === "172.20.14.0/24");
  await client.send(
    new ec2.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [rule!.SecurityGroupRuleId!] }),
  );
}

test.each(SEEDS)(
  "one client saturates all tasks; shut out, higher maximum and larger CPU help (seed %i)",
  async (seed) => {
    const flood = await start(seed);
    const { world } = flood;
    const max = seed === 3 ? 3 : 6;
    expect([flood.contained(), flood.resolved()]).toEqual([false, false]);
    world.advanceBy(6 * MINUTE_MS);
    expect(await flood.alarm("nessie-cpu-high")).toBe("ALARM");
    const requests = await flood.metric("AWS/ApplicationELB", "RequestCount", flood.loadBalancer(), "Sum", 40);
    expect(requests.at(-1)! / requests[0]!).toBeGreaterThan(4);
    world.advanceBy(12 * MINUTE_MS);
    expect((await flood.service()).desiredCount).toBe(max);
    expect(await flood.alarm("nessie-cpu-high")).toBe("ALARM");
    expect((await flood.targets()).filter((health) => health?.State === "unhealthy")).toEqual([]);
    const cpu = await flood.metric("AWS/ECS", "CPUUtilization", flood.ecsService(), "Average");
    expect(Math.min(...cpu)).toBeGreaterThan(80);
    const lines = await flood.lines('"access-log"', 2);
    expect(lines.filter((line) => line.includes("172.20.14.23")).length / lines.length).toBeGreaterThan(0.6);
    const [authorized] = await flood.events("AuthorizeSecurityGroupIngress");
    expect(authorized.userIdentity.arn).toContain("platform-engineer/ines");
    if (seed % 3 === 0) await raiseMaximum(flood, max * 3);
    else if (seed % 3 === 1) await shutOut(flood);
    else await deployRevision(flood, { cpu: "4096", memory: "8192" });
    expect(flood.contained()).toBe(seed % 3 === 1);
    world.advanceBy(40 * MINUTE_MS);
    expect(flood.resolved()).toBe(true);
    expect(await flood.alarm("nessie-cpu-high")).toBe("OK");
  },
);

test("the log of a past minute is the same whoever reads it when", async () => {
  const [early, late] = [await start(1), await start(1)];
  const minute = async (one: Incident) => {
    const command = await one.lines('"access-log"', 60);
    return command.slice(0, 200);
  };
  const first = await minute(early);
  await shutOut(late);
  late.world.advanceBy(1);
  expect(await minute(late)).toEqual(first);
});
