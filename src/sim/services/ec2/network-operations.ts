import type * as Wire from "@aws-sdk/client-ec2";
import type { Operations } from "../../wire/types.ts";
import { DEFAULT_ENDPOINT_POLICY, type RouteTable, type VpcEndpoint } from "../../world/network/model.ts";
import type { Region } from "../../world/region.ts";
import { described, ec2Error, filtered, tagList } from "./filters.ts";
import { refuseDryRun } from "./group-operations.ts";
import { interfaceOperations, interfacesOf } from "./interfaces.ts";

/** Regions that every account has without asking for them (AWS general reference), as far as the lakehouse may be in one. */
const REGIONS = [
  "ap-northeast-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
];

/** Free addresses that AWS keeps of a subnet's own: five of each (VPC user guide). */
const RESERVED_ADDRESSES = 5;

function endpointView(endpoint: VpcEndpoint, ownerId: string): Wire.VpcEndpoint {
  return {
    VpcEndpointId: endpoint.id,
    VpcEndpointType: "Gateway",
    VpcId: endpoint.vpcId,
    ServiceName: endpoint.serviceName,
    State: "Available",
    PolicyDocument: endpoint.policy,
    RouteTableIds: endpoint.routeTableIds,
    SubnetIds: [],
    Groups: [],
    PrivateDnsEnabled: false,
    CreationTimestamp: new Date(endpoint.createdAtMs),
    Tags: tagList(endpoint.tags),
    OwnerId: ownerId,
  };
}

function routesOf(region: Region, table: RouteTable): Wire.Route[] {
  const vpc = region.network.vpcs.find((candidate) => candidate.id === table.vpcId);
  const local: Wire.Route = {
    DestinationCidrBlock: vpc?.cidr,
    GatewayId: "local",
    State: "active",
    Origin: "CreateRouteTable",
  };
  const gateways = [...region.network.endpoints.values()].filter((endpoint) =>
    endpoint.routeTableIds.includes(table.id),
  );
  return [
    local,
    ...gateways.map(
      ({ id, prefixListId }): Wire.Route => ({
        DestinationPrefixListId: prefixListId,
        GatewayId: id,
        State: "active",
        Origin: "CreateRoute",
      }),
    ),
  ];
}

function checkPolicy(policy: string): string {
  try {
    JSON.parse(policy);
    return policy;
  } catch {
    throw ec2Error("InvalidPolicyDocument", "The policy document is not valid JSON");
  }
}

/** VPC, subnets, route tables, gateway endpoints, network interfaces. */
export function networkOperations(region: Region): Operations<typeof Wire> {
  const { network, names } = region;
  return {
    DescribeVpcs: (input) => {
      const named = network.vpcs.filter((vpc) => !input.VpcIds || input.VpcIds.includes(vpc.id));
      const page = described(
        filtered(
          named,
          input.Filters,
          (name, vpc) => ({ "vpc-id": [vpc.id], cidr: [vpc.cidr], "is-default": ["false"] })[name],
        ),
        input,
      );
      return {
        Vpcs: page.items.map((vpc) => ({
          VpcId: vpc.id,
          CidrBlock: vpc.cidr,
          State: "available" as const,
          IsDefault: false,
          OwnerId: names.accountId,
          Tags: tagList(vpc.tags),
        })),
        NextToken: page.next,
      };
    },
    DescribeSubnets: (input) => {
      const named = network.subnets.filter((subnet) => !input.SubnetIds || input.SubnetIds.includes(subnet.id));
      const found = filtered(
        named,
        input.Filters,
        (name, subnet) =>
          ({
            "subnet-id": [subnet.id],
            "vpc-id": [subnet.vpcId],
            "availability-zone": [subnet.zone],
            "cidr-block": [subnet.cidr],
          })[name],
      );
      const page = described(found, input);
      const used = interfacesOf(region);
      return {
        Subnets: page.items.map((subnet) => ({
          SubnetId: subnet.id,
          VpcId: subnet.vpcId,
          AvailabilityZone: subnet.zone,
          CidrBlock: subnet.cidr,
          State: "available" as const,
          MapPublicIpOnLaunch: false,
          AvailableIpAddressCount:
            2 ** (32 - Number(subnet.cidr.split("/")[1])) -
            RESERVED_ADDRESSES -
            used.filter(({ subnetId }) => subnetId === subnet.id).length,
          Tags: tagList(subnet.tags),
        })),
        NextToken: page.next,
      };
    },
    DescribeRouteTables: (input) => {
      const named = network.routeTables.filter(
        (table) => !input.RouteTableIds || input.RouteTableIds.includes(table.id),
      );
      const found = filtered(
        named,
        input.Filters,
        (name, table) =>
          ({
            "route-table-id": [table.id],
            "vpc-id": [table.vpcId],
            "association.subnet-id": table.subnetIds,
            "association.main": [String(table.main)],
          })[name],
      );
      const page = described(found, input);
      return {
        RouteTables: page.items.map((table) => ({
          RouteTableId: table.id,
          VpcId: table.vpcId,
          OwnerId: names.accountId,
          Routes: routesOf(region, table),
          Associations: table.subnetIds.map((SubnetId) => ({
            RouteTableAssociationId: SubnetId.replace("subnet", "rtbassoc"),
            RouteTableId: table.id,
            SubnetId,
            Main: false,
            AssociationState: { State: "associated" as const },
          })),
          Tags: tagList(table.tags),
        })),
        NextToken: page.next,
      };
    },
    DescribeVpcEndpoints: (input) => {
      const unknown = input.VpcEndpointIds?.find((id) => !network.endpoints.has(id));
      if (unknown !== undefined)
        throw ec2Error("InvalidVpcEndpointId.NotFound", `The Vpc Endpoint Id '${unknown}' does not exist`);
      const named = [...network.endpoints.values()].filter(
        (endpoint) => !input.VpcEndpointIds || input.VpcEndpointIds.includes(endpoint.id),
      );
      const found = filtered(
        named,
        input.Filters,
        (name, endpoint) =>
          ({
            "vpc-endpoint-id": [endpoint.id],
            "vpc-id": [endpoint.vpcId],
            "service-name": [endpoint.serviceName],
            "vpc-endpoint-type": ["Gateway"],
            "vpc-endpoint-state": ["available"],
          })[name],
      );
      const page = described(found, input);
      return {
        VpcEndpoints: page.items.map((endpoint) => endpointView(endpoint, names.accountId)),
        NextToken: page.next,
      };
    },
    ModifyVpcEndpoint: (input) => {
      const endpoint = network.endpoints.get(input.VpcEndpointId ?? "");
      if (!endpoint)
        throw ec2Error("InvalidVpcEndpointId.NotFound", `The Vpc Endpoint Id '${input.VpcEndpointId}' does not exist`);
      if (input.ResetPolicy && input.PolicyDocument !== undefined)
        throw ec2Error(
          "InvalidParameterCombination",
          "The parameters PolicyDocument and ResetPolicy cannot be used together",
        );
      const policy = input.ResetPolicy ? DEFAULT_ENDPOINT_POLICY : checkPolicy(input.PolicyDocument ?? endpoint.policy);
      refuseDryRun(input);
      endpoint.policy = policy;
      const removed = input.RemoveRouteTableIds ?? [];
      endpoint.routeTableIds = [...new Set([...endpoint.routeTableIds, ...(input.AddRouteTableIds ?? [])])].filter(
        (id) => !removed.includes(id),
      );
      return { Return: true };
    },
    ...interfaceOperations(region),
    DescribeRegions: (input) => {
      const all = [...new Set([...REGIONS, names.region])].sort();
      const chosen = all.filter((name) => !input.RegionNames || input.RegionNames.includes(name));
      return {
        Regions: chosen.map((RegionName) => ({
          RegionName,
          Endpoint: `ec2.${RegionName}.amazonaws.com`,
          OptInStatus: "opt-in-not-required",
        })),
      };
    },
    DescribeFlowLogs: () => ({ FlowLogs: [] }),
  };
}
