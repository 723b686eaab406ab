// A simulated lakehouse whose log group gets a steady number of lines a second: `node load-simulator.ts LINES_PER_SECOND`.
// Prints its endpoint, and ends when its standard input does.
import { startSimulator } from "../../src/sim/index.ts";

const rate = Number(process.argv[2] ?? 0);
const PERIOD_MS = 50;
const LEVELS = ["INFO ", "INFO ", "INFO ", "INFO ", "WARN ", "INFO ", "ERROR", "DEBUG"];
const WORK = [
  "commit of table lakehouse.event_stream accepted",
  "GET /api/v2/trees/main/contents 200 in 12 ms",
  "snapshot expired for lakehouse.orders, manifests rewritten",
  "POST /api/v2/trees/etl-nightly/history/commit 409 reference conflict",
];

const simulator = await startSimulator({ scenario: "quiet" });
const { world } = simulator;
const { logGroup } = world.names;
// The scenario's own lines stop: the rate is exactly what was asked for.
for (const stream of world.logs.groups.get(logGroup)?.streams.values() ?? []) stream.endedAtMs = world.now();

let written = 0;
const startedMs = performance.now();
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - startedMs) / 1000) * rate);
  if (due === written) return;
  const nowMs = world.now();
  const count = due - written;
  world.logs.inject(
    logGroup,
    Array.from({ length: count }, (_, index) => {
      const serial = written + index;
      return {
        atMs: nowMs - PERIOD_MS + Math.floor((index * PERIOD_MS) / count),
        delayMs: PERIOD_MS,
        stream: "load",
        message: `${LEVELS[serial % LEVELS.length]} [org.projectnessie.server] (executor-thread-${serial % 16}) line ${serial}: ${WORK[serial % WORK.length]}`,
      };
    }),
  );
  written = due;
}, PERIOD_MS);

process.stdout.write(`${JSON.stringify({ endpoint: simulator.endpoint })}\n`);
process.stdin.on("data", () => process.stdout.write(`${JSON.stringify({ written })}\n`));
process.stdin.once("end", () => {
  clearInterval(timer);
  void simulator.close().then(() => process.exit());
});
