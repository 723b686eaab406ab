import * as ec2 from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";
import { UNICODE } from "../../support/wire.ts";

async function client(options: Parameters<typeof testSimulator>[0] = {}) {
  const { clients, world } = await testSimulator(options);
  return { client: new ec2.EC2Client(clients), world };
}

const tagged = (value: string) => [{ Name: "tag:Name", Values: [value] }];

test("security groups by tag, name and id, with their permissions", async () => {
  const { client: network } = await client();
  const { SecurityGroups } = await network.send(
    new ec2.DescribeSecurityGroupsCommand({ Filters: tagged("lakehouse-prod-nessie-*") }),
  );
  expect(SecurityGroups?.map((group) => group.GroupName)).toEqual([
    "lakehouse-prod-nessie-alb",
    "lakehouse-prod-nessie-ecs",
  ]);
  const [balancer, tasks] = SecurityGroups!;
  expect(balancer?.IpPermissions).toMatchObject([
    { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "10.0.0.0/8" }] },
    { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "10.0.0.0/8" }] },
  ]);
  expect(tasks?.IpPermissions).toMatchObject([
    { FromPort: 19120, UserIdGroupPairs: [{ GroupId: balancer?.GroupId, UserId: "111122223333" }] },
  ]);
  expect(balancer?.Tags).toContainEqual({ Key: "Project", Value: "lakehouse" });
  const byId = await network.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [tasks!.GroupId!] }));
  expect(byId.SecurityGroups).toEqual([tasks]);
  await expect(network.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: ["sg-404"] }))).rejects.toMatchObject({
    name: "InvalidGroup.NotFound",
    message: "The security group 'sg-404' does not exist",
  });
  await expect(
    network.send(new ec2.DescribeSecurityGroupsCommand({ Filters: [{ Name: "nope", Values: ["x"] }] })),
  ).rejects.toThrow("The filter 'nope' is invalid");
});

test("a rule is added once, described, and taken away by what it says or by its id", async () => {
  const { client: network, world } = await client();
  const GroupId = world.lakehouse.loadBalancer.securityGroups[0]!;
  const IpPermissions = [
    { IpProtocol: "tcp", FromPort: 8080, ToPort: 8081, IpRanges: [{ CidrIp: "192.168.0.0/16", Description: UNICODE }] },
  ];
  const added = await network.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  expect(added.SecurityGroupRules).toMatchObject([
    { GroupId, CidrIpv4: "192.168.0.0/16", FromPort: 8080, ToPort: 8081, IsEgress: false, Description: UNICODE },
  ]);
  await expect(
    network.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions })),
  ).rejects.toMatchObject({ name: "InvalidPermission.Duplicate" });
  const SecurityGroupRuleIds = [added.SecurityGroupRules![0]!.SecurityGroupRuleId!];
  const rules = await network.send(
    new ec2.DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [GroupId] }] }),
  );
  expect(rules.SecurityGroupRules).toHaveLength(4);
  await expect(
    network.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions, DryRun: true })),
  ).rejects.toMatchObject({ name: "DryRunOperation" });
  await network.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }));
  await expect(
    network.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds })),
  ).rejects.toMatchObject({ name: "InvalidSecurityGroupRuleId.NotFound" });
  await expect(
    network.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions })),
  ).rejects.toMatchObject({ name: "InvalidPermission.NotFound" });
  await expect(
    network.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: 1, ToPort: 1, IpRanges: [{ CidrIp: "bad" }] }],
      }),
    ),
  ).rejects.toThrow("CIDR block bad is malformed");
  const names = world.trail.events.map((event) => event.name);
  expect(names.filter((name) => name === "AuthorizeSecurityGroupIngress")).toHaveLength(3);
});

test("a Glue lakehouse has no groups of Nessie's", async () => {
  const { client: network } = await client({ catalogType: "glue" });
  const { SecurityGroups } = await network.send(new ec2.DescribeSecurityGroupsCommand({}));
  expect(SecurityGroups?.map((group) => group.GroupName)).toEqual(["lakehouse-prod-dagster"]);
});
