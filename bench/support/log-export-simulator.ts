// A simulated account with one log group of a million events: `node log-export-simulator.ts`. Answers take 30 ms.
// Prints where it is and what it holds; for each line of its standard input when the calls since the last one came; and ends with it.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { startSimulator } from "../../src/sim/index.ts";
import { queryLogs } from "../../src/sim/world/logs/query.ts";

const MINUTES = 100;
const PER_MINUTE = 10_000;
/** So that a page of 1 MB holds about 2 600 events. */
const TEXT = "x".repeat(340);

const epochMs = Date.UTC(2026, 10, 23, 3, 0, 0);
const simulator = await startSimulator({ scenario: "quiet", epochMs, rateLimits: false });
simulator.faults.add({ kind: "latency", service: "logs", operation: "FilterLogEvents", latencyMs: 30 });
const fromMs = epochMs - (MINUTES + 1) * 60_000;
const toMs = fromMs + MINUTES * 60_000 - 1;
const { logs } = simulator.world;
const arn = "arn:aws:logs:us-east-1:111122223333:log-group:/bench/export";
const group = logs.addGroup({ name: "/bench/export", arn, createdAtMs: fromMs });
logs.addStream(group, "load", fromMs, (minuteMs) =>
  Array.from({ length: PER_MINUTE }, (_, index) => {
    const atMs = minuteMs + index * 6;
    return { atMs, ingestedAtMs: atMs + 300, message: `line ${minuteMs} ${index} ${TEXT}` };
  }),
);

const hash = createHash("sha256");
let events = 0;
let pages = 0;
let after: string | undefined;
do {
  const page = queryLogs(
    group,
    { startMs: fromMs, endMs: toMs, limit: 10_000, scanned: Number.POSITIVE_INFINITY, ...(after ? { after } : {}) },
    simulator.world.now(),
  );
  for (const { id, stream, event } of page.events) {
    const { ingestedAtMs: ingestionTime, message, atMs: timestamp } = event;
    hash.update(`${JSON.stringify({ eventId: id, ingestionTime, logStreamName: stream, message, timestamp })}\n`);
  }
  events += page.events.length;
  pages += 1;
  after = page.next;
} while (after !== undefined);

const { endpoint, region } = simulator;
const truth = { sha256: hash.digest("hex"), events, pages };
process.stdout.write(`${JSON.stringify({ endpoint, region, fromMs, toMs, ...truth })}\n`);
let told = 0;
for await (const _line of createInterface({ input: process.stdin })) {
  const calls = simulator.calls.slice(told).filter(({ operation }) => operation === "FilterLogEvents");
  told = simulator.calls.length;
  const times = { firstMs: calls[0]?.atMs ?? 0, lastMs: calls.at(-1)?.atMs ?? 0, calls: calls.length };
  process.stdout.write(`${JSON.stringify(times)}\n`);
}
process.exit();
