import { Failure } from "../../base/failure.ts";
import type { FactSource } from "../fact.ts";
import { METRIC_OPERATIONS, type Metric, readMetrics, type Series } from "../sources/metrics.ts";
import { loadBalancer } from "./network-facts.ts";
import { namesOf, nessieDefinitions, nessieService } from "./service-facts.ts";

const MINUTE_MS = 60_000;

/** CPU and memory of the service, percent of what its tasks reserve. */
export const nessieUtilisation: FactSource<{ cpu: Series; cpuMaximum: Series; memory: Series; memoryMaximum: Series }> =
  {
    id: "nessie-utilisation",
    title: "CPU and memory of Nessie",
    operations: METRIC_OPERATIONS,
    fetch(reader) {
      const { cluster, service } = namesOf(reader);
      const metric = (name: string, stat: Metric["stat"]): Metric => ({
        namespace: "AWS/ECS",
        name,
        stat,
        dimensions: { ClusterName: cluster, ServiceName: service },
      });
      const metrics = {
        cpu: metric("CPUUtilization", "Average"),
        cpuMaximum: metric("CPUUtilization", "Maximum"),
        memory: metric("MemoryUtilization", "Average"),
        memoryMaximum: metric("MemoryUtilization", "Maximum"),
      };
      return readMetrics(reader, metrics, reader.window.fromMs, reader.window.toMs);
    },
  };

/** What the load balancer counted. CloudWatch has a minute only where there was something to count. */
export const balancerTraffic: FactSource<{ requests: Series; balancerErrors: Series; targetErrors: Series }> = {
  id: "balancer-traffic",
  title: "requests at the load balancer",
  operations: METRIC_OPERATIONS,
  async fetch(reader) {
    const { arn } = await reader.need(loadBalancer);
    const metric = (name: string): Metric => ({
      namespace: "AWS/ApplicationELB",
      name,
      stat: "Sum",
      dimensions: { LoadBalancer: arn.slice(arn.indexOf(":loadbalancer/") + ":loadbalancer/".length) },
    });
    const metrics = {
      requests: metric("RequestCount"),
      balancerErrors: metric("HTTPCode_ELB_5XX_Count"),
      targetErrors: metric("HTTPCode_Target_5XX_Count"),
    };
    return readMetrics(reader, metrics, reader.window.fromMs, reader.window.toMs);
  },
};

/** A DynamoDB table of Nessie's. */
export interface CatalogTable {
  name: string;
  onDemand: boolean;
  /** Request units a second that the table itself allows; undefined: no maximum of its own. */
  maximum: { read?: number; write?: number };
  provisioned: { read: number; write: number };
}

/** Nessie's settings of the DynamoDB store (Nessie server configuration, nessie.version.store.persist.dynamodb.table-prefix). */
const PREFIX_VARIABLE = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX";

/** The DynamoDB tables that Nessie really uses: `<prefix>_refs` and `<prefix>_objs` by its own configuration, and those of the deployment. */
export const catalogTables: FactSource<CatalogTable[]> = {
  id: "catalog-tables",
  title: "Nessie's DynamoDB tables",
  operations: ["dynamodb:DescribeTable"],
  async fetch(reader) {
    const { tables, container } = namesOf(reader);
    const [service, definitions] = await Promise.all([reader.fact(nessieService), reader.fact(nessieDefinitions)]);
    const current =
      service.status === "known" && definitions.status === "known"
        ? definitions.value.get(service.value.taskDefinition)
        : undefined;
    const variables = current?.containers.find(({ name }) => name === container)?.environment ?? {};
    const prefixes = [...new Set([variables[PREFIX_VARIABLE] ?? [], tables].flat())];
    const names = [...new Set(prefixes.flatMap((prefix) => [`${prefix}_refs`, `${prefix}_objs`, prefix]))];
    const found = await Promise.all(
      names.map(async (TableName) => {
        try {
          const { Table } = await reader.call("dynamodb", "DescribeTable", { TableName });
          return Table;
        } catch (error) {
          // Not every name is a table: which of them are is what is asked.
          if (error instanceof Failure && error.kind === "not-found") return undefined;
          throw error;
        }
      }),
    );
    return found.flatMap((table) => {
      if (!table) return [];
      const { MaxReadRequestUnits: read = -1, MaxWriteRequestUnits: write = -1 } = table.OnDemandThroughput ?? {};
      const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = table.ProvisionedThroughput ?? {};
      return [
        {
          name: table.TableName ?? "",
          onDemand: table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST",
          maximum: { ...(read > 0 ? { read } : {}), ...(write > 0 ? { write } : {}) },
          provisioned: { read: ReadCapacityUnits, write: WriteCapacityUnits },
        },
      ];
    });
  },
};

/**
 * The operations by which DynamoDB publishes ThrottledRequests: it exists per TableName and Operation only (Amazon DynamoDB developer
 * guide, metrics and dimensions), which is why an alarm on the table alone never fires.
 */
const OPERATIONS = [
  "GetItem",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "Query",
  "Scan",
  "BatchGetItem",
  "BatchWriteItem",
  "TransactGetItems",
  "TransactWriteItems",
];

export interface Throttles {
  table: string;
  operation: string;
  refused: Series;
}

/** How far back throttling is looked for, domain ms. */
const THROTTLES_MS = 15 * MINUTE_MS;

/** Requests that DynamoDB refused in the last quarter of an hour, by table and operation; those without any left out. */
export const catalogThrottles: FactSource<Throttles[]> = {
  id: "catalog-throttles",
  title: "throttled requests on Nessie's tables",
  operations: METRIC_OPERATIONS,
  async fetch(reader) {
    const tables = await reader.need(catalogTables);
    const asked = tables.flatMap(({ name: table }) => OPERATIONS.map((operation) => ({ table, operation })));
    const metrics = Object.fromEntries(
      asked.map(({ table, operation }, i): [string, Metric] => [
        String(i),
        {
          namespace: "AWS/DynamoDB",
          name: "ThrottledRequests",
          stat: "Sum",
          dimensions: { TableName: table, Operation: operation },
        },
      ]),
    );
    const { toMs } = reader.window;
    const found = await readMetrics(reader, metrics, toMs - THROTTLES_MS, toMs);
    return asked.flatMap((one, i) => {
      const refused = found[String(i)] ?? [];
      return refused.some(({ value }) => value > 0) ? [{ ...one, refused }] : [];
    });
  },
};
