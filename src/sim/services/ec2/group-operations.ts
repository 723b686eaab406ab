import type * as Wire from "@aws-sdk/client-ec2";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { Rule, SecurityGroup } from "../../world/network/model.ts";
import { sameRule } from "../../world/network/network.ts";
import type { Region } from "../../world/region.ts";
import { described, ec2Error, filtered } from "./filters.ts";
import { groupView, rulesOf, ruleView } from "./permissions.ts";

/** Rules of a group for each direction (VPC user guide, quotas). */
const RULES_PER_DIRECTION = 60;

type ChangeInput = Wire.AuthorizeSecurityGroupIngressCommandInput &
  Pick<Wire.RevokeSecurityGroupIngressCommandInput, "SecurityGroupRuleIds">;

const groupMissing = (id: string | undefined) =>
  ec2Error("InvalidGroup.NotFound", `The security group '${id}' does not exist`);

/** @throws AwsError DryRunOperation: what a dry run of a permitted call is answered with. */
export function refuseDryRun(input: { DryRun?: boolean | undefined }): void {
  if (input.DryRun)
    throw new AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", { status: 412 });
}

function groupOf(region: Region, input: ChangeInput): SecurityGroup {
  const { GroupId: id, GroupName: name } = input;
  const found =
    id === undefined
      ? [...region.network.groups.values()].find((group) => group.name === name)
      : region.network.groups.get(id);
  if (!found) throw groupMissing(id ?? name);
  return found;
}

/** What a call asks to add or take away: permissions, or the older single members. */
function draftsOf(input: ChangeInput, egress: boolean): Omit<Rule, "id">[] {
  const single: Wire.IpPermission = {
    IpProtocol: input.IpProtocol,
    FromPort: input.FromPort,
    ToPort: input.ToPort,
    IpRanges: [{ CidrIp: input.CidrIp }],
  };
  const permissions = input.IpPermissions ?? (input.CidrIp === undefined ? [] : [single]);
  const drafts = rulesOf(permissions, egress);
  if (drafts.length === 0) throw ec2Error("MissingParameter", "The request must contain the parameter ipPermissions");
  return drafts;
}

function peerText({ peer }: Pick<Rule, "peer">): string {
  if ("cidr" in peer) return peer.cidr;
  return "groupId" in peer ? peer.groupId : peer.prefixListId;
}

function authorize(region: Region, input: ChangeInput, egress: boolean) {
  const group = groupOf(region, input);
  const drafts = draftsOf(input, egress);
  for (const draft of drafts) {
    if ("groupId" in draft.peer && !region.network.groups.has(draft.peer.groupId))
      throw groupMissing(draft.peer.groupId);
    if (!group.rules.some((rule) => sameRule(rule, draft))) continue;
    const { protocol, fromPort, toPort } = draft;
    throw ec2Error(
      "InvalidPermission.Duplicate",
      `the specified rule "peer: ${peerText(draft)}, ${protocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}, ALLOW" already exists`,
    );
  }
  if (group.rules.filter((rule) => rule.egress === egress).length + drafts.length > RULES_PER_DIRECTION)
    throw ec2Error(
      "RulesPerSecurityGroupLimitExceeded",
      "The maximum number of rules per security group has been reached.",
    );
  refuseDryRun(input);
  const added = drafts.map((draft) => region.network.addRule(group, draft));
  return { Return: true, SecurityGroupRules: added.map((rule) => ruleView(group, rule, region.names.accountId)) };
}

function rulesToRevoke(group: SecurityGroup, input: ChangeInput, egress: boolean): Rule[] {
  const ids = input.SecurityGroupRuleIds;
  if (ids && ids.length > 0) {
    return ids.map((id) => {
      const rule = group.rules.find((candidate) => candidate.id === id && candidate.egress === egress);
      if (!rule)
        throw ec2Error("InvalidSecurityGroupRuleId.NotFound", `The security group rule ID '${id}' does not exist`);
      return rule;
    });
  }
  return draftsOf(input, egress).map((draft) => {
    const rule = group.rules.find((candidate) => sameRule(candidate, draft));
    if (!rule)
      throw ec2Error("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
    return rule;
  });
}

function revoke(region: Region, input: ChangeInput, egress: boolean) {
  const group = groupOf(region, input);
  const gone = rulesToRevoke(group, input, egress);
  refuseDryRun(input);
  group.rules = group.rules.filter((rule) => !gone.includes(rule));
  return { Return: true };
}

function groupAttributes(name: string, group: SecurityGroup): string[] | undefined {
  const ranges = (egress: boolean) =>
    group.rules.flatMap((rule) => (rule.egress === egress && "cidr" in rule.peer ? rule.peer.cidr : []));
  const known: Record<string, string[]> = {
    "group-id": [group.id],
    "group-name": [group.name],
    description: [group.description],
    "vpc-id": [group.vpcId],
    "ip-permission.cidr": ranges(false),
    "egress.ip-permission.cidr": ranges(true),
    "ip-permission.group-id": group.rules.flatMap((rule) =>
      !rule.egress && "groupId" in rule.peer ? rule.peer.groupId : [],
    ),
  };
  return known[name];
}

/** Security groups and their rules. */
export function groupOperations(region: Region): Operations<typeof Wire> {
  const { network, names } = region;
  return {
    DescribeSecurityGroups: (input) => {
      const unknown = input.GroupIds?.find((id) => !network.groups.has(id));
      if (unknown !== undefined) throw groupMissing(unknown);
      const named = [...network.groups.values()].filter(
        (group) =>
          (!input.GroupIds || input.GroupIds.includes(group.id)) &&
          (!input.GroupNames || input.GroupNames.includes(group.name)),
      );
      const page = described(filtered(named, input.Filters, groupAttributes), input);
      return { SecurityGroups: page.items.map((group) => groupView(group, names.accountId)), NextToken: page.next };
    },
    DescribeSecurityGroupRules: (input) => {
      const all = [...network.groups.values()].flatMap((group) =>
        group.rules.map((rule) => ({ group, rule, tags: {} })),
      );
      const chosen = all.filter(
        ({ rule }) => !input.SecurityGroupRuleIds || input.SecurityGroupRuleIds.includes(rule.id),
      );
      const found = filtered(
        chosen,
        input.Filters,
        (name, { group, rule }) => ({ "group-id": [group.id], "security-group-rule-id": [rule.id] })[name],
      );
      const page = described(found, input);
      return {
        SecurityGroupRules: page.items.map(({ group, rule }) => ruleView(group, rule, names.accountId)),
        NextToken: page.next,
      };
    },
    AuthorizeSecurityGroupIngress: (input) => authorize(region, input, false),
    AuthorizeSecurityGroupEgress: (input) => authorize(region, input, true),
    RevokeSecurityGroupIngress: (input) => revoke(region, input, false),
    RevokeSecurityGroupEgress: (input) => revoke(region, input, true),
  };
}
