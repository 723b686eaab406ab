import type { FactSource } from "../fact.ts";
import { workloads } from "./workloads.ts";

/** A VPC endpoint of S3 on the route of Dagster's subnets. */
export interface S3Endpoint {
  id: string;
  vpcId: string;
  type: string;
  /** Its policy's JSON text. */
  policy: string;
  subnets: string[];
}

/** The endpoints of S3 through which Dagster's tasks reach it; none: they go by NAT or an internet gateway. */
export const s3Endpoints: FactSource<S3Endpoint[]> = {
  id: "s3-endpoints",
  title: "VPC endpoints of S3",
  operations: ["ec2:DescribeRouteTables", "ec2:DescribeVpcEndpoints"],
  async fetch(reader) {
    const places = await reader.need(workloads);
    const subnets = [...new Set(places.flatMap(({ subnets: own }) => own))];
    if (subnets.length === 0) return reader.absent("Dagster's tasks have no subnets that are known");
    const service = `com.amazonaws.${reader.where.region}.s3`;
    const [{ RouteTables = [] }, { VpcEndpoints = [] }] = await Promise.all([
      reader.call("ec2", "DescribeRouteTables", {
        Filters: [{ Name: "association.subnet-id", Values: subnets }],
      }),
      reader.call("ec2", "DescribeVpcEndpoints", { Filters: [{ Name: "service-name", Values: [service] }] }),
    ]);
    const routed = new Set(RouteTables.flatMap(({ RouteTableId }) => RouteTableId ?? []));
    const explicit = new Set(
      RouteTables.flatMap(({ Associations = [] }) => Associations.flatMap(({ SubnetId }) => SubnetId ?? [])),
    );
    // A subnet without an association of its own uses its VPC's main table.
    const some = VpcEndpoints.map(({ VpcId = "" }) => VpcId);
    if (subnets.some((subnet) => !explicit.has(subnet)) && some.length > 0) {
      const { RouteTables: main = [] } = await reader.call("ec2", "DescribeRouteTables", {
        Filters: [
          { Name: "association.main", Values: ["true"] },
          { Name: "vpc-id", Values: [...new Set(some)] },
        ],
      });
      for (const { RouteTableId } of main) if (RouteTableId) routed.add(RouteTableId);
    }
    return VpcEndpoints.filter(
      ({ RouteTableIds = [], SubnetIds = [], VpcEndpointType }) =>
        RouteTableIds.some((id) => routed.has(id)) ||
        (VpcEndpointType === "Interface" && SubnetIds.some((id) => subnets.includes(id))),
    ).map(({ VpcEndpointId = "", VpcId = "", VpcEndpointType = "", PolicyDocument = "" }) => ({
      id: VpcEndpointId,
      vpcId: VpcId,
      type: VpcEndpointType,
      policy: PolicyDocument,
      subnets,
    }));
  },
};
