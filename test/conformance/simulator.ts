import { type RunningSimulator, type SimulatorOptions, startSimulator } from "../../src/sim/index.ts";
import { ACCOUNT_ID, LOOK, REGION } from "./server.ts";

/**
 * A simulator with the contract's account, at the machine's time. It has what no operation that it serves can make and the
 * template does not have: a console password and a group.
 */
export async function conformanceSimulator(options: Partial<SimulatorOptions>): Promise<RunningSimulator> {
  const base = { scenario: "quiet", accountId: ACCOUNT_ID, region: REGION, rateLimits: false };
  const simulator = await startSimulator({ ...base, ...options });
  const { iam, epochMs } = simulator.world;
  const uploader = iam.users.get("ci-uploader")!;
  uploader.loginProfile = { createdAtMs: epochMs };
  uploader.groups.push(iam.addGroup("pipelines", { createdAtMs: epochMs, inline: { look: LOOK } }));
  return simulator;
}
