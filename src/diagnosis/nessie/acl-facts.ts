import { dagsterServices } from "../dagster/facts.ts";
import type { FactSource } from "../fact.ts";
import type { NetworkAcl } from "../sources/network-acls.ts";
import { lookupEvents, TRAIL_OPERATIONS, type TrailEvent } from "../sources/trail.ts";
import { loadBalancer, pathGroups } from "./network-facts.ts";
import { nessieService } from "./service-facts.ts";

export interface Subnet {
  id: string;
  cidr: string;
}

/** The subnets on the way to Nessie: Dagster's where it runs on ECS, the load balancer's, those of the tasks. */
export const pathSubnets: FactSource<{ clients: Subnet[]; balancer: Subnet[]; tasks: Subnet[] }> = {
  id: "nessie-subnets",
  title: "subnets on the way to Nessie",
  operations: ["ec2:DescribeSubnets"],
  async fetch(reader) {
    const [balancer, service, dagster] = await Promise.all([
      reader.need(loadBalancer),
      reader.need(nessieService),
      reader.fact(dagsterServices),
    ]);
    const clients = dagster.status === "known" ? dagster.value.flatMap(({ subnets }) => subnets) : [];
    const SubnetIds = [...new Set([...balancer.subnets, ...service.subnets, ...clients])];
    if (SubnetIds.length === 0) return reader.absent("neither load balancer nor tasks have subnets that are known");
    const { Subnets = [] } = await reader.call("ec2", "DescribeSubnets", { SubnetIds });
    const found = Subnets.map(({ SubnetId: id = "", CidrBlock: cidr = "" }) => ({ id, cidr }));
    const of = (ids: readonly string[]) => found.filter(({ id }) => ids.includes(id));
    return { clients: of(clients), balancer: of(balancer.subnets), tasks: of(service.subnets) };
  },
};

/** The network ACLs of these subnets. */
export const networkAcls: FactSource<NetworkAcl[]> = {
  id: "nessie-network-acls",
  title: "network ACLs on the way to Nessie",
  operations: ["ec2:DescribeNetworkAcls"],
  async fetch(reader) {
    const subnets = Object.values(await reader.need(pathSubnets)).flat();
    const Values = [...new Set(subnets.map(({ id }) => id))];
    const { NetworkAcls = [] } = await reader.call("ec2", "DescribeNetworkAcls", {
      Filters: [{ Name: "association.subnet-id", Values }],
    });
    return NetworkAcls.map(({ NetworkAclId: id = "", Associations = [], Entries = [] }) => ({
      id,
      subnets: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
      entries: Entries.flatMap((entry) => {
        const { RuleNumber: number, Egress: egress = false, RuleAction: action, Protocol: protocol = "-1" } = entry;
        const cidr = entry.CidrBlock ?? entry.Ipv6CidrBlock;
        if (number === undefined || action === undefined || cidr === undefined) return [];
        const { From: fromPort = -1, To: toPort = -1 } = entry.PortRange ?? {};
        return [{ number, egress, action, protocol, cidr, fromPort, toPort }];
      }),
    }));
  },
};

const CHANGES = ["CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry"];

/** Who changed these ACLs in the last day, newest first: asked only where one of them has an entry of somebody's own. */
export const aclChanges: FactSource<TrailEvent[]> = {
  id: "network-acl-changes",
  title: "who changed the network ACL (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const acls = await reader.need(networkAcls);
    // A default ACL that nobody touched allows everything by entry 100.
    const touched = acls.filter(({ entries }) => entries.some(({ number }) => number !== 100 && number !== 32_767));
    const missing = acls.filter(({ entries }) => !entries.some(({ action }) => action === "allow"));
    const asked = [...new Set([...touched, ...missing].map(({ id }) => id))];
    const found = await Promise.all(asked.map((value) => lookupEvents(reader, { key: "ResourceName", value })));
    return found.flat().filter(({ name, errorCode }) => errorCode === undefined && CHANGES.includes(name));
  },
};

/** What the prefix lists hold that rules of the security groups name, by id. */
export const prefixLists: FactSource<Map<string, string[]>> = {
  id: "nessie-prefix-lists",
  title: "prefix lists in the security groups' rules",
  operations: ["ec2:GetManagedPrefixListEntries"],
  async fetch(reader) {
    const { balancer, tasks } = await reader.need(pathGroups);
    const rules = [...balancer, ...tasks].flatMap(({ ingress, egress }) => [...ingress, ...egress]);
    const ids = [...new Set(rules.flatMap(({ peer }) => (peer.kind === "prefix-list" ? [peer.value] : [])))];
    const lists = await Promise.all(
      ids.map(async (PrefixListId) => {
        const cidrs: string[] = [];
        let NextToken: string | undefined;
        do {
          const input = { PrefixListId, ...(NextToken ? { NextToken } : {}) };
          const output = await reader.call("ec2", "GetManagedPrefixListEntries", input);
          cidrs.push(...(output.Entries ?? []).flatMap(({ Cidr }) => Cidr ?? []));
          NextToken = output.NextToken;
        } while (NextToken !== undefined);
        return [PrefixListId, cidrs] as const;
      }),
    );
    return new Map(lists);
  },
};
