import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient, ListServicesCommand } from "@aws-sdk/client-ecs";
import { DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { LAUNCHER, SIMULATED_CREDENTIALS } from "../test/support/terminal-program.ts";
import { benchScenarioSize } from "./scenario-size.ts";
import { HelperProcess } from "./support/helper-process.ts";
import { cpuMs, rssMb } from "./support/process-usage.ts";
import { cockpitRequests, sendAll, type WireRequest } from "./support/wire-requests.ts";
import { median, type Row } from "./table.ts";

const script = (name: string) => join(import.meta.dirname, "support", name);
const CONNECTIONS = 8;
const WARM_UP = 700;

interface Rate {
  perSecond: number;
  /** Requests per second of the server's own CPU time: what one core serves when nobody else uses it. */
  perCpuSecond: number;
  bytes: Map<string, number>;
}

async function rateOf(server: HelperProcess, endpoint: string, requests: WireRequest[], count: number): Promise<Rate> {
  await sendAll(endpoint, requests, WARM_UP, CONNECTIONS);
  const before = cpuMs(server.pid);
  const { elapsedMs, bytes } = await sendAll(endpoint, requests, count, CONNECTIONS);
  const usedMs = cpuMs(server.pid) - before;
  return { perSecond: (count * 1000) / elapsedMs, perCpuSecond: (count * 1000) / usedMs, bytes };
}

/** Requests per second of a cockpit's reads, beside a bare node:http server that answers with as many bytes. */
export async function benchRequests(count: number): Promise<Row[]> {
  const simulator = new HelperProcess([script("plain-simulator.ts")]);
  const bare = new HelperProcess([script("bare-server.ts")]);
  try {
    const { endpoint } = await simulator.next<{ endpoint: string }>();
    const requests = await cockpitRequests(endpoint);
    const measured = await rateOf(simulator, endpoint, requests, count);
    const sized = requests.map((one) => ({
      ...one,
      headers: { ...one.headers, "x-size": String(measured.bytes.get(one.name)) },
    }));
    const { endpoint: bareEndpoint } = await bare.next<{ endpoint: string }>();
    const reference = await rateOf(bare, bareEndpoint, sized, count);
    const row = (name: string, pick: (rate: Rate) => number): Row => ({
      name,
      value: pick(measured),
      unit: "requests/s",
      reference: pick(reference),
      referenceName: "a bare node:http server",
      ratio: pick(measured) / pick(reference),
    });
    const each: Row[] = [];
    for (const one of requests) {
      const { perCpuSecond } = await rateOf(simulator, endpoint, [one], Math.ceil(count / requests.length));
      each.push({ name: `${one.name}, per second of CPU`, value: perCpuSecond, unit: "requests/s" });
    }
    return [
      row("requests, the mix, per second", ({ perSecond }) => perSecond),
      row("requests, the mix, per second of the server's CPU", ({ perCpuSecond }) => perCpuSecond),
      ...each,
    ];
  } finally {
    await Promise.all([simulator.end(), bare.end()]);
  }
}

interface LargeWorld {
  endpoint: string;
  buildMs: number;
  hourMs: number;
  counts: { services: number; healthyTargets: number; alarms: number };
  startMs: number;
}

/** A world of 200 services, 2 000 targets, 500 alarms, 1 000 000 log events and 1 000 000 object versions. */
export async function benchLargeWorld(): Promise<Row[]> {
  const server = new HelperProcess([script("large-world.ts")]);
  try {
    const world = await server.next<LargeWorld>();
    const pages = await pageTimes(world);
    return [
      { name: "large world: services", value: world.counts.services, unit: "" },
      { name: "large world: healthy targets after the hour", value: world.counts.healthyTargets, unit: "" },
      { name: "large world: alarms", value: world.counts.alarms, unit: "" },
      { name: "large world: built", value: world.buildMs, unit: "ms" },
      { name: "large world: an hour of virtual time", value: world.hourMs, unit: "ms" },
      ...pages,
      { name: "large world: memory (RSS)", value: rssMb(server.pid), unit: "MB" },
    ];
  } finally {
    await server.end();
  }
}

/** Machine ms of one page of each list, the middle of five, with the SDK client's own work. */
async function pageTimes({ endpoint, startMs }: LargeWorld): Promise<Row[]> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = SIMULATED_CREDENTIALS;
  const clients = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey },
    disableClockSkewCorrection: true,
  };
  const ecs = new ECSClient(clients);
  const balancing = new ElasticLoadBalancingV2Client(clients);
  const watch = new CloudWatchClient(clients);
  const logs = new CloudWatchLogsClient(clients);
  const s3 = new S3Client({ ...clients, forcePathStyle: true });
  const lists: [name: string, ask: () => Promise<unknown>][] = [
    ["100 services", () => ecs.send(new ListServicesCommand({ cluster: "large", maxResults: 100 }))],
    ["201 target groups", () => balancing.send(new DescribeTargetGroupsCommand({}))],
    ["100 alarms", () => watch.send(new DescribeAlarmsCommand({ MaxRecords: 100 }))],
    [
      "10 000 log events or 1 MB",
      () => logs.send(new FilterLogEventsCommand({ logGroupName: "/large", startTime: startMs - 1_800_000 })),
    ],
    [
      "1 000 object versions, in the middle",
      () => s3.send(new ListObjectVersionsCommand({ Bucket: "large-bucket", KeyMarker: "data/part-100000" })),
    ],
  ];
  const rows: Row[] = [];
  for (const [name, ask] of lists) {
    await ask();
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const startedMs = performance.now();
      await ask();
      times.push(performance.now() - startedMs);
    }
    rows.push({ name: `large world: a page, ${name}`, value: median(times), unit: "ms" });
  }
  return rows;
}

/** From the start of `mayday sim` (the built program) to its first answer, beside bare `node -e 0`; the runs alternate, the first is not counted. */
export async function benchSimulatorStart(runs: number): Promise<Row[]> {
  const bare: number[] = [];
  const listening: number[] = [];
  const answered: number[] = [];
  const used: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const bareStartedMs = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    const bareMs = performance.now() - bareStartedMs;
    const startedMs = performance.now();
    const program = new HelperProcess([LAUNCHER, "sim", "nessie-oom", "--announce", "json", "--end-with-stdin"]);
    const { endpoint } = await program.next<{ endpoint: string }>();
    const listeningMs = performance.now() - startedMs;
    const answer = await fetch(endpoint, {
      method: "POST",
      headers: {
        authorization:
          "AWS4-HMAC-SHA256 Credential=simulated/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0",
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AmazonEC2ContainerServiceV20141113.DescribeServices",
      },
      body: JSON.stringify({ cluster: "lakehouse-prod-nessie", services: ["nessie"] }),
    });
    await answer.text();
    const answeredMs = performance.now() - startedMs;
    const usedMs = cpuMs(program.pid);
    await program.end();
    if (answer.status !== 200) throw new Error(`the first answer has status ${answer.status}`);
    if (run === 0) continue;
    bare.push(bareMs);
    listening.push(listeningMs);
    answered.push(answeredMs);
    used.push(usedMs);
  }
  const reference = median(bare);
  const row = (name: string, values: number[]): Row => {
    const value = median(values);
    return { name, value, unit: "ms", reference, referenceName: "node -e 0", ratio: value / reference };
  };
  return [
    row("mayday sim: listening", listening),
    row("mayday sim: first answer (DescribeServices)", answered),
    { name: "mayday sim: CPU until the first answer", value: median(used), unit: "ms" },
  ];
}

/** The simulator: requests, a large world, its start. */
export async function benchSimulator(): Promise<Row[]> {
  return [
    ...(await benchRequests(7_000)),
    ...(await benchLargeWorld()),
    ...(await benchSimulatorStart(7)),
    ...benchScenarioSize(),
  ];
}
