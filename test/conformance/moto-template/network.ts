import type { Names } from "../../../src/sim/world/names.ts";
import type { Clients } from "../clients.ts";

/** Where the load balancer and the tasks are. */
export interface Network {
  vpcId: string;
  subnets: string[];
  /** Nessie's security group. */
  nessieGroup: string;
}

/** A resource's name by its tag, with the template's tags. */
function tagged(
  names: Names,
  resource: "vpc" | "subnet" | "route-table" | "security-group" | "vpc-endpoint",
  name: string,
) {
  const tags = { Project: names.project, Environment: names.environment, Name: `${names.prefix}-${name}` };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return { TagSpecifications: [{ ResourceType: resource, Tags }] };
}

/** A VPC with two private subnets, a route table with gateway endpoints, and the security groups. */
export async function deployNetwork(clients: Clients, names: Names): Promise<Network> {
  const { ec2 } = clients;
  const { Vpc: vpc } = await ec2.createVpc({ CidrBlock: "10.0.0.0/16", ...tagged(names, "vpc", "vpc") });
  const VpcId = vpc!.VpcId!;
  // Without names for hosts moto's tasks fail.
  await ec2.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: true } });
  const subnets: string[] = [];
  for (const [index, letter] of ["a", "b"].entries()) {
    const place = { AvailabilityZone: `${names.region}${letter}`, CidrBlock: `10.0.${10 + index}.0/24` };
    const name = tagged(names, "subnet", `private-${letter}`);
    const { Subnet: subnet } = await ec2.createSubnet({ VpcId, ...place, ...name });
    subnets.push(subnet!.SubnetId!);
  }
  const { RouteTable: table } = await ec2.createRouteTable({ VpcId, ...tagged(names, "route-table", "private") });
  const RouteTableId = table!.RouteTableId!;
  for (const SubnetId of subnets) await ec2.associateRouteTable({ RouteTableId, SubnetId });
  for (const service of ["s3", "dynamodb"]) {
    await ec2.createVpcEndpoint({
      VpcId,
      ServiceName: `com.amazonaws.${names.region}.${service}`,
      VpcEndpointType: "Gateway",
      RouteTableIds: [RouteTableId],
      ...tagged(names, "vpc-endpoint", service),
    });
  }
  return { vpcId: VpcId, subnets, nessieGroup: await deployGroups(clients, names, VpcId) };
}

async function deployGroups({ ec2 }: Clients, names: Names, VpcId: string): Promise<string> {
  const group = async (name: string, Description: string) => {
    const settings = { GroupName: `${names.prefix}-${name}`, Description, VpcId };
    return (await ec2.createSecurityGroup({ ...settings, ...tagged(names, "security-group", name) })).GroupId!;
  };
  const tcp = (port: number) => ({ IpProtocol: "tcp", FromPort: port, ToPort: port });
  await group("dagster", "Dagster");
  const balancer = await group("nessie-alb", "Nessie load balancer");
  const IpRanges = [{ CidrIp: "10.0.0.0/8" }];
  const clients = [80, 443].map((port) => ({ ...tcp(port), IpRanges }));
  await ec2.authorizeSecurityGroupIngress({ GroupId: balancer, IpPermissions: clients });
  const nessie = await group("nessie-ecs", "Nessie tasks");
  const balancers = [{ ...tcp(19_120), UserIdGroupPairs: [{ GroupId: balancer }] }];
  await ec2.authorizeSecurityGroupIngress({ GroupId: nessie, IpPermissions: balancers });
  return nessie;
}
