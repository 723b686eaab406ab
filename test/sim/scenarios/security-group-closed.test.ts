import * as ec2 from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { incident, MINUTE_MS, SEEDS } from "./support.ts";

test.each(SEEDS)("targets time out without the rule for 19120; reopening it is the cure (seed %i)", async (seed) => {
  const closed = await incident("security-group-closed:targets", seed);
  const { world, clients } = closed;
  expect([closed.contained(), closed.resolved()]).toEqual([false, false]);
  world.advanceBy(4 * MINUTE_MS);
  const states = await closed.targets();
  expect(states.some((health) => health?.State === "unhealthy" && health.Reason === "Target.Timeout")).toBe(true);
  expect(states.filter((health) => health?.State === "healthy")).toEqual([]);
  expect(await closed.alarm("nessie-unhealthy-hosts")).toBe("ALARM");
  expect(await closed.lines('"OutOfMemoryError"', 10)).toEqual([]);
  const [revoked] = await closed.events("RevokeSecurityGroupIngress");
  expect(revoked.userIdentity.arn).toContain("platform-engineer/marco");
  const [permission] = revoked.requestParameters.ipPermissions;
  const { groupId: GroupId } = revoked.requestParameters;
  expect(permission).toMatchObject({ fromPort: 19120, groups: [{ groupId: expect.stringMatching(/^sg-/) }] });
  const client = new ec2.EC2Client(clients);
  const { SecurityGroups } = await client.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
  expect(SecurityGroups?.[0]?.IpPermissions).toEqual([]);
  await client.send(
    new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [
        {
          IpProtocol: "tcp",
          FromPort: 19120,
          ToPort: 19120,
          UserIdGroupPairs: [{ GroupId: permission.groups[0].groupId }],
        },
      ],
    }),
  );
  expect(closed.contained()).toBe(true);
  world.advanceBy(15 * MINUTE_MS);
  expect(closed.resolved()).toBe(true);
});

test.each(SEEDS)("clients are shut out while all is green; the rule for 80 is the cure (seed %i)", async (seed) => {
  const closed = await incident("security-group-closed:clients", seed);
  const { world, clients, endpoint } = closed;
  expect([closed.contained(), closed.resolved()]).toEqual([false, false]);
  world.advanceBy(3 * MINUTE_MS);
  expect((await closed.targets()).every((health) => health?.State === "healthy")).toBe(true);
  expect(await closed.alarm("nessie-unhealthy-hosts")).toBe("OK");
  const requests = () => closed.metric("AWS/ApplicationELB", "RequestCount", closed.loadBalancer(), "Sum", 5);
  expect(await requests()).toEqual([]);
  await expect(fetch(`${endpoint}/nessie/api/v2/config`, { signal: AbortSignal.timeout(60) })).rejects.toMatchObject({
    name: "TimeoutError",
  });
  const [revoked] = await closed.events("RevokeSecurityGroupIngress");
  const { groupId: GroupId, ipPermissions } = revoked.requestParameters;
  expect(ipPermissions[0].ipRanges).toEqual([{ cidrIp: "10.0.0.0/8" }]);
  await new ec2.EC2Client(clients).send(
    new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "10.0.0.0/8" }] }],
    }),
  );
  expect([closed.contained(), closed.resolved()]).toEqual([true, false]);
  world.advanceBy(4 * MINUTE_MS);
  expect(closed.resolved()).toBe(true);
  expect(await requests()).not.toEqual([]);
});

test.each(SEEDS)(
  "a network ACL shuts clients out while every rule is there; its entry is the cure (seed %i)",
  async (seed) => {
    const closed = await incident("security-group-closed:network-acl", seed);
    const { world, clients } = closed;
    expect([closed.contained(), closed.resolved()]).toEqual([false, false]);
    world.advanceBy(3 * MINUTE_MS);
    expect((await closed.targets()).every((health) => health?.State === "healthy")).toBe(true);
    expect(await closed.metric("AWS/ApplicationELB", "RequestCount", closed.loadBalancer(), "Sum", 5)).toEqual([]);
    const [added] = await closed.events("CreateNetworkAclEntry");
    expect(added.userIdentity.arn).toContain("platform-engineer/segmentation-phase-2");
    const { networkAclId: NetworkAclId, ruleNumber: RuleNumber } = added.requestParameters;
    const client = new ec2.EC2Client(clients);
    const { NetworkAcls } = await client.send(new ec2.DescribeNetworkAclsCommand({ NetworkAclIds: [NetworkAclId] }));
    expect(NetworkAcls?.[0]?.Entries?.filter(({ Egress }) => !Egress).map((one) => one.RuleNumber)).toEqual([
      90, 100, 32_767,
    ]);
    await client.send(new ec2.DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber, Egress: false }));
    expect(closed.contained()).toBe(true);
    world.advanceBy(5 * MINUTE_MS);
    expect(closed.resolved()).toBe(true);
  },
);
