import type * as Wire from "@aws-sdk/client-ec2";
import type { Rule, SecurityGroup } from "../../world/network/model.ts";
import { ec2Error, tagList } from "./filters.ts";

type RuleDraft = Omit<Rule, "id">;

/** Rules that permissions say: one for each peer. @throws AwsError for a peer or range that cannot be. */
export function rulesOf(permissions: readonly Wire.IpPermission[], egress: boolean): RuleDraft[] {
  return permissions.flatMap((permission) => {
    const protocol = permission.IpProtocol ?? "-1";
    const all = protocol === "-1";
    const ports = { fromPort: all ? -1 : (permission.FromPort ?? -1), toPort: all ? -1 : (permission.ToPort ?? -1) };
    const rule = (peer: Rule["peer"], description: string | undefined): RuleDraft => ({
      egress,
      protocol,
      ...ports,
      peer,
      ...(description === undefined ? {} : { description }),
    });
    return [
      ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => rule({ cidr: checkedCidr(CidrIp) }, Description)),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => rule({ cidr: CidrIpv6 ?? "" }, Description)),
      ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, Description }) =>
        rule({ groupId: GroupId ?? "" }, Description),
      ),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) =>
        rule({ prefixListId: PrefixListId ?? "" }, Description),
      ),
    ];
  });
}

function checkedCidr(cidr: string | undefined): string {
  if (/^\d{1,3}(\.\d{1,3}){3}\/([0-9]|[12]\d|3[0-2])$/.test(cidr ?? "")) return cidr!;
  throw ec2Error("InvalidParameterValue", `CIDR block ${cidr} is malformed`);
}

/** Rules with the same protocol and ports as one permission each, as DescribeSecurityGroups groups them. */
export function permissionsView(group: SecurityGroup, egress: boolean, accountId: string): Wire.IpPermission[] {
  const byPorts = new Map<string, Wire.IpPermission>();
  for (const rule of group.rules.filter((candidate) => candidate.egress === egress)) {
    const key = `${rule.protocol}/${rule.fromPort}/${rule.toPort}`;
    let permission = byPorts.get(key);
    if (!permission) {
      permission = {
        IpProtocol: rule.protocol,
        ...(rule.protocol === "-1" ? {} : { FromPort: rule.fromPort, ToPort: rule.toPort }),
        IpRanges: [],
        Ipv6Ranges: [],
        UserIdGroupPairs: [],
        PrefixListIds: [],
      };
      byPorts.set(key, permission);
    }
    const Description = rule.description;
    if ("groupId" in rule.peer)
      permission.UserIdGroupPairs!.push({ GroupId: rule.peer.groupId, UserId: accountId, Description });
    else if ("prefixListId" in rule.peer)
      permission.PrefixListIds!.push({ PrefixListId: rule.peer.prefixListId, Description });
    else if (rule.peer.cidr.includes(":")) permission.Ipv6Ranges!.push({ CidrIpv6: rule.peer.cidr, Description });
    else permission.IpRanges!.push({ CidrIp: rule.peer.cidr, Description });
  }
  return [...byPorts.values()];
}

/** A rule with its id, as DescribeSecurityGroupRules returns it. */
export function ruleView(group: SecurityGroup, rule: Rule, accountId: string): Wire.SecurityGroupRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: group.id,
    GroupOwnerId: accountId,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    ...("cidr" in peer ? (peer.cidr.includes(":") ? { CidrIpv6: peer.cidr } : { CidrIpv4: peer.cidr }) : {}),
    ...("groupId" in peer ? { ReferencedGroupInfo: { GroupId: peer.groupId, UserId: accountId } } : {}),
    ...("prefixListId" in peer ? { PrefixListId: peer.prefixListId } : {}),
    Description: rule.description,
    Tags: [],
  };
}

/** A group with its permissions. */
export function groupView(group: SecurityGroup, accountId: string): Wire.SecurityGroup {
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    OwnerId: accountId,
    VpcId: group.vpcId,
    Tags: tagList(group.tags),
    IpPermissions: permissionsView(group, false, accountId),
    IpPermissionsEgress: permissionsView(group, true, accountId),
  };
}
