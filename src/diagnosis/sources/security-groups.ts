import type { OutputOf } from "../../aws/contract.ts";
import { sanitizeLine } from "../../base/text.ts";
import { addressInRange } from "../../policy/ip.ts";
import { listOf, member, type TrailEvent } from "./trail.ts";

/** One rule of a security group with one peer. Ports -1: all. */
export interface Rule {
  /** `tcp`, `udp`, or `-1` for all. */
  protocol: string;
  fromPort: number;
  toPort: number;
  peer: { kind: "cidr" | "group" | "prefix-list"; value: string };
  description: string;
}

export interface SecurityGroup {
  id: string;
  name: string;
  ingress: Rule[];
  egress: Rule[];
}

/** One end of a connection: its networks, and the security groups of its interfaces. */
export interface Peer {
  cidrs: readonly string[];
  groups: readonly string[];
}

type Permissions = NonNullable<OutputOf<"ec2", "DescribeSecurityGroups">["SecurityGroups"]>[number]["IpPermissions"];

/** The rules of DescribeSecurityGroups' permissions. */
export function rulesOf(permissions: Permissions): Rule[] {
  return (permissions ?? []).flatMap((permission) => {
    const { IpProtocol: protocol = "-1", FromPort: fromPort = -1, ToPort: toPort = -1 } = permission;
    const rule = (kind: Rule["peer"]["kind"], value = "", description = ""): Rule => ({
      protocol,
      fromPort,
      toPort,
      peer: { kind, value },
      description: sanitizeLine(description),
    });
    return [
      ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => rule("cidr", CidrIp, Description)),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => rule("cidr", CidrIpv6, Description)),
      ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, Description }) => rule("group", GroupId, Description)),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) =>
        rule("prefix-list", PrefixListId, Description),
      ),
    ];
  });
}

/** The rules that a Revoke or Authorize call was about, as CloudTrail keeps them; none where it named them by their ids alone. */
export function rulesOfEvent({ input }: TrailEvent): Rule[] {
  return listOf(member(input, "ipPermissions")).flatMap((permission) => {
    const number = (name: string) => {
      const value = member(permission, name);
      return typeof value === "number" ? value : -1;
    };
    const text = (value: unknown) => (typeof value === "string" ? sanitizeLine(value) : "");
    const peers = (list: string, name: string, kind: Rule["peer"]["kind"]): Rule[] =>
      listOf(member(permission, list)).flatMap((peer) => {
        const value = text(member(peer, name));
        if (value === "") return [];
        return [
          {
            protocol: text(member(permission, "ipProtocol")) || "-1",
            fromPort: number("fromPort"),
            toPort: number("toPort"),
            peer: { kind, value },
            description: text(member(peer, "description")),
          },
        ];
      });
    return [
      ...peers("ipRanges", "cidrIp", "cidr"),
      ...peers("ipv6Ranges", "cidrIpv6", "cidr"),
      ...peers("groups", "groupId", "group"),
      ...peers("userIdGroupPairs", "groupId", "group"),
      ...peers("prefixListIds", "prefixListId", "prefix-list"),
    ];
  });
}

/** Whether a rule is about this TCP port. */
export function coversPort(rule: Rule, port: number): boolean {
  if (rule.protocol === "-1") return true;
  if (rule.protocol !== "tcp" && rule.protocol !== "6") return false;
  return rule.fromPort === -1 || (rule.fromPort <= port && port <= rule.toPort);
}

/**
 * Whether some rule lets the peer through on the TCP port. `unknown`: only rules with prefix lists could of which it is not known what
 * they hold. A network counts as let through when its first address is: rules cut along networks, not through them.
 * @param lists the networks of prefix lists, by id, as far as they are known.
 */
export function admits(
  rules: readonly Rule[],
  peer: Peer,
  port: number,
  lists: ReadonlyMap<string, readonly string[]> = new Map(),
): "yes" | "no" | "unknown" {
  const fitting = rules.filter((rule) => coversPort(rule, port));
  const admitted = fitting.some(({ peer: { kind, value } }) => {
    if (kind === "group") return peer.groups.includes(value);
    // Everybody is whoever the peer may be.
    if (value === "0.0.0.0/0") return true;
    const networks = kind === "cidr" ? [value] : (lists.get(value) ?? []);
    return networks.some((network) =>
      peer.cidrs.some((cidr) => addressInRange(cidr.split("/")[0] ?? "", network) === true),
    );
  });
  if (admitted) return "yes";
  const isOpen = ({ peer: { kind, value } }: Rule) => kind === "prefix-list" && !lists.has(value);
  return fitting.some(isOpen) ? "unknown" : "no";
}

/** "tcp 80 from 10.0.0.0/8" */
export function describeRule(rule: Rule, direction: "ingress" | "egress"): string {
  const ports =
    rule.fromPort === -1
      ? "all ports"
      : rule.fromPort === rule.toPort
        ? `${rule.fromPort}`
        : `${rule.fromPort} to ${rule.toPort}`;
  const protocol = rule.protocol === "-1" ? "all protocols" : rule.protocol;
  return `${protocol} ${ports} ${direction === "ingress" ? "from" : "to"} ${sanitizeLine(rule.peer.value)}`;
}
