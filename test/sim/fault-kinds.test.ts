import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../src/sim/faults.ts";
import { type TestClientConfiguration, testSimulator } from "../support/simulator.ts";

type Call = (clients: TestClientConfiguration) => Promise<{ $metadata: { attempts?: number } }>;

/** One call per service, and what its errors are called. */
const SERVICES: {
  service: string;
  operation: string;
  call: Call;
  throttled: string;
  denied: string;
  expired: string;
}[] = [
  {
    service: "s3",
    operation: "ListBuckets",
    call: (clients) => new S3Client(clients).send(new ListBucketsCommand()),
    throttled: "SlowDown",
    denied: "AccessDenied",
    expired: "ExpiredToken",
  },
  {
    service: "dynamodb",
    operation: "ListTables",
    call: (clients) => new DynamoDBClient(clients).send(new ListTablesCommand()),
    throttled: "ThrottlingException",
    denied: "AccessDeniedException",
    expired: "ExpiredTokenException",
  },
  {
    service: "logs",
    operation: "DescribeLogGroups",
    call: (clients) => new CloudWatchLogsClient(clients).send(new DescribeLogGroupsCommand()),
    throttled: "ThrottlingException",
    denied: "AccessDeniedException",
    expired: "ExpiredTokenException",
  },
  {
    service: "ecs",
    operation: "ListClusters",
    call: (clients) => new ECSClient(clients).send(new ListClustersCommand()),
    throttled: "ThrottlingException",
    denied: "AccessDeniedException",
    expired: "ExpiredTokenException",
  },
  {
    service: "iam",
    operation: "ListUsers",
    call: (clients) => new IAMClient(clients).send(new ListUsersCommand()),
    throttled: "Throttling",
    denied: "AccessDenied",
    expired: "ExpiredToken",
  },
];

describe.each(SERVICES)("$service", ({ service, operation, call, throttled, denied, expired }) => {
  /** A simulator with one fault on the service's call, and clients that try so many times. */
  async function disturbed(fault: Omit<Fault, "service" | "operation">, maxAttempts: number) {
    const simulator = await testSimulator();
    const clients = { ...simulator.clientsOf("root"), maxAttempts };
    simulator.faults.add({ service, operation, ...fault });
    const statuses = () => simulator.calls.map(({ status }) => status);
    return { simulator, clients, statuses };
  }

  test.each([
    ["throttle", throttled],
    ["server-error", "InternalFailure"],
  ] as const)("%s: the client's own retry gets through when it is over", async (kind, name) => {
    const { clients, simulator } = await disturbed({ kind, times: 1 }, 2);
    expect((await call(clients)).$metadata.attempts).toBe(2);
    simulator.faults.add({ kind, service, operation });
    await expect(call({ ...clients, maxAttempts: 1 })).rejects.toMatchObject({ name });
  });

  test.each([
    ["deny", denied],
    ["expired", expired],
  ] as const)("%s: the service's own error, once", async (kind, name) => {
    const { clients } = await disturbed({ kind, times: 1 }, 1);
    await expect(call(clients)).rejects.toMatchObject({ name });
    await call(clients);
  });

  test.each(["drop-before", "drop-after", "drop-middle"] as const)("%s: the connection breaks", async (kind) => {
    const { clients, statuses } = await disturbed({ kind, times: 1 }, 1);
    await expect(call(clients)).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
    expect(statuses()).toEqual([kind === "drop-before" ? 0 : 200]);
    await call(clients);
  });

  test("latency: answered later; hang: never, until the client gives up", async () => {
    const { clients, simulator } = await disturbed({ kind: "latency", latencyMs: 60, times: 1 }, 1);
    const startedMs = performance.now();
    await call(clients);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(55);
    simulator.faults.add({ kind: "hang", service, operation, times: 1 });
    const impatient = { ...clients, requestHandler: { requestTimeout: 60, throwOnRequestTimeout: true } };
    await expect(call(impatient)).rejects.toMatchObject({ name: "TimeoutError" });
    await call(clients);
  });

  test("skew: the Date header of its answers differs from virtual time, nothing else does", async () => {
    const { clients, simulator } = await disturbed({ kind: "skew", skewMs: 600_000 }, 1);
    await call(clients);
    expect(simulator.calls[0]?.atMs).toBe(simulator.epochMs);
    const date = (await fetch(simulator.endpoint)).headers.get("date");
    expect(Date.parse(date ?? "")).toBe(simulator.epochMs + 600_000);
  });
});
