import type { TaskBehaviour } from "../ecs/behaviour.ts";
import type { RandomStream } from "../random.ts";
import type { LogDraft, MinuteWriter } from "./log-store.ts";

const MINUTE_MS = 60_000;
/** Lines a second that one Nessie task writes under ordinary traffic. */
const LINES_PER_SECOND = 4;
/** Share of lines that reach CloudWatch late, and by how much. */
const LATE_SHARE = 0.004;
const LATE_MS = { from: 5_000, to: 40_000 };

const REFERENCES = ["main", "etl-nightly", "staging", "audit"] as const;
const TABLES = ["lakehouse.event_stream", "lakehouse.orders", "lakehouse.customers", "lakehouse.inventory"] as const;

const quarkusTime = (atMs: number) => new Date(atMs).toISOString().replace("T", " ").replace("Z", "").replace(".", ",");

/** A line in Quarkus' console format. */
export function quarkusLine(
  atMs: number,
  level: "INFO" | "WARN" | "ERROR",
  logger: string,
  thread: string,
  text: string,
): string {
  return `${quarkusTime(atMs)} ${level.padEnd(5)} [${logger}] (${thread}) ${text}`;
}

function requestLine(atMs: number, random: RandomStream, latencyMs: number): string {
  const reference = random.pick(REFERENCES);
  const request = random.pick([
    `GET /api/v2/trees/${reference} HTTP/1.1`,
    `GET /api/v2/trees/${reference}/contents/${random.pick(TABLES)} HTTP/1.1`,
    `GET /api/v2/trees/${reference}/entries?max-records=500 HTTP/1.1`,
    `GET /api/v2/trees/${reference}/history?max-records=50 HTTP/1.1`,
    `POST /api/v2/trees/${reference}/history/commit HTTP/1.1`,
  ]);
  const tookMs = Math.max(1, Math.round(latencyMs * random.between(0.4, 1.9)));
  const client = `10.0.${random.whole(20, 22)}.${random.whole(10, 60)}`;
  const text = `${client} - - "${request}" 200 ${random.whole(180, 42_000)} ${tookMs}ms`;
  return quarkusLine(atMs, "INFO", "io.qua.htt.access-log", `executor-thread-${random.whole(1, 24)}`, text);
}

function pressureLine(
  atMs: number,
  ageMs: number,
  random: RandomStream,
  behaviour: TaskBehaviour,
  memoryMb: number,
): string {
  const usedMb = Math.round(behaviour.memoryAt(ageMs) * memoryMb);
  const percent = Math.round(behaviour.memoryAt(ageMs) * 100);
  const pauseMs = random.between(700, 4_200);
  const heapMb = Math.round(memoryMb * 0.92);
  const kind = random.whole(0, 3);
  if (kind === 0) {
    const after = Math.min(heapMb, usedMb) - random.whole(2, 14);
    return `[${(ageMs / 1000).toFixed(3)}s][warning][gc] GC(${random.whole(400, 2400)}) Pause Full (G1 Compaction Pause) ${Math.min(heapMb, usedMb)}M->${after}M(${heapMb}M) ${pauseMs.toFixed(3)}ms`;
  }
  if (kind === 1) {
    const text = `Thread Thread[vert.x-eventloop-thread-${random.whole(0, 3)},5,main] has been blocked for ${Math.round(pauseMs) + 2000} ms, time limit is 2000 ms`;
    return quarkusLine(atMs, "WARN", "io.ver.cor.imp.BlockedThreadChecker", "vertx-blocked-thread-checker", text);
  }
  if (kind === 2) {
    const text = `High memory usage: ${usedMb} MiB of ${memoryMb} MiB (${percent}%), object cache cannot be trimmed further`;
    return quarkusLine(atMs, "WARN", "org.pro.ver.sto.cac.CaffeineCacheBackend", "objects-cache-cleaner", text);
  }
  const text = `Request GET /api/v2/trees/${random.pick(REFERENCES)}/history timed out after ${random.whole(10, 30)} s`;
  return quarkusLine(
    atMs,
    "ERROR",
    "org.pro.ser.res.RestV2TreeResource",
    `executor-thread-${random.whole(1, 24)}`,
    text,
  );
}

/** Lines that a starting Nessie writes, with their offsets in ms from the process start. */
export function startupLines(startedAtMs: number, behaviour: TaskBehaviour): { atMs: number; message: string }[] {
  const ready = behaviour.readyAfterMs;
  const line = (share: number, logger: string, text: string) => {
    const atMs = Math.round(startedAtMs + ready * share);
    return { atMs, message: quarkusLine(atMs, "INFO", logger, "main", text) };
  };
  return [
    line(0.12, "org.pro.qua.NessieServer", "Starting Nessie version 0.99.0"),
    line(0.55, "org.pro.ser.sto.StorageConfig", "Using DYNAMODB version store, region from the task's environment"),
    line(
      0.71,
      "org.pro.ver.sto.cac.CaffeineCacheBackend",
      "Objects cache enabled, capacity derived from the maximum heap",
    ),
    line(
      0.98,
      "io.quarkus",
      `nessie-quarkus 0.99.0 on JVM started in ${(ready / 1000).toFixed(3)}s. Listening on: http://0.0.0.0:19120`,
    ),
    line(1, "io.quarkus", "Profile prod activated."),
  ];
}

/** The lines of a Nessie that ends on SIGTERM. A container that is killed writes none: its log just ends. */
export function shutdownLine(atMs: number): string {
  return quarkusLine(atMs, "INFO", "io.quarkus", "Shutdown thread", "nessie-quarkus stopped in 0.412s");
}

/** How long after its time a line can be read, ms. */
export function deliveryDelayMs(random: RandomStream): number {
  return Math.round(random.next() < LATE_SHARE ? random.between(LATE_MS.from, LATE_MS.to) : random.between(300, 2_000));
}

/**
 * Writes what a Nessie task logs in a minute: requests with their latency; under memory pressure collections, blocked
 * threads and time-outs, and fewer requests.
 * @param randomOf the stream of a minute; it must be the same on every call.
 */
export function nessieWriter(
  startedAtMs: number,
  behaviour: TaskBehaviour,
  memoryMb: number,
  randomOf: (minuteMs: number) => RandomStream,
): MinuteWriter {
  return (minuteMs) => {
    const random = randomOf(minuteMs);
    const events: LogDraft[] = [];
    const stepMs = 1000 / LINES_PER_SECOND;
    for (
      let atMs = minuteMs + random.between(0, stepMs);
      atMs < minuteMs + MINUTE_MS;
      atMs += stepMs * random.between(0.4, 1.6)
    ) {
      const at = Math.floor(atMs);
      const age = at - startedAtMs;
      if (age < behaviour.readyAfterMs) continue;
      const memory = behaviour.memoryAt(age);
      const strained = memory > 0.8 && random.next() < (memory - 0.78) * 2.5;
      const { trouble } = behaviour;
      const troubled = trouble !== undefined && random.next() < trouble.share(age);
      const ordinary = () => requestLine(at, random, behaviour.latencyMsAt(age));
      const strain = () => pressureLine(at, age, random, behaviour, memoryMb);
      const message = troubled ? trouble.line(at, age, random) : strained ? strain() : ordinary();
      events.push({ atMs: at, ingestedAtMs: at + deliveryDelayMs(random), message });
    }
    return events;
  };
}
