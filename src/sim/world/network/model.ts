export type Tags = Record<string, string>;

/** One rule of a security group. Ports -1 mean all; protocol -1 means all protocols. */
export interface Rule {
  id: string;
  egress: boolean;
  protocol: string;
  fromPort: number;
  toPort: number;
  /** Exactly one of the three. */
  peer: { cidr: string } | { groupId: string } | { prefixListId: string };
  description?: string | undefined;
}

export interface SecurityGroup {
  id: string;
  name: string;
  description: string;
  vpcId: string;
  tags: Tags;
  rules: Rule[];
}

export interface Subnet {
  id: string;
  vpcId: string;
  zone: string;
  cidr: string;
  tags: Tags;
}

export interface Vpc {
  id: string;
  cidr: string;
  tags: Tags;
}

/** One entry of a network ACL. Ports -1 mean all; protocol -1 means all, 6 is TCP. */
export interface AclEntry {
  /** Entries are asked in the order of their numbers; the first that fits decides. */
  number: number;
  egress: boolean;
  action: "allow" | "deny";
  protocol: string;
  cidr: string;
  fromPort: number;
  toPort: number;
}

/** What passes the border of its subnets, in each direction by itself. */
export interface NetworkAcl {
  id: string;
  vpcId: string;
  isDefault: boolean;
  subnetIds: string[];
  entries: AclEntry[];
  tags: Tags;
}

/** Networks under one id, which rules and routes may name. */
export interface PrefixList {
  id: string;
  name: string;
  cidrs: string[];
  tags: Tags;
}

/** The last entry of every ACL, which nobody can take out: it denies what no other decided (VPC user guide, network ACLs). */
export const LAST_ENTRY = 32_767;

/** The entries that a default ACL has: everything passes. */
export function openEntries(): AclEntry[] {
  const all = { protocol: "-1", cidr: "0.0.0.0/0", fromPort: -1, toPort: -1 };
  return [true, false].flatMap((egress): AclEntry[] => [
    { ...all, number: 100, egress, action: "allow" },
    { ...all, number: LAST_ENTRY, egress, action: "deny" },
  ]);
}

export interface RouteTable {
  id: string;
  vpcId: string;
  main: boolean;
  subnetIds: string[];
  tags: Tags;
}

/** A gateway endpoint: requests to its service go through it from the subnets of its route tables. */
export interface VpcEndpoint {
  id: string;
  vpcId: string;
  /** `com.amazonaws.us-east-1.s3` */
  serviceName: string;
  /** Managed prefix list of the service, which routes name. */
  prefixListId: string;
  /** JSON. */
  policy: string;
  routeTableIds: string[];
  createdAtMs: number;
  tags: Tags;
}

/** Full access: the policy that an endpoint has unless it is given another (VPC user guide, endpoint policies). */
export const DEFAULT_ENDPOINT_POLICY = JSON.stringify({
  Version: "2008-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
});
