import * as ec2 from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { http } from "../../support/http.ts";
import { testSimulator } from "../../support/simulator.ts";

const MINUTE_MS = 60_000;

async function client() {
  const simulator = await testSimulator();
  return { ...simulator, ec2: new ec2.EC2Client(simulator.clients) };
}

test("without the rule from the load balancer, health checks time out; with it again, targets are healthy", async () => {
  const { ec2: network, world } = await client();
  const GroupId = world.lakehouse.service.securityGroups[0]!;
  const { SecurityGroups } = await network.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
  const { IpPermissions = [] } = SecurityGroups![0]!;
  await network.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  world.advanceBy(2 * MINUTE_MS);
  const targets = () => [...world.lakehouse.targetGroup.targets.values()];
  expect(targets().every((target) => target.state === "unhealthy" && target.reason === "Target.Timeout")).toBe(true);
  await network.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  world.advanceBy(8 * MINUTE_MS);
  expect(world.lakehouse.targetGroup.count("healthy")).toBe(2);
});

test("without the rule for clients, requests stop and a responder's are never answered", async () => {
  const { ec2: network, world, endpoint } = await client();
  const GroupId = world.lakehouse.loadBalancer.securityGroups[0]!;
  const requests = () => {
    const dimensions = [{ Name: "LoadBalancer", Value: world.lakehouse.traffic.loadBalancerDimension }];
    const key = { namespace: "AWS/ApplicationELB", name: "RequestCount", dimensions };
    return world.metrics.read(key, "Sum", MINUTE_MS, world.now() - 4 * MINUTE_MS, world.now(), world.now());
  };
  expect(requests().length).toBeGreaterThan(0);
  await network.send(
    new ec2.RevokeSecurityGroupIngressCommand({
      GroupId,
      IpProtocol: "tcp",
      FromPort: 80,
      ToPort: 80,
      CidrIp: "10.0.0.0/8",
    }),
  );
  world.advanceBy(10 * MINUTE_MS);
  expect(requests()).toEqual([]);
  expect(world.lakehouse.targetGroup.count("healthy")).toBe(2);
  await expect(fetch(`${endpoint}/nessie/api/v2/config`, { signal: AbortSignal.timeout(150) })).rejects.toMatchObject({
    name: "TimeoutError",
  });
  await network.send(
    new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpProtocol: "tcp",
      FromPort: 80,
      ToPort: 80,
      CidrIp: "10.8.0.0/16",
    }),
  );
  expect((await http(`${endpoint}/nessie/api/v2/config`)).status).toBe(200);
});

test("VPC, subnets, routes, gateway endpoints and their policies", async () => {
  const { ec2: network } = await client();
  const { Vpcs } = await network.send(new ec2.DescribeVpcsCommand({}));
  const VpcId = Vpcs![0]!.VpcId!;
  const Filters = [{ Name: "vpc-id", Values: [VpcId] }];
  const { Subnets } = await network.send(new ec2.DescribeSubnetsCommand({ Filters }));
  expect(Subnets?.map((subnet) => [subnet.CidrBlock, subnet.AvailabilityZone, subnet.AvailableIpAddressCount])).toEqual(
    [
      ["10.0.10.0/24", "us-east-1a", 249],
      ["10.0.11.0/24", "us-east-1b", 249],
    ],
  );
  const { VpcEndpoints } = await network.send(
    new ec2.DescribeVpcEndpointsCommand({ Filters: [...Filters, { Name: "service-name", Values: ["*.s3"] }] }),
  );
  const [endpoint] = VpcEndpoints!;
  expect(endpoint).toMatchObject({
    ServiceName: "com.amazonaws.us-east-1.s3",
    VpcEndpointType: "Gateway",
    State: "Available",
  });
  expect(JSON.parse(endpoint?.PolicyDocument ?? "").Statement[0].Effect).toBe("Allow");
  const { RouteTables } = await network.send(
    new ec2.DescribeRouteTablesCommand({
      Filters: [{ Name: "association.subnet-id", Values: [Subnets![0]!.SubnetId!] }],
    }),
  );
  expect(RouteTables?.[0]?.Routes?.map((route) => route.GatewayId)).toEqual([
    "local",
    endpoint?.VpcEndpointId,
    expect.stringMatching(/^vpce-/),
  ]);
  const VpcEndpointId = endpoint!.VpcEndpointId!;
  const PolicyDocument = JSON.stringify({
    Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" }],
  });
  const policy = async () =>
    (await network.send(new ec2.DescribeVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId] }))).VpcEndpoints?.[0]
      ?.PolicyDocument;
  await network.send(new ec2.ModifyVpcEndpointCommand({ VpcEndpointId, PolicyDocument }));
  expect(await policy()).toBe(PolicyDocument);
  await expect(
    network.send(new ec2.ModifyVpcEndpointCommand({ VpcEndpointId, PolicyDocument: "{" })),
  ).rejects.toMatchObject({ name: "InvalidPolicyDocument" });
  await network.send(new ec2.ModifyVpcEndpointCommand({ VpcEndpointId, ResetPolicy: true }));
  expect(await policy()).toBe(endpoint?.PolicyDocument);
});

test("network interfaces of the tasks and of the load balancer", async () => {
  const { ec2: network, world } = await client();
  const of = async (requester: string) =>
    (
      await network.send(
        new ec2.DescribeNetworkInterfacesCommand({ Filters: [{ Name: "requester-id", Values: [requester] }] }),
      )
    ).NetworkInterfaces ?? [];
  const tasks = await of("amazon-ecs");
  expect(tasks.map((found) => found.PrivateIpAddress)).toEqual(
    [...world.ecs.tasks.values()].map((task) => task.network.privateIp),
  );
  expect(tasks[0]?.Groups).toEqual([
    { GroupId: world.lakehouse.service.securityGroups[0], GroupName: "lakehouse-prod-nessie-ecs" },
  ]);
  const balancer = await of("amazon-elb");
  expect(balancer.map((found) => found.PrivateIpAddress)).toEqual(["10.0.10.5", "10.0.11.5"]);
  expect(balancer[0]?.Description).toMatch(/^ELB app\/lakehouse-prod-nessie\//);
  const { Regions } = await network.send(new ec2.DescribeRegionsCommand({ RegionNames: ["us-east-1"] }));
  expect(Regions).toEqual([
    { RegionName: "us-east-1", Endpoint: "ec2.us-east-1.amazonaws.com", OptInStatus: "opt-in-not-required" },
  ]);
});
