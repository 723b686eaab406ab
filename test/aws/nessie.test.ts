import { afterEach, describe, expect, test } from "vitest";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { Failure } from "../../src/base/failure.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { testSimulator } from "../support/simulator.ts";

const POLL = { purpose: "poll" } as const;
const ACTION = { purpose: "action" } as const;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function layerOf(endpoint: string, readOnly = false) {
  const aws = await createAwsLayer({
    clock: systemClock(),
    region: "us-east-1",
    endpoint,
    credentials: { accessKeyId: ACCESS_KEYS.responder, secretAccessKey: "simulated" },
    loopbackOnly: true,
    readOnly,
  });
  closing.push(() => aws.close());
  return aws;
}

async function caught(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(
    () => {
      throw new Error("did not fail");
    },
    (error: Failure) => error,
  );
}

describe("Nessie's REST API through the client layer", () => {
  test("reads the branch, its history with every operation, and what its keys stand for", async () => {
    const { endpoint, world } = await testSimulator();
    const aws = await layerOf(endpoint);
    const at = { Endpoint: `${endpoint}/nessie/api/v2`, Reference: "main" };
    const { output } = await aws.call("nessie", "GetReference", at, POLL);
    const head = output.reference.hash;
    expect(output.reference).toEqual({ type: "BRANCH", name: "main", hash: head });
    const first = (await aws.call("nessie", "GetHistory", { ...at, MaxRecords: 2 }, POLL)).output;
    expect(first.logEntries.map(({ commitMeta }) => commitMeta.hash)[0]).toBe(head);
    expect(first.logEntries).toHaveLength(2);
    expect(first.logEntries[0]?.operations?.[0]?.type).toBe("PUT");
    const rest = (await aws.call("nessie", "GetHistory", { ...at, PageToken: first.token! }, POLL)).output;
    expect(rest.logEntries.at(-1)?.commitMeta.message).toBe("Create tables of the lakehouse");
    const { entries } = (await aws.call("nessie", "GetEntries", at, POLL)).output;
    const orders = entries.find(({ name }) => name.elements.join(".") === "lakehouse.orders");
    expect(orders?.content?.metadataLocation).toBe(world.catalog.peek("orders"));
    // 63 bits: text, digit by digit.
    expect(String(orders?.content?.snapshotId)).toBe(
      String(world.storage.tables.get("orders")!.snapshots.at(-1)?.snapshotId),
    );
  });

  test("a commit changes one table and keeps every digit of what it puts", async () => {
    const { endpoint, world } = await testSimulator();
    const aws = await layerOf(endpoint);
    const at = { Endpoint: `${endpoint}/nessie/api/v2`, Reference: "main" };
    const { hash } = (await aws.call("nessie", "GetReference", at, POLL)).output.reference;
    const read = async () => (await aws.call("nessie", "GetEntries", at, POLL)).output.entries;
    const orders = (await read()).find(({ name }) => name.elements.at(-1) === "orders")!;
    const location = `s3://${world.names.lakehouseBucket}/lakehouse/orders/metadata/other.metadata.json`;
    const commit = {
      ...at,
      Hash: hash,
      Message: "back",
      Author: "mayday kim",
      Operations: [
        {
          type: "PUT" as const,
          key: { elements: orders.name.elements },
          content: { ...orders.content!, metadataLocation: location },
        },
      ],
    };
    expect((await caught(aws.call("nessie", "Commit", commit, ACTION))).detail.why).toContain("which account");
    aws.pinAccount((await aws.identity(POLL)).accountId);
    const { output } = await aws.call("nessie", "Commit", commit, ACTION);
    expect(output.targetBranch.hash).not.toBe(hash);
    const after = (await read()).find(({ name }) => name.elements.at(-1) === "orders")!;
    expect(after.content).toEqual({ ...orders.content, metadataLocation: location });
    const { logEntries } = (await aws.call("nessie", "GetHistory", { ...at, MaxRecords: 1 }, POLL)).output;
    expect(logEntries[0]?.commitMeta).toMatchObject({ message: "back", authors: ["mayday kim"] });
    // Made from what is no longer the table's newest change: refused, nothing written.
    const conflict = await caught(aws.call("nessie", "Commit", commit, ACTION));
    expect(conflict.detail).toMatchObject({ kind: "invalid", code: "REFERENCE_CONFLICT" });
  });

  test("read-only mode refuses a commit before anything is sent", async () => {
    const simulator = await testSimulator();
    const aws = await layerOf(simulator.endpoint, true);
    aws.pinAccount((await aws.identity(POLL)).accountId);
    const input = {
      Endpoint: `${simulator.endpoint}/nessie/api/v2`,
      Reference: "main",
      Hash: "0".repeat(64),
      Message: "no",
      Author: "kim",
      Operations: [],
    };
    const refused = await caught(aws.call("nessie", "Commit", input, ACTION));
    expect(refused.kind).toBe("refused");
    expect(refused.detail.why).toContain("read-only");
  });

  test("says who did not answer: Nessie's own error, the load balancer's page, nobody, an address that is not ours", async () => {
    const { endpoint, world } = await testSimulator();
    const aws = await layerOf(endpoint);
    const at = { Endpoint: `${endpoint}/nessie/api/v2`, Reference: "main" };
    const missing = await caught(aws.call("nessie", "GetReference", { ...at, Reference: "no-such" }, POLL));
    expect(missing.detail).toMatchObject({ kind: "not-found", code: "REFERENCE_NOT_FOUND" });
    for (const target of world.lakehouse.targetGroup.targets.values()) target.state = "unhealthy";
    const balancer = await caught(aws.call("nessie", "GetReference", at, POLL));
    expect(balancer.detail).toMatchObject({ kind: "unreachable", code: "HTTP503" });
    expect(balancer.detail.why).toContain("load balancer");
    const nobody = { Endpoint: "http://127.0.0.1:9/api/v2", Reference: "main" };
    expect((await caught(aws.call("nessie", "GetReference", nobody, POLL))).kind).toBe("unreachable");
    const away = { Endpoint: "http://nessie.example.com/api/v2", Reference: "main" };
    expect((await caught(aws.call("nessie", "GetReference", away, POLL))).kind).toBe("refused");
  });

  test("the line of a call is one of curl", async () => {
    const { endpoint } = await testSimulator();
    const aws = await layerOf(endpoint);
    const lines: string[] = [];
    aws.onCall(({ line }) => lines.push(line));
    const at = { Endpoint: `${endpoint}/nessie/api/v2`, Reference: "main" };
    await aws.call("nessie", "GetHistory", { ...at, MaxRecords: 1 }, POLL);
    expect(lines).toEqual([`curl -fsS '${endpoint}/nessie/api/v2/trees/main/history?fetch=ALL&max-records=1'`]);
  });
});
