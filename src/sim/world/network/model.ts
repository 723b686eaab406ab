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
