import type * as Wire from "@aws-sdk/client-ec2";
import type { Operations } from "../../wire/types.ts";
import type { AclEntry, NetworkAcl } from "../../world/network/model.ts";
import type { Region } from "../../world/region.ts";
import { described, ec2Error, filtered, tagList } from "./filters.ts";
import { refuseDryRun } from "./group-operations.ts";

/** Rule numbers that an entry may have (EC2 API reference, CreateNetworkAclEntry). */
const NUMBERS = { least: 1, most: 32_766 };

function entryView({ number, egress, action, protocol, cidr, fromPort, toPort }: AclEntry): Wire.NetworkAclEntry {
  return {
    RuleNumber: number,
    Egress: egress,
    RuleAction: action,
    Protocol: protocol,
    CidrBlock: cidr,
    ...(fromPort === -1 ? {} : { PortRange: { From: fromPort, To: toPort } }),
  };
}

function aclView(acl: NetworkAcl, ownerId: string): Wire.NetworkAcl {
  return {
    NetworkAclId: acl.id,
    VpcId: acl.vpcId,
    IsDefault: acl.isDefault,
    OwnerId: ownerId,
    Associations: acl.subnetIds.map((SubnetId) => ({
      NetworkAclAssociationId: SubnetId.replace("subnet", "aclassoc"),
      NetworkAclId: acl.id,
      SubnetId,
    })),
    Entries: [...acl.entries].sort((a, b) => Number(b.egress) - Number(a.egress) || a.number - b.number).map(entryView),
    Tags: tagList(acl.tags),
  };
}

/** @throws AwsError InvalidNetworkAclID.NotFound. */
function aclOf(region: Region, id: string | undefined): NetworkAcl {
  const acl = region.network.acls.find((candidate) => candidate.id === id);
  if (!acl) throw ec2Error("InvalidNetworkAclID.NotFound", `The networkAcl ID '${id}' does not exist`);
  return acl;
}

const isEntry = (number: number | undefined, egress: boolean | undefined) => (entry: AclEntry) =>
  entry.number === number && entry.egress === (egress ?? false);

function entryFrom(input: Wire.CreateNetworkAclEntryCommandInput): AclEntry {
  const {
    RuleNumber: number = 0,
    Egress: egress = false,
    RuleAction: action = "allow",
    Protocol: protocol = "-1",
  } = input;
  if (number < NUMBERS.least || number > NUMBERS.most)
    throw ec2Error(
      "InvalidParameterValue",
      `Value (${number}) for parameter ruleNumber is invalid. Must be 1 to 32766`,
    );
  const { From = -1, To = -1 } = protocol === "-1" ? {} : (input.PortRange ?? {});
  return { number, egress, action, protocol, cidr: input.CidrBlock ?? "0.0.0.0/0", fromPort: From, toPort: To };
}

/** Network ACLs and managed prefix lists. */
export function aclOperations(region: Region): Operations<typeof Wire> {
  const { network, names } = region;
  return {
    DescribeNetworkAcls: (input) => {
      const named = network.acls.filter(({ id }) => !input.NetworkAclIds || input.NetworkAclIds.includes(id));
      const found = filtered(
        named,
        input.Filters,
        (name, acl) =>
          ({
            "network-acl-id": [acl.id],
            "vpc-id": [acl.vpcId],
            default: [String(acl.isDefault)],
            "association.subnet-id": acl.subnetIds,
          })[name],
      );
      const page = described(found, input);
      return { NetworkAcls: page.items.map((acl) => aclView(acl, names.accountId)), NextToken: page.next };
    },
    CreateNetworkAclEntry: (input) => {
      const acl = aclOf(region, input.NetworkAclId);
      const entry = entryFrom(input);
      if (acl.entries.some(isEntry(entry.number, entry.egress)))
        throw ec2Error(
          "NetworkAclEntryAlreadyExists",
          `The network acl entry identified by ${entry.number} already exists.`,
        );
      refuseDryRun(input);
      acl.entries.push(entry);
      return {};
    },
    DeleteNetworkAclEntry: (input) => {
      const acl = aclOf(region, input.NetworkAclId);
      const index = acl.entries.findIndex(isEntry(input.RuleNumber, input.Egress));
      if (index < 0)
        throw ec2Error(
          "InvalidNetworkAclEntry.NotFound",
          `The network acl entry identified by ${input.RuleNumber} does not exist`,
        );
      refuseDryRun(input);
      acl.entries.splice(index, 1);
      return {};
    },
    GetManagedPrefixListEntries: (input) => {
      const list = network.prefixLists.get(input.PrefixListId ?? "");
      if (!list)
        throw ec2Error("InvalidPrefixListID.NotFound", `The prefix list ID '${input.PrefixListId}' does not exist`);
      const { items, next } = described(
        list.cidrs.map((Cidr) => ({ Cidr })),
        input,
      );
      return { Entries: items, NextToken: next };
    },
    DescribeManagedPrefixLists: (input) => {
      const named = [...network.prefixLists.values()].filter(
        ({ id }) => !input.PrefixListIds || input.PrefixListIds.includes(id),
      );
      const found = filtered(named, input.Filters, (name, list) => ({ "prefix-list-name": [list.name] })[name]);
      const page = described(found, { ...input, MaxResults: input.MaxResults ?? 100 });
      return {
        PrefixLists: page.items.map(({ id, name, cidrs }) => ({
          PrefixListId: id,
          PrefixListName: name,
          AddressFamily: "IPv4",
          OwnerId: "AWS",
          State: "create-complete" as const,
          MaxEntries: cidrs.length,
          Tags: [],
        })),
        NextToken: page.next,
      };
    },
  };
}
