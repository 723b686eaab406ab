import type { AwsCaller } from "../aws/contract.ts";
import { failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { ComposeDeployment } from "../config/deployment.ts";
import type { DockerOperations } from "../transports/docker/contract.ts";
import { type CheckResult, failed } from "./check.ts";

/** Whether docker answers here and knows the compose project; nothing where Dagster does not run in one. */
export async function dockerChecks(
  aws: AwsCaller,
  compose: ComposeDeployment | undefined,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  if (!compose) return [];
  const check = "docker";
  const { project, services } = compose;
  try {
    const { output } = await aws.callByName("docker", "ComposePs", { project, services }, { purpose: "poll", signal });
    const found = (output as DockerOperations["ComposePs"]["output"]).services;
    const missing = services.filter((service) => !found.some((one) => one.Service === service && one.containers > 0));
    if (missing.length > 0)
      return [
        {
          check,
          status: "fail",
          detail: `compose project ${sanitizeLine(project)} has no container of ${missing.map(sanitizeLine).join(", ")}`,
          next: "Check dagster.composeProject and dagster.composeServices; docker compose ls --all shows the projects.",
        },
      ];
    const words = found.map(({ Service, containers, up }) => `${sanitizeLine(Service)} ${up}/${containers} up`);
    return [{ check, status: "pass", detail: `compose project ${sanitizeLine(project)}: ${words.join(", ")}` }];
  } catch (error) {
    return [failed(check, failureDetail(signal.aborted ? signal.reason : error, "docker compose ps"))];
  }
}
