import type { AwsLayer } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { ComposeDeployment } from "../config/deployment.ts";
import { ownCommand } from "./simulator-process.ts";

/**
 * The client layer with docker beside it, where Dagster runs in docker compose; otherwise the layer itself. A simulated incident reaches
 * the simulator's docker only: whatever is on this host is not touched.
 */
export async function withDocker(
  aws: AwsLayer,
  compose: ComposeDeployment | undefined,
  clock: Clock,
  { simulated }: { simulated: boolean },
): Promise<AwsLayer> {
  if (!compose) return aws;
  const [{ dockerTransport }, { withTransports }] = await Promise.all([
    import("../transports/docker/transport.ts"),
    import("../transports/route.ts"),
  ]);
  const docker = dockerTransport({
    clock,
    environment: process.env,
    ...(compose.dockerHost === undefined ? {} : { dockerHost: compose.dockerHost }),
    ...(simulated ? { command: [...ownCommand(), "sim-docker", aws.endpoint ?? ""] } : {}),
  });
  return withTransports(aws, [docker], clock);
}
