import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { FactReader } from "./reader.ts";

export const operations = ["ecs:DescribeServices", "ecs:DescribeTaskDefinition"];

/** Nessie's settings are Quarkus properties, given to the container as environment variables (Nessie server configuration). */
const STORE_TYPE = "NESSIE_VERSION_STORE_TYPE";
const TABLE_PREFIX = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX";

/** Nessie's service as it is set up. Of its environment only what is named here is kept: the rest may be secret. */
export interface NessieFacts {
  name: string;
  desired: number;
  taskDefinition: string;
  storeType?: string;
  /** DynamoDB's `table-prefix`: the tables are `<prefix>_refs` and `<prefix>_objs`, without one `refs` and `objs`. */
  tablePrefix?: string;
  tags: Record<string, string>;
}

/** Nessie's service; null where the lakehouse has none. */
export async function readNessie(reader: FactReader): Promise<NessieFacts | null> {
  const { nessie } = reader.context.deployment;
  if (!nessie) return null;
  const { services = [] } = await reader.call("ecs", "DescribeServices", {
    cluster: nessie.cluster,
    services: [nessie.service],
    include: ["TAGS"],
  });
  const [service] = services;
  if (!service?.taskDefinition) throw noService(nessie.cluster, nessie.service);
  const { taskDefinition } = await reader.call("ecs", "DescribeTaskDefinition", {
    taskDefinition: service.taskDefinition,
  });
  const containers = taskDefinition?.containerDefinitions ?? [];
  const container = containers.find(({ name }) => name === nessie.container) ?? containers[0];
  const setting = (variable: string) => container?.environment?.find(({ name }) => name === variable)?.value;
  const [storeType, tablePrefix] = [setting(STORE_TYPE), setting(TABLE_PREFIX)];
  return {
    name: nessie.service,
    desired: service.desiredCount ?? 0,
    taskDefinition: sanitizeLine(service.taskDefinition.split("/").at(-1) ?? ""),
    ...(storeType ? { storeType: sanitizeLine(storeType) } : {}),
    ...(tablePrefix ? { tablePrefix: sanitizeLine(tablePrefix) } : {}),
    tags: Object.fromEntries(
      (service.tags ?? []).map(({ key = "", value = "" }) => [sanitizeLine(key), sanitizeLine(value)]),
    ),
  };
}

const noService = (cluster: string, service: string) =>
  new Failure({
    kind: "not-found",
    what: `service ${service} in cluster ${cluster}`,
    why: "there is no such service in this account and region",
    next: "Check the names: mayday config shows where each comes from, mayday init looks for them.",
  });
