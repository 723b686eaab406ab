import { Agent, request } from "node:http";
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SIMULATED_CREDENTIALS } from "../../test/support/terminal-program.ts";

/** A request as an SDK client signed it, to be sent again and again without the client. */
export interface WireRequest {
  name: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

interface SignedRequest {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

interface RecordingClient {
  middlewareStack: { add(middleware: unknown, options: object): void };
  send(command: never): Promise<unknown>;
}

/** Sends a command and keeps the request that went out. */
async function recorded(client: RecordingClient, command: object): Promise<WireRequest> {
  let signed: SignedRequest | undefined;
  const keep = (next: (args: { request: SignedRequest }) => unknown) => (args: { request: SignedRequest }) => {
    signed = args.request;
    return next(args);
  };
  // Last before the request goes out: behind the signature.
  client.middlewareStack.add(keep, { step: "finalizeRequest", priority: "low", name: "keepRequest" });
  await client.send(command as never);
  const { method, path, query = {}, headers, body } = signed!;
  const search = new URLSearchParams(
    Object.entries(query).map(([key, value]) => [key, String(value ?? "")]),
  ).toString();
  const name = command.constructor.name.replace(/Command$/, "");
  return { name, method, path: search ? `${path}?${search}` : path, headers, body };
}

/** What a cockpit asks for, as requests: small reads of seven services. */
export async function cockpitRequests(endpoint: string): Promise<WireRequest[]> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = SIMULATED_CREDENTIALS;
  const clients = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey },
    disableHostPrefix: true,
  };
  const balancing = new ElasticLoadBalancingV2Client(clients);
  const { TargetGroups } = await balancing.send(new DescribeTargetGroupsCommand({}));
  const s3 = new S3Client({ ...clients, forcePathStyle: true });
  const object = { Bucket: "lakehouse-prod-lakehouse", Key: "bench/object" };
  await s3.send(new PutObjectCommand({ ...object, Body: "x".repeat(4096), ServerSideEncryption: "aws:kms" }));
  const watch = new CloudWatchClient(clients);
  const endMs = Date.now();
  const balancer = (TargetGroups?.[0]?.LoadBalancerArns?.[0] ?? "").split("loadbalancer/")[1] ?? "";
  const metric = {
    Namespace: "AWS/ApplicationELB",
    MetricName: "RequestCount",
    Dimensions: [{ Name: "LoadBalancer", Value: balancer }],
  };
  return [
    await recorded(
      new ECSClient(clients),
      new DescribeServicesCommand({ cluster: "lakehouse-prod-nessie", services: ["nessie"] }),
    ),
    await recorded(balancing, new DescribeTargetHealthCommand({ TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn })),
    await recorded(watch, new DescribeAlarmsCommand({ MaxRecords: 10 })),
    await recorded(
      new CloudWatchClient(clients),
      new GetMetricDataCommand({
        StartTime: new Date(endMs - 1_800_000),
        EndTime: new Date(endMs),
        MetricDataQueries: [{ Id: "requests", MetricStat: { Metric: metric, Period: 60, Stat: "Sum" } }],
      }),
    ),
    await recorded(
      new CloudWatchLogsClient(clients),
      new FilterLogEventsCommand({ logGroupName: "/ecs/lakehouse-prod-nessie", startTime: endMs - 60_000, limit: 20 }),
    ),
    await recorded(s3, new GetObjectCommand(object)),
    await recorded(
      new DynamoDBClient(clients),
      new GetItemCommand({ TableName: "lakehouse-prod-nessie_refs", Key: { k: { S: ":refs/heads/main" } } }),
    ),
  ];
}

/** Sends requests one after another on each of so many connections, in turn, and counts the bytes of the answers' bodies. */
export async function sendAll(
  endpoint: string,
  requests: readonly WireRequest[],
  count: number,
  connections: number,
): Promise<{ elapsedMs: number; bytes: Map<string, number> }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const bytes = new Map<string, number>();
  let sent = 0;
  const startedMs = performance.now();
  const worker = async () => {
    while (sent < count) {
      const one = requests[sent++ % requests.length]!;
      bytes.set(one.name, await sendOne(endpoint, agent, one));
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const elapsedMs = performance.now() - startedMs;
  agent.destroy();
  return { elapsedMs, bytes };
}

/** @returns bytes of the answer's body. @throws for any status but a success. */
function sendOne(endpoint: string, agent: Agent, { name, method, path, headers, body }: WireRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(endpoint + path, { agent, method, headers }, (response) => {
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
      });
      response.on("end", () =>
        response.statusCode === 200 ? resolve(size) : reject(new Error(`${name}: status ${response.statusCode}`)),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
