import { addressInRange } from "../../policy/ip.ts";

/** One entry of a network ACL. Ports -1: all; protocol `-1`: all, `6`: TCP. */
export interface AclEntry {
  number: number;
  egress: boolean;
  action: "allow" | "deny";
  protocol: string;
  cidr: string;
  fromPort: number;
  toPort: number;
}

export interface NetworkAcl {
  id: string;
  subnets: string[];
  entries: AclEntry[];
}

/** The last entry of every ACL, which denies what no other decided (VPC user guide, network ACLs). */
const LAST_ENTRY = 32_767;
/** Ports from which clients connect, where answers go: some of those that Linux and load balancers use (VPC user guide, ephemeral ports). */
const EPHEMERAL_PORTS = [32_768, 49_152, 60_999];

/** What passes an ACL: TCP to a port of a peer (egress), or from a peer to a port (ingress). */
export interface Passage {
  egress: boolean;
  /** A network; its first address stands for it: entries cut along networks, not through them. */
  peer: string;
  port: number;
}

/** The entry that decides: the one with the lowest number that fits; undefined: none does, which denies. */
export function decidingEntry({ entries }: NetworkAcl, { egress, peer, port }: Passage): AclEntry | undefined {
  const address = peer.split("/")[0] ?? "";
  return entries
    .filter(
      (entry) =>
        entry.egress === egress &&
        (entry.protocol === "-1" || entry.protocol === "6" || entry.protocol === "tcp") &&
        (entry.fromPort === -1 || (entry.fromPort <= port && port <= entry.toPort)) &&
        addressInRange(address, entry.cidr) === true,
    )
    .sort((a, b) => a.number - b.number)[0];
}

/** What does not let a connection pass, or its answers. */
export interface AclDenial {
  acl: NetworkAcl;
  /** Undefined, or the last entry of all: nothing allows it. */
  entry: AclEntry | undefined;
  passage: Passage;
  /** It is the answers that do not pass. */
  isAnswer: boolean;
}

/** Whether an ACL keeps a connection to `port`, or its answers, from passing; `inward`: the ACL is on the side that is connected to. */
export function aclDenial(acl: NetworkAcl, peer: string, port: number, inward: boolean): AclDenial | undefined {
  const there: Passage = { egress: !inward, peer, port };
  const entry = decidingEntry(acl, there);
  if (entry?.action !== "allow") return { acl, entry, passage: there, isAnswer: false };
  const back = EPHEMERAL_PORTS.map((one): Passage => ({ egress: inward, peer, port: one }));
  const denied = back.map((passage) => ({ passage, entry: decidingEntry(acl, passage) }));
  const [first] = denied;
  if (!first || denied.some((one) => one.entry?.action === "allow")) return undefined;
  return { acl, ...first, isAnswer: true };
}

/** "entry 90 (deny tcp 80 from 10.0.0.0/8)", or that no entry allows it. */
export function describeEntry(entry: AclEntry | undefined): string {
  if (!entry || entry.number === LAST_ENTRY) return "no entry allows it, and the last one denies everything";
  const { number, action, protocol, fromPort, toPort, egress, cidr } = entry;
  const ports = fromPort === -1 ? "all ports" : fromPort === toPort ? `${fromPort}` : `${fromPort} to ${toPort}`;
  const what = protocol === "-1" ? "everything" : `tcp ${ports}`;
  return `entry ${number} (${action} ${what} ${egress ? "to" : "from"} ${cidr})`;
}

/** Whether an entry denies by itself, and is not the one that ends every ACL. */
export const isOwnDeny = (entry: AclEntry | undefined): entry is AclEntry =>
  entry !== undefined && entry.number !== LAST_ENTRY;
