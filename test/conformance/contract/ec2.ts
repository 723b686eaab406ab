import type { EC2, IpPermission } from "@aws-sdk/client-ec2";
import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

const rule = (port: number, CidrIp: string, Description?: string): IpPermission => ({
  IpProtocol: "tcp",
  FromPort: port,
  ToPort: port,
  IpRanges: [{ CidrIp, ...(Description === undefined ? {} : { Description }) }],
});

async function groupOf(ec2: EC2, name: string) {
  const { SecurityGroups: groups } = await ec2.describeSecurityGroups({
    Filters: [{ Name: "group-name", Values: [name] }],
  });
  return groups![0]!;
}

async function vpcOf(ec2: EC2) {
  const { Vpcs: vpcs } = await ec2.describeVpcs({ Filters: [{ Name: "cidr", Values: ["10.0.0.0/16"] }] });
  return vpcs![0]!;
}

/** The template's network, which both servers have. */
export const ec2 = casesOf("ec2", {
  "a security group is found by name, id and tag": async ({ clients: { ec2 }, names }) => {
    const group = await groupOf(ec2, `${names.prefix}-nessie-ecs`);
    expect(group).toMatchObject({
      GroupId: expect.stringMatching(/^sg-[0-9a-f]+$/),
      Description: "Nessie tasks",
      OwnerId: names.accountId,
      VpcId: (await vpcOf(ec2)).VpcId,
    });
    expect(group.Tags).toContainEqual({ Key: "Project", Value: names.project });
    const balancers = await groupOf(ec2, `${names.prefix}-nessie-alb`);
    expect(group.IpPermissions).toMatchObject([
      { IpProtocol: "tcp", FromPort: 19_120, ToPort: 19_120, UserIdGroupPairs: [{ GroupId: balancers.GroupId }] },
    ]);
    expect(group.IpPermissionsEgress).toMatchObject([{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }]);
    const byId = await ec2.describeSecurityGroups({ GroupIds: [group.GroupId!] });
    expect(byId.SecurityGroups?.map(({ GroupName }) => GroupName)).toEqual([group.GroupName]);
    const byTag = await ec2.describeSecurityGroups({
      Filters: [{ Name: "tag:Name", Values: [`${names.prefix}-nessie-*`] }],
    });
    expect(byTag.SecurityGroups).toHaveLength(2);
    expect(await refusal(ec2.describeSecurityGroups({ GroupIds: ["sg-0000000000000dead"] }))).toEqual({
      name: "InvalidGroup.NotFound",
      status: 400,
    });
  },

  "a rule is added with an id, and taken away": async ({ clients: { ec2 }, names }) => {
    const { GroupId = "" } = await groupOf(ec2, `${names.prefix}-dagster`);
    const IpPermissions = [rule(8443, "10.1.0.0/16", "on-call (drill)")];
    const added = await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
    expect(added.SecurityGroupRules).toMatchObject([
      {
        SecurityGroupRuleId: expect.stringMatching(/^sgr-[0-9a-f]+$/),
        GroupId,
        IsEgress: false,
        IpProtocol: "tcp",
        FromPort: 8443,
        CidrIpv4: "10.1.0.0/16",
        Description: "on-call (drill)",
      },
    ]);
    const Filters = [{ Name: "group-id", Values: [GroupId] }];
    const { SecurityGroupRules: rules } = await ec2.describeSecurityGroupRules({ Filters });
    expect(rules?.filter(({ IsEgress }) => !IsEgress)).toMatchObject([{ CidrIpv4: "10.1.0.0/16", FromPort: 8443 }]);
    expect(await refusal(ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions }))).toEqual({
      name: "InvalidPermission.Duplicate",
      status: 400,
    });
    await ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions });
    expect(await refusal(ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions }))).toEqual({
      name: "InvalidPermission.NotFound",
      status: 400,
    });
  },

  "a rule to the outside is added, and taken away by its id": async ({ clients: { ec2 }, names }) => {
    const { GroupId = "" } = await groupOf(ec2, `${names.prefix}-dagster`);
    const added = await ec2.authorizeSecurityGroupEgress({ GroupId, IpPermissions: [rule(5432, "10.2.0.0/24")] });
    const SecurityGroupRuleIds = added.SecurityGroupRules!.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId!);
    expect(added.SecurityGroupRules?.[0]?.IsEgress).toBe(true);
    await ec2.revokeSecurityGroupEgress({ GroupId, SecurityGroupRuleIds });
    const group = await groupOf(ec2, `${names.prefix}-dagster`);
    expect(group.IpPermissionsEgress).toHaveLength(1);
  },

  "a dry run says that it would have succeeded": async ({ clients: { ec2 }, names }) => {
    const { GroupId = "" } = await groupOf(ec2, `${names.prefix}-dagster`);
    const call = ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [rule(1, "10.9.9.9/32")], DryRun: true });
    expect(await refusal(call)).toEqual({ name: "DryRunOperation", status: 412 });
  },

  "subnets are in their VPC": async ({ clients: { ec2 }, names }) => {
    const { VpcId = "", State } = await vpcOf(ec2);
    expect(State).toBe("available");
    const { Subnets: subnets } = await ec2.describeSubnets({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] });
    expect(subnets?.map(({ AvailabilityZone, CidrBlock }) => [AvailabilityZone, CidrBlock]).sort()).toEqual([
      [`${names.region}a`, "10.0.10.0/24"],
      [`${names.region}b`, "10.0.11.0/24"],
    ]);
    expect(subnets?.[0]?.AvailableIpAddressCount).toBeGreaterThan(240);
  },

  "gateway endpoints are in the route table of the subnets": async ({ clients: { ec2 }, names }) => {
    const ServiceName = `com.amazonaws.${names.region}.s3`;
    const { VpcEndpoints: [endpoint] = [] } = await ec2.describeVpcEndpoints({
      Filters: [{ Name: "service-name", Values: [ServiceName] }],
    });
    expect(endpoint).toMatchObject({ ServiceName, VpcEndpointType: "Gateway" });
    expect(endpoint?.State?.toLowerCase()).toBe("available");
    const { RouteTables: [table] = [] } = await ec2.describeRouteTables({ RouteTableIds: endpoint!.RouteTableIds! });
    expect(table?.Associations?.filter(({ SubnetId }) => SubnetId)).toHaveLength(2);
    expect(table?.Routes).toContainEqual(
      expect.objectContaining({ DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local", State: "active" }),
    );
  },

  "an endpoint's policy is replaced": async ({ clients: { ec2 }, names }) => {
    const Filters = [{ Name: "service-name", Values: [`com.amazonaws.${names.region}.dynamodb`] }];
    const { VpcEndpoints: [endpoint] = [] } = await ec2.describeVpcEndpoints({ Filters });
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "dynamodb:*", Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await ec2.modifyVpcEndpoint({ VpcEndpointId: endpoint!.VpcEndpointId!, PolicyDocument });
    const { VpcEndpoints: [changed] = [] } = await ec2.describeVpcEndpoints({ Filters });
    expect(JSON.parse(changed!.PolicyDocument!)).toEqual(JSON.parse(PolicyDocument));
    expect((await refusal(ec2.describeVpcEndpoints({ VpcEndpointIds: ["vpce-0000000000000dead"] }))).name).toBe(
      "InvalidVpcEndpointId.NotFound",
    );
  },

  "tasks have network interfaces": async ({ clients: { ec2 }, names }) => {
    const { GroupId = "" } = await groupOf(ec2, `${names.prefix}-nessie-ecs`);
    const { NetworkInterfaces: interfaces = [] } = await ec2.describeNetworkInterfaces({
      Filters: [{ Name: "group-id", Values: [GroupId] }],
    });
    expect(interfaces.length).toBeGreaterThanOrEqual(2);
    for (const one of interfaces) {
      expect(one).toMatchObject({
        NetworkInterfaceId: expect.stringMatching(/^eni-/),
        PrivateIpAddress: expect.stringMatching(/^10\.(\d+\.){2}\d+$/),
        Groups: [{ GroupId, GroupName: `${names.prefix}-nessie-ecs` }],
        SubnetId: expect.stringMatching(/^subnet-/),
      });
    }
  },

  "regions are named": async ({ clients: { ec2 } }) => {
    const { Regions: regions } = await ec2.describeRegions({ RegionNames: ["us-east-1", "eu-west-1"] });
    expect(regions?.map(({ RegionName, Endpoint }) => [RegionName, Endpoint]).sort()).toEqual([
      ["eu-west-1", "ec2.eu-west-1.amazonaws.com"],
      ["us-east-1", "ec2.us-east-1.amazonaws.com"],
    ]);
  },

  "there are no flow logs": async ({ clients: { ec2 } }) => {
    expect((await ec2.describeFlowLogs({})).FlowLogs).toEqual([]);
  },

  "a network ACL has entries by number, and the last one denies": async ({ clients: { ec2 } }) => {
    const { VpcId } = await vpcOf(ec2);
    const Filters = [{ Name: "vpc-id", Values: [VpcId!] }];
    const { NetworkAcls: [acl] = [] } = await ec2.describeNetworkAcls({ Filters });
    expect(acl).toMatchObject({ NetworkAclId: expect.stringMatching(/^acl-[0-9a-f]+$/), IsDefault: true, VpcId });
    const inward = acl?.Entries?.filter(({ Egress }) => !Egress);
    expect(inward).toMatchObject([
      { RuleNumber: 100, RuleAction: "allow", Protocol: "-1", CidrBlock: "0.0.0.0/0" },
      { RuleNumber: 32_767, RuleAction: "deny", Protocol: "-1", CidrBlock: "0.0.0.0/0" },
    ]);
  },

  "an entry of a network ACL is added and taken out": async ({ clients: { ec2 } }) => {
    const { VpcId } = await vpcOf(ec2);
    const Filters = [{ Name: "vpc-id", Values: [VpcId!] }];
    const aclOf = async () => (await ec2.describeNetworkAcls({ Filters })).NetworkAcls![0]!;
    const named = { NetworkAclId: (await aclOf()).NetworkAclId!, RuleNumber: 90, Egress: false };
    const entry = { RuleAction: "deny", Protocol: "6", CidrBlock: "10.9.0.0/16" } as const;
    await ec2.createNetworkAclEntry({ ...named, ...entry, PortRange: { From: 80, To: 80 } });
    const added = async () => (await aclOf()).Entries?.find(({ RuleNumber }) => RuleNumber === 90);
    expect(await added()).toMatchObject({ ...entry, Egress: false, PortRange: { From: 80, To: 80 } });
    await ec2.deleteNetworkAclEntry(named);
    expect(await added()).toBeUndefined();
  },

  "a network ACL that is not there is refused": async ({ clients: { ec2 } }) => {
    const named = { NetworkAclId: "acl-00000000000000000", RuleNumber: 90, Egress: false };
    expect(await refusal(ec2.deleteNetworkAclEntry(named))).toEqual({
      name: "InvalidNetworkAclID.NotFound",
      status: 400,
    });
  },

  "AWS's prefix lists are found by name, and hold networks": async ({ clients: { ec2 } }) => {
    const Filters = [{ Name: "prefix-list-name", Values: ["com.amazonaws.us-east-1.s3"] }];
    const { PrefixLists: [list] = [] } = await ec2.describeManagedPrefixLists({ Filters });
    expect(list?.OwnerId).toBe("AWS");
    const { Entries: entries = [] } = await ec2.getManagedPrefixListEntries({ PrefixListId: list?.PrefixListId });
    expect(entries.length).toBeGreaterThan(0);
    for (const { Cidr } of entries) expect(Cidr).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/);
  },
});
