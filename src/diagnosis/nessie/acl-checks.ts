import { defineCheck, type Finding } from "../check.ts";
import type { Fact } from "../fact.ts";
import { type AclDenial, aclDenial, describeEntry, isOwnDeny, type NetworkAcl } from "../sources/network-acls.ts";
import { member, type TrailEvent, textAt } from "../sources/trail.ts";
import { utc } from "../words.ts";
import { aclChanges, networkAcls, pathSubnets, type Subnet } from "./acl-facts.ts";
import { balancerTraffic } from "./metric-facts.ts";
import { isSilent } from "./network-checks.ts";
import { clients, listeners, targetGroup } from "./network-facts.ts";

/** One way over a border of subnets. */
interface Crossing {
  /** "Dagster to port 80 of the load balancer" */
  what: string;
  from: { cidr: string; subnet?: Subnet };
  to: Subnet;
  port: number;
  isInward: boolean;
}

/** Network ACLs decide beside security groups, entry by entry, for answers too. */
export const aclCheck = defineCheck({
  id: "nessie-network-acls",
  title: "Network ACLs from clients over the load balancer to Nessie",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["network-acl"],
  needs: { acls: networkAcls, subnets: pathSubnets, group: targetGroup, listeners, clients },
  uses: { changes: aclChanges, traffic: balancerTraffic },
  judge({ acls, subnets, group, listeners: ports, clients: who }, { nowMs }, { changes, traffic }) {
    const inward = ports.flatMap(({ port }) =>
      who.flatMap(({ name, cidrs }) =>
        cidrs.flatMap((cidr) =>
          subnets.balancer.map((to): Crossing => {
            const subnet = subnets.clients.find((one) => one.cidr === cidr);
            const what = `${name} (${cidr}) to port ${port} of the load balancer in ${to.id}`;
            return { what, from: { cidr, ...(subnet ? { subnet } : {}) }, to, port, isInward: true };
          }),
        ),
      ),
    );
    const onward = subnets.balancer.flatMap((subnet) =>
      subnets.tasks.map((to): Crossing => {
        const what = `the load balancer in ${subnet.id} to port ${group.port} of the tasks in ${to.id}`;
        return { what, from: { cidr: subnet.cidr, subnet }, to, port: group.port, isInward: false };
      }),
    );
    // Within one subnet no ACL is asked (VPC user guide, network ACLs).
    const crossings = [...inward, ...onward].filter(({ from, to }) => from.cidr !== to.cidr);
    const denied = crossings.flatMap((crossing) => {
      const denial = denialOf(crossing, acls);
      return denial ? [{ crossing, denial }] : [];
    });
    if (denied.length === 0) {
      const text = `The network ACLs ${acls.map(({ id }) => id).join(", ")} let pass everything on the way to Nessie, and the answers.`;
      return [{ verdict: "network-acl", strength: "against", text }];
    }
    const silent = isSilent(traffic, nowMs);
    return byEntry(denied).map((same): Finding => {
      const { acl, entry, isAnswer } = same[0]!.denial;
      const change = changeOf(changes, acl.id, entry?.number);
      // A listener that nobody is let in to may be meant so: it takes a sign that somebody missed it.
      const proven = change !== undefined || silent || same.some(({ crossing }) => !crossing.isInward);
      const deed = change
        ? ` ${change.by} did it by ${change.name} at ${utc(change.atMs)} from ${change.sourceAddress}.`
        : unknownDeed(changes);
      const ways = same.map(({ crossing }) => crossing.what);
      const shown = ways.length > 2 ? `${ways.slice(0, 2).join("; ")}; and ${ways.length - 2} more` : ways.join("; ");
      return {
        verdict: "network-acl",
        strength: proven ? "proves" : "supports",
        text: `${acl.id} does not let pass ${isAnswer ? "the answers of " : ""}${shown}: ${describeEntry(entry)}.${deed}`,
        details: isOwnDeny(entry) ? { acl: acl.id, ...entry } : { acl: acl.id },
      };
    });
  },
});

interface Denied {
  crossing: Crossing;
  denial: AclDenial;
}

function denialOf({ from, to, port }: Crossing, acls: readonly NetworkAcl[]): AclDenial | undefined {
  const aclOf = (subnet: Subnet | undefined) => acls.find(({ subnets }) => subnet && subnets.includes(subnet.id));
  const [source, target] = [aclOf(from.subnet), aclOf(to)];
  return (target && aclDenial(target, from.cidr, port, true)) ?? (source && aclDenial(source, to.cidr, port, false));
}

function byEntry(denied: readonly Denied[]): Denied[][] {
  const groups = new Map<string, Denied[]>();
  for (const one of denied) {
    const { acl, entry, passage, isAnswer } = one.denial;
    const key = [acl.id, entry?.number ?? "none", passage.egress, isAnswer].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** The newest change of this ACL that was about the deciding entry, or that took one away. */
function changeOf(changes: Fact<TrailEvent[]>, acl: string, number: number | undefined): TrailEvent | undefined {
  if (changes.status !== "known") return undefined;
  return changes.value.find(
    ({ input, name }) =>
      textAt(input, "networkAclId") === acl &&
      (name === "DeleteNetworkAclEntry" || member(input, "ruleNumber") === number),
  );
}

const unknownDeed = (changes: Fact<TrailEvent[]>) =>
  changes.status === "unknown" ? ` Who did it: unknown (${changes.reason}).` : "";
