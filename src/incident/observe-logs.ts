import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import type { LogRing } from "../state/log-ring.ts";
import type { LogLine } from "../state/views.ts";

interface Signature {
  change: string;
  pattern: RegExp;
}

/** Lines that tell a story of their own; the first that matches counts. */
const SIGNATURES: Signature[] = [
  { change: "JVM out of memory", pattern: /java\.lang\.OutOfMemoryError/ },
  {
    change: "memory pressure",
    pattern:
      /memory pressure|Pause Full \(|GC overhead|heap (usage|occupancy|is)|low memory|memory (usage|utili[sz]ation) (at|is|above)/i,
  },
  { change: "DynamoDB throttling", pattern: /ProvisionedThroughputExceeded|ThrottlingException|throughput exceeds/i },
  { change: "access denied", pattern: /AccessDenied|not authorized to perform/ },
  { change: "connection failures", pattern: /Connection refused|ConnectTimeoutException|UnknownHostException/ },
  { change: "crash at start", pattern: /Failed to start application|Application failed to start/i },
];

/** The same signature of the same stream is recorded again only after this long (domain ms). */
const REPEAT_AFTER_MS = 5 * 60_000;

const ORDERLY_END = /shutting down|stopped in|shutdown|SIGTERM|Bye/i;

/** Turns log lines into the few observations that belong on a timeline: the first line of each known kind of trouble. */
export class LogObserver {
  #lastAtMs = new Map<string, number>();

  /** Takes in what the record already says, so that a resume does not repeat it. */
  learn(entry: RecordEntry): void {
    if (entry.kind === "observation.logs")
      this.#lastAtMs.set(`${entry.payload.logGroup} ${entry.payload.change}`, Date.parse(entry.at));
  }

  /** Drafts for a batch of new lines. */
  observe(lines: readonly LogLine[]): RecordDraft[] {
    const drafts: RecordDraft[] = [];
    for (const line of lines) {
      if (line.level === "debug") continue;
      const signature = SIGNATURES.find((candidate) => candidate.pattern.test(line.text));
      if (!signature) continue;
      const change = `${signature.change} in ${shortStream(line.stream)}`;
      const key = `${line.logGroup} ${change}`;
      if (line.atMs - (this.#lastAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) continue;
      this.#lastAtMs.set(key, line.atMs);
      drafts.push({
        kind: "observation.logs",
        atMs: line.atMs,
        payload: { logGroup: line.logGroup, change, sample: line.text },
      });
    }
    return drafts;
  }
}

/**
 * What the log of a stopped task ends with: an observation when its last line says nothing of a shutdown, as after a kernel kill.
 * Undefined when the end was orderly, or when none of its lines is in the ring.
 */
export function abruptEnd(ring: LogRing, taskId: string): RecordDraft | undefined {
  for (let index = ring.length - 1; index >= 0; index--) {
    const line = ring.at(index);
    if (!line?.stream.endsWith(taskId)) continue;
    if (ORDERLY_END.test(line.text)) return undefined;
    const at = new Date(line.atMs).toISOString().slice(11, 19);
    return {
      kind: "observation.logs",
      atMs: line.atMs,
      payload: {
        logGroup: line.logGroup,
        change: `log of ${shortStream(line.stream)} ends abruptly at ${at}`,
        sample: line.text,
      },
    };
  }
  return undefined;
}

/** `nessie/nessie/0f3c...` as `nessie/0f3c1a2b`: what fits a line and still finds the task. */
function shortStream(stream: string): string {
  const parts = stream.split("/");
  const id = parts.at(-1) ?? stream;
  return parts.length > 1 ? `${parts.at(-2)}/${id.slice(0, 8)}` : stream;
}
