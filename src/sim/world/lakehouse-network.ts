import { defaultTags } from "./names.ts";
import { DEFAULT_ENDPOINT_POLICY, openEntries, type Rule } from "./network/model.ts";
import type { World } from "./world.ts";

/** Ids of the template's network, the same in every world. */
export const NETWORK_IDS = {
  vpc: "vpc-0a1b2c3d4e5f60718",
  balancerGroup: "sg-0a1b000000000000a",
  nessieGroup: "sg-0ec5000000000000a",
  dagsterGroup: "sg-0da9000000000000a",
  routeTable: "rtb-0a1b000000000000a",
  acl: "acl-0a1b000000000000a",
  s3Endpoint: "vpce-0530000000000000a",
  dynamoDbEndpoint: "vpce-0ddb000000000000a",
} as const;

/** Private subnets of the template. */
export const SUBNETS = ["a", "b"].map((letter, index) => ({
  letter,
  id: `subnet-0${letter.repeat(16)}`,
  prefix: `10.0.${10 + index}`,
}));

/** Where the load balancer's own interfaces are, and where Dagster and the responders come from. */
export const ADDRESSES = { balancer: "10.0.10.5", dagster: "10.0.11.200", responder: "10.8.0.17" };

/** Ports of the load balancer's listener that clients use, and of Nessie. */
export const PORTS = { listener: 80, nessie: 19120 };

const tcp = (port: number, peer: Rule["peer"]): Omit<Rule, "id"> => ({
  egress: false,
  protocol: "tcp",
  fromPort: port,
  toPort: port,
  peer,
});
const anywhere: Omit<Rule, "id"> = {
  egress: true,
  protocol: "-1",
  fromPort: -1,
  toPort: -1,
  peer: { cidr: "0.0.0.0/0" },
};

/** The template's network; the groups of Nessie only where its catalog is Nessie. */
export function addNetwork(world: World, createdAtMs: number): void {
  const { network, names } = world;
  const tags = (name: string) => ({ ...defaultTags(names), Name: `${names.prefix}-${name}` });
  const vpcId = NETWORK_IDS.vpc;
  network.vpcs.push({ id: vpcId, cidr: "10.0.0.0/16", tags: tags("vpc") });
  for (const { id, letter, prefix } of SUBNETS) {
    network.subnets.push({
      id,
      vpcId,
      zone: `${names.region}${letter}`,
      cidr: `${prefix}.0/24`,
      tags: tags(`private-${letter}`),
    });
  }
  network.routeTables.push({
    id: NETWORK_IDS.routeTable,
    vpcId,
    main: true,
    subnetIds: SUBNETS.map(({ id }) => id),
    tags: tags("private"),
  });
  network.acls.push({
    id: NETWORK_IDS.acl,
    vpcId,
    isDefault: true,
    subnetIds: SUBNETS.map(({ id }) => id),
    entries: openEntries(),
    tags: {},
  });
  const list = (id: string, service: string, cidrs: string[]) =>
    network.prefixLists.set(id, { id, name: `com.amazonaws.${names.region}.${service}`, cidrs, tags: {} });
  list("pl-63a5400a", "s3", ["52.216.0.0/15", "54.231.0.0/16"]);
  list("pl-02cd2c6b", "dynamodb", ["52.94.0.0/22"]);
  const endpoint = (id: string, service: string, prefixListId: string) =>
    network.endpoints.set(id, {
      id,
      vpcId,
      serviceName: `com.amazonaws.${names.region}.${service}`,
      prefixListId,
      policy: DEFAULT_ENDPOINT_POLICY,
      routeTableIds: [NETWORK_IDS.routeTable],
      createdAtMs,
      tags: tags(service),
    });
  endpoint(NETWORK_IDS.s3Endpoint, "s3", "pl-63a5400a");
  endpoint(NETWORK_IDS.dynamoDbEndpoint, "dynamodb", "pl-02cd2c6b");
  const group = (id: string, name: string, description: string, rules: readonly Omit<Rule, "id">[]) =>
    network.addGroup({ id, name: `${names.prefix}-${name}`, description, vpcId, tags: tags(name) }, rules);
  group(NETWORK_IDS.dagsterGroup, "dagster", "Dagster", [anywhere]);
  if (names.catalogType !== "nessie") return;
  const clients = { cidr: "10.0.0.0/8" };
  group(NETWORK_IDS.balancerGroup, "nessie-alb", "Nessie load balancer", [
    tcp(80, clients),
    tcp(443, clients),
    anywhere,
  ]);
  group(NETWORK_IDS.nessieGroup, "nessie-ecs", "Nessie tasks", [
    tcp(PORTS.nessie, { groupId: NETWORK_IDS.balancerGroup }),
    anywhere,
  ]);
}
