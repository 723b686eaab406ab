import type { Task } from "../ecs/model.ts";
import type { RandomStream } from "../random.ts";
import type { LogStore, LogStream } from "./log-store.ts";
import { deliveryDelayMs, nessieWriter, shutdownLine, startupLines } from "./nessie-lines.ts";

/** Gives every running task its log stream, named as awslogs names it: prefix/container/task id. */
export class TaskLogs {
  readonly #logs: LogStore;
  readonly #epochMs: number;
  readonly #random: (entity: string) => RandomStream;
  readonly #streams = new Map<string, LogStream>();

  constructor(logs: LogStore, epochMs: number, random: (entity: string) => RandomStream) {
    this.#logs = logs;
    this.#epochMs = epochMs;
    this.#random = random;
  }

  started(task: Task): void {
    const group = this.#logs.groups.get(task.definition.logGroup);
    const { behaviour, startedAtMs } = task;
    if (!group || !behaviour || startedAtMs === undefined) return;
    const firstMinuteMs = Math.floor(this.#epochMs / 60_000) * 60_000;
    const writer = nessieWriter(startedAtMs, behaviour, task.definition.memoryMb, (minuteMs) =>
      this.#random(`log/${task.id}/${(minuteMs - firstMinuteMs) / 60_000}`),
    );
    const stream = this.#logs.addStream(
      group,
      `nessie/${task.definition.container.name}/${task.id}`,
      startedAtMs,
      writer,
    );
    this.#streams.set(task.id, stream);
    const random = this.#random(`log/${task.id}/start`);
    const endsMs = startedAtMs + (behaviour.exit?.afterMs ?? Number.POSITIVE_INFINITY);
    for (const { atMs, message } of startupLines(startedAtMs, behaviour)) {
      if (atMs < endsMs) stream.write({ atMs, ingestedAtMs: atMs + deliveryDelayMs(random), message });
    }
  }

  ended(task: Task): void {
    const stream = this.#streams.get(task.id);
    const endedMs = task.executionStoppedAtMs;
    if (!stream || endedMs === undefined) return;
    this.#streams.delete(task.id);
    stream.endedAtMs = endedMs;
    const write = (message: string, index: number, all: readonly string[]) => {
      const atMs = endedMs - all.length + index;
      stream.write({ atMs, ingestedAtMs: endedMs + 900, message });
    };
    // A killed process writes nothing: only one that ended on SIGTERM (143), or by itself, says so.
    if (task.exitCode === 143) [shutdownLine(endedMs - 1)].forEach(write);
    else if (task.exitCode === task.behaviour?.exit?.exitCode) task.behaviour?.lastWords?.(endedMs).forEach(write);
  }
}
