import type { RandomStream } from "../random.ts";
import type { NetworkAcl, PrefixList, RouteTable, Rule, SecurityGroup, Subnet, Vpc, VpcEndpoint } from "./model.ts";

/** One end of a connection: an address, and the security groups of its network interface. */
export interface End {
  ip: string;
  groups: readonly string[];
}

const DOT = 46;
const ZERO = 48;

/** An IPv4 address as a number. Asked for millions of times in a world's life: nothing is allocated. */
function toNumber(ip: string): number {
  let [sum, part] = [0, 0];
  for (let index = 0; index < ip.length; index++) {
    const code = ip.charCodeAt(index);
    if (code === DOT) [sum, part] = [sum * 256 + part, 0];
    else part = part * 10 + code - ZERO;
  }
  return sum * 256 + part;
}

/** Whether an IPv4 address is in a range such as 10.0.0.0/8. */
export function inRange(ip: string, cidr: string): boolean {
  const slash = cidr.indexOf("/");
  const [base, bits] = slash < 0 ? [cidr, 32] : [cidr.slice(0, slash), cidr.slice(slash + 1)];
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(ip) / size) === Math.floor(toNumber(base) / size);
}

/** A port of those from which Linux opens connections, to which answers go. */
const EPHEMERAL_PORT = 40_000;

function admits(rule: Rule, peer: End, port: number, lists: ReadonlyMap<string, PrefixList>): boolean {
  if (rule.protocol !== "-1" && rule.protocol !== "tcp") return false;
  if (rule.protocol === "tcp" && rule.fromPort !== -1 && (port < rule.fromPort || port > rule.toPort)) return false;
  if ("cidr" in rule.peer) return !rule.peer.cidr.includes(":") && inRange(peer.ip, rule.peer.cidr);
  if ("prefixListId" in rule.peer)
    return (lists.get(rule.peer.prefixListId)?.cidrs ?? []).some((cidr) => inRange(peer.ip, cidr));
  return peer.groups.includes(rule.peer.groupId);
}

/** The entry with the lowest number that fits decides; ACLs keep no connections in mind. */
function aclLets({ entries }: NetworkAcl, egress: boolean, peer: string, port: number): boolean {
  const fitting = entries.filter(
    (entry) =>
      entry.egress === egress &&
      (entry.protocol === "-1" || entry.protocol === "6") &&
      (entry.fromPort === -1 || (entry.fromPort <= port && port <= entry.toPort)) &&
      inRange(peer, entry.cidr),
  );
  return fitting.sort((a, b) => a.number - b.number)[0]?.action === "allow";
}

/** Whether two rules say the same, whatever they are called. */
export function sameRule(a: Omit<Rule, "id" | "description">, b: Omit<Rule, "id" | "description">): boolean {
  return (
    a.egress === b.egress &&
    a.protocol === b.protocol &&
    a.fromPort === b.fromPort &&
    a.toPort === b.toPort &&
    JSON.stringify(a.peer) === JSON.stringify(b.peer)
  );
}

/** The virtual network of one account and region: what there is, and who reaches whom. */
export class Network {
  readonly vpcs: Vpc[] = [];
  readonly subnets: Subnet[] = [];
  readonly groups = new Map<string, SecurityGroup>();
  readonly routeTables: RouteTable[] = [];
  readonly endpoints = new Map<string, VpcEndpoint>();
  readonly acls: NetworkAcl[] = [];
  readonly prefixLists = new Map<string, PrefixList>();
  readonly #random: RandomStream;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  /** A group with rules that get their ids. */
  addGroup(group: Omit<SecurityGroup, "rules">, rules: readonly Omit<Rule, "id">[]): SecurityGroup {
    const added: SecurityGroup = { ...group, rules: [] };
    this.groups.set(group.id, added);
    for (const rule of rules) this.addRule(added, rule);
    return added;
  }

  addRule(group: SecurityGroup, rule: Omit<Rule, "id">): Rule {
    const added = { ...rule, id: `sgr-0${this.#random.hex(16)}` };
    group.rules.push(added);
    return added;
  }

  /** Whether a TCP connection can be opened: a rule of the one lets it out, a rule of the other in, and no network ACL stands between. */
  reaches(from: End, to: End, port: number): boolean {
    const some = (groups: readonly string[], egress: boolean, peer: End) =>
      groups.some((id) =>
        this.groups.get(id)?.rules.some((rule) => rule.egress === egress && admits(rule, peer, port, this.prefixLists)),
      );
    return some(from.groups, true, to) && some(to.groups, false, from) && this.#aclsLet(from.ip, to.ip, port);
  }

  /** Whether a TCP connection from an address outside the network, such as a responder's, is let in. */
  admitsFrom(ip: string, to: End, port: number): boolean {
    const outside: End = { ip, groups: [] };
    const isLetIn = to.groups.some((id) =>
      this.groups.get(id)?.rules.some((rule) => !rule.egress && admits(rule, outside, port, this.prefixLists)),
    );
    return isLetIn && this.#aclsLet(ip, to.ip, port);
  }

  /** Whether the ACLs of both subnets let a connection and its answers pass; within one subnet none is asked. */
  #aclsLet(from: string, to: string, port: number): boolean {
    const [source, target] = [this.#subnetOf(from), this.#subnetOf(to)];
    if (source === target) return true;
    const passes = (subnet: Subnet | undefined, egress: boolean, peer: string, toPort: number) => {
      const acl = subnet && this.acls.find(({ subnetIds }) => subnetIds.includes(subnet.id));
      return !acl || aclLets(acl, egress, peer, toPort);
    };
    return (
      passes(source, true, to, port) &&
      passes(target, false, from, port) &&
      passes(target, true, from, EPHEMERAL_PORT) &&
      passes(source, false, to, EPHEMERAL_PORT)
    );
  }

  #subnetOf(ip: string): Subnet | undefined {
    return this.subnets.find(({ cidr }) => inRange(ip, cidr));
  }
}
