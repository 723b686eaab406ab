import type { Names } from "../../src/sim/world/names.ts";
import type { Clients } from "./clients.ts";
import { deployLoadBalancer, deployService } from "./moto-template/compute.ts";
import { deployData, deployTopic } from "./moto-template/data.ts";
import { deployIdentities } from "./moto-template/identities.ts";
import { deployNetwork } from "./moto-template/network.ts";
import { deployLogs, deployMetrics, deployTrail } from "./moto-template/observation.ts";

/** Deploys at moto what the simulator's lakehouse consists of, as far as the contract's cases need it. */
export async function deployTemplate(clients: Clients, names: Names): Promise<void> {
  await deployIdentities(clients, names);
  const network = await deployNetwork(clients, names);
  const targetGroupArn = await deployLoadBalancer(clients, names, network);
  await deployService(clients, names, network, targetGroupArn);
  await deployLogs(clients, names);
  await deployMetrics(clients, names);
  await deployData(clients, names);
  await deployTopic(clients, names);
  await deployTrail(clients, names);
}
