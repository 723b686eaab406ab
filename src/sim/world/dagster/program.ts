import type { World } from "../world.ts";
import type { Program } from "./process.ts";
import { encryptingFileSystem, FILE_SYSTEM_VARIABLE } from "./table-writer.ts";

/** The image of the data team, by its release. */
const IMAGE = "lakehouse-dagster:2026.45.1";

/** Dagster's two programs: the webserver listens, the daemon (port 0) does not. Not small enough to run short of memory by themselves. */
export const DAGSTER_PROGRAMS = [
  { name: "dagster-webserver", port: 3000 },
  { name: "dagster-daemon", port: 0 },
] as const;

/** What one of Dagster's programs is made from, on ECS as in docker compose. */
export function dagsterProgram({ names, sns, nessie, ownKey }: World, name: string, port: number): Program {
  const registry = `${names.accountId}.dkr.ecr.${names.region}.amazonaws.com`;
  const topic = [...sns.byArn.values()].find((candidate) => candidate.name === names.alertTopic);
  const environment = {
    AWS_REGION: names.region,
    LAKEHOUSE_BACKEND: `aws-${names.catalogType}`,
    ...(nessie && { NESSIE_URI: `http://${nessie.loadBalancer.dnsName}/iceberg` }),
    [FILE_SYSTEM_VARIABLE]: encryptingFileSystem(ownKey?.arn),
    ...(topic && { ALERT_SNS_TOPIC_ARN: topic.arn }),
  };
  return {
    memoryMb: 2048,
    container: {
      name,
      image: `${registry}/${IMAGE}`,
      port,
      environment: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
      healthCommand:
        port === 0
          ? "dagster-daemon liveness-check || exit 1"
          : `curl -f http://localhost:${port}/server_info || exit 1`,
    },
    taskRoleArn: `arn:aws:iam::${names.accountId}:role/${names.prefix}-dagster-task`,
  };
}
