import type { Scenario } from "../scenario.ts";
import { Colleague } from "../world/colleague.ts";
import { steadyBehaviour, type TaskBehaviour } from "../world/ecs/behaviour.ts";
import type { Task } from "../world/ecs/model.ts";
import { History } from "../world/history.ts";
import { quarkusLine } from "../world/logs/nessie-lines.ts";
import { SAMPLE_PERIOD_MS } from "../world/metrics/traffic.ts";
import { tableNames } from "../world/nessie/persist.ts";
import type { RandomStream } from "../world/random.ts";
import type { World } from "../world/world.ts";
import { nessieContained, nessieHealthyFor } from "./conditions.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
/** Somebody limits the table to save money; at night's ordinary load that is enough. */
const LIMITED_MS = -50 * MINUTE_MS;
const MAXIMUM_READ_UNITS = 12;
/** A compaction job starts and reads the whole catalog with every step. */
const JOB_BEGINS_MS = -12 * MINUTE_MS;
const JOB_REQUESTS_PER_SECOND = 40;
/** Read request units that Nessie needs of its objects table for one request a second of its clients. */
const UNITS_PER_REQUEST = 0.75;

const objectsTable = (world: World) => world.dynamodb.byName.get(tableNames(world.names.nessieTablePrefix).objs);

/** Share of Nessie's reads that the table's maximum refuses now, 0 to 1. */
function refusedShare(world: World): number {
  const maximum = objectsTable(world)?.maximum.read ?? Number.POSITIVE_INFINITY;
  return Math.max(0, 1 - maximum / (world.lakehouse.traffic.requestsPerSecond * UNITS_PER_REQUEST));
}

function throttledLine(atMs: number, table: string, random: RandomStream): string {
  const reason = "Throughput exceeds the maximum OnDemandThroughput configured on table or index.";
  const requestId = random.hex(32).toUpperCase();
  const thread = `executor-thread-${random.whole(1, 24)}`;
  if (random.next() < 0.7) {
    const text = `Fetching objects from ${table} failed: software.amazon.awssdk.services.dynamodb.model.ThrottlingException: ${reason} (Service: DynamoDb, Status Code: 400, Request ID: ${requestId})`;
    return quarkusLine(atMs, "WARN", "org.pro.ver.sto.dyn.DynamoDBPersist", thread, text);
  }
  const text = `Request GET /api/v2/trees/main/entries answered with 503 after ${random.whole(3, 9)} retries: backend throttled (ThrottlingException)`;
  return quarkusLine(atMs, "ERROR", "org.pro.ser.res.RestV2TreeResource", thread, text);
}

/** A task whose answers wait for retries against DynamoDB, or fail. Its health check reads one small item and passes. */
function waiting(world: World, refused: History, task: Task, random: RandomStream): TaskBehaviour {
  const steady = steadyBehaviour(random);
  const table = tableNames(world.names.nessieTablePrefix).objs;
  const startedAtMs = task.startedAtMs ?? world.kernel.nowMs;
  const share = (ageMs: number) => refused.atMinuteOf(startedAtMs + ageMs);
  return {
    ...steady,
    // Threads wait, the processor does not.
    cpuAt: (ageMs) => steady.cpuAt(ageMs) * (1 - 0.3 * share(ageMs)),
    latencyMsAt: (ageMs) => steady.latencyMsAt(ageMs) * (1 + 120 * share(ageMs) ** 2),
    errorShareAt: (ageMs) => Math.max(0, share(ageMs) - 0.3) * 0.6,
    trouble: {
      share: (ageMs) => 0.6 * share(ageMs),
      line: (atMs, _ageMs, stream) => throttledLine(atMs, table, stream),
    },
  };
}

/** Keeps DynamoDB's refusals in step with the table's maximum and the load. */
function followMaximum(world: World, refused: History): void {
  const { kernel, dynamodb, lakehouse } = world;
  const table = tableNames(world.names.nessieTablePrefix).objs;
  let off: (() => void)[] = [];
  let before = 0;
  kernel.every(kernel.nowMs, SAMPLE_PERIOD_MS, () => {
    const share = refusedShare(world);
    refused.note(kernel.nowMs, share);
    if (share === before) return;
    before = share;
    for (const end of off) end();
    // Eventually consistent reads cost half a unit.
    const refusedReads = lakehouse.traffic.requestsPerSecond * UNITS_PER_REQUEST * 2 * share;
    const throttle = (operation: string, part: number) =>
      dynamodb.throttles.add({ table, operation, cause: "table-maximum", share, perSecond: refusedReads * part });
    off = share > 0 ? [throttle("GetItem", 0.6), throttle("BatchGetItem", 0.4)] : [];
    world.journal.note(kernel.nowMs, `table ${table} refuses ${Math.round(share * 100)} % of the reads`);
  });
}

function arrange(world: World): void {
  const { kernel, lakehouse } = world;
  const refused = new History();
  world.behaviourOf = (task, random) => waiting(world, refused, task, random);
  runNessieForDays(world, "dynamodb-throttling");
  followMaximum(world, refused);
  kernel.at(world.epochMs + LIMITED_MS, () => {
    const table = objectsTable(world);
    if (!table) return;
    table.maximum = { read: MAXIMUM_READ_UNITS };
    Colleague.inRole(world, "platform-engineer", "cost-review").did({
      source: "dynamodb",
      name: "UpdateTable",
      input: { tableName: table.name, onDemandThroughput: { maxReadRequestUnits: MAXIMUM_READ_UNITS } },
      resources: [{ ResourceType: "AWS::DynamoDB::Table", ResourceName: table.name }],
    });
  });
  kernel.at(world.epochMs + JOB_BEGINS_MS, () => {
    lakehouse.traffic.requestsPerSecond += JOB_REQUESTS_PER_SECOND;
  });
}

/** DynamoDB refuses what Nessie asks of its objects table, because the on-demand table has a maximum of its own. */
export const dynamodbThrottling: Scenario = {
  id: "dynamodb-throttling",
  title: "Nessie is slow and answers 5xx",
  description:
    "DynamoDB throttles Nessie's objects table: latency and 5xx rise while tasks and targets are healthy, the log says ThrottlingException, and the alarm for throttling stays silent.",
  catalogs: ["nessie"],
  diagnosis: {
    verdict: "dynamodb-throttling",
    text: "ThrottledRequests of <prefix>_objs rise for GetItem and BatchGetItem (per operation; the alarm looks at another table and lacks the dimension). The table is on-demand already, but has a maximum throughput (DescribeTable: OnDemandThroughput) that somebody set with UpdateTable.",
  },
  contained: {
    text: "DynamoDB refuses nothing on Nessie's tables any more, or Nessie is held at zero.",
    holds: (world) => refusedShare(world) === 0 || nessieContained.holds(world),
  },
  resolved: {
    text: "The table's maximum is above what Nessie needs, or gone (UpdateTable with OnDemandThroughput), nothing is refused, and all targets have been healthy for five minutes. The load of the job is legitimate and stays.",
    holds: (world) =>
      refusedShare(world) === 0 &&
      world.dynamodb.throttles.active.length === 0 &&
      nessieHealthyFor(world, 5 * MINUTE_MS),
  },
  arrange,
};
