import type * as Wire from "@aws-sdk/client-ec2";
import type { Operations } from "../../wire/types.ts";
import type { Task } from "../../world/ecs/model.ts";
import type { LoadBalancer } from "../../world/lakehouse.ts";
import type { Tags } from "../../world/network/model.ts";
import type { Region } from "../../world/region.ts";
import { described, filtered } from "./filters.ts";

/** A network interface of a task or of a load balancer. */
interface Interface {
  id: string;
  ip: string;
  subnetId: string;
  zone: string;
  groups: string[];
  description: string;
  requester: string;
  tags: Tags;
}

const taskInterface = (task: Task): Interface => ({
  id: task.network.eniId,
  ip: task.network.privateIp,
  subnetId: task.network.subnetId,
  zone: task.network.zone,
  groups: task.service.securityGroups,
  description: task.arn.replace(":task/", ":attachment/"),
  requester: "amazon-ecs",
  tags: {},
});

function balancerInterfaces(balancer: LoadBalancer): Interface[] {
  return balancer.zones.map(({ zone, subnetId }, index) => ({
    id: `eni-0a1b${String(index).padStart(13, "0")}`,
    // The interface of the second zone is in the next subnet.
    ip:
      index === 0
        ? balancer.ip
        : balancer.ip.replace(/\d+(\.\d+)$/, (rest) => `${Number(rest.split(".")[0]) + index}.${rest.split(".")[1]}`),
    subnetId,
    zone,
    groups: balancer.securityGroups,
    description: `ELB ${balancer.arn.split(":loadbalancer/")[1]}`,
    requester: "amazon-elb",
    tags: {},
  }));
}

/** Interfaces of tasks that have one, and of the load balancers. */
export function interfacesOf(region: Region): Interface[] {
  const tasks = [...region.ecs.tasks.values()].filter((task) => !["PROVISIONING", "STOPPED"].includes(task.lastStatus));
  return [...tasks.map(taskInterface), ...[...region.loadBalancers.values()].flatMap(balancerInterfaces)];
}

function interfaceView(region: Region, found: Interface): Wire.NetworkInterface {
  return {
    NetworkInterfaceId: found.id,
    PrivateIpAddress: found.ip,
    SubnetId: found.subnetId,
    VpcId: region.network.subnets.find((subnet) => subnet.id === found.subnetId)?.vpcId,
    AvailabilityZone: found.zone,
    Groups: found.groups.map((GroupId) => ({ GroupId, GroupName: region.network.groups.get(GroupId)?.name })),
    Description: found.description,
    InterfaceType: "interface",
    RequesterId: found.requester,
    RequesterManaged: true,
    Status: "in-use",
    OwnerId: region.names.accountId,
  };
}

/** Network interfaces, all of them managed by AWS. */
export function interfaceOperations(region: Region): Operations<typeof Wire> {
  return {
    DescribeNetworkInterfaces: (input) => {
      const named = interfacesOf(region).filter(
        ({ id }) => !input.NetworkInterfaceIds || input.NetworkInterfaceIds.includes(id),
      );
      const found = filtered(
        named,
        input.Filters,
        (name, one) =>
          ({
            "network-interface-id": [one.id],
            "group-id": one.groups,
            "subnet-id": [one.subnetId],
            "private-ip-address": [one.ip],
            description: [one.description],
            "requester-id": [one.requester],
            status: ["in-use"],
          })[name],
      );
      const page = described(found, input);
      return { NetworkInterfaces: page.items.map((one) => interfaceView(region, one)), NextToken: page.next };
    },
  };
}
