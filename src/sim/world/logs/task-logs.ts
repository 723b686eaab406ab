import type { Task } from "../ecs/model.ts";
import type { RandomStream } from "../random.ts";
import type { LogStore, LogStream } from "./log-store.ts";
import { deliveryDelayMs } from "./nessie-lines.ts";
import type { Voice } from "./voice.ts";

/** Gives every running task its log stream, named as awslogs names it with the container's name as prefix: prefix/container/task id. */
export class TaskLogs {
  readonly #logs: LogStore;
  readonly #epochMs: number;
  readonly #random: (entity: string) => RandomStream;
  readonly #voiceOf: (task: Task) => Voice;
  readonly #streams = new Map<string, LogStream>();

  constructor(
    logs: LogStore,
    epochMs: number,
    random: (entity: string) => RandomStream,
    voiceOf: (task: Task) => Voice,
  ) {
    this.#logs = logs;
    this.#epochMs = epochMs;
    this.#random = random;
    this.#voiceOf = voiceOf;
  }

  started(task: Task): void {
    const group = this.#logs.groups.get(task.definition.logGroup);
    const { behaviour, startedAtMs } = task;
    if (!group || !behaviour || startedAtMs === undefined) return;
    const firstMinuteMs = Math.floor(this.#epochMs / 60_000) * 60_000;
    const voice = this.#voiceOf(task);
    const writer = voice.writer(task, behaviour, (minuteMs) =>
      this.#random(`log/${task.id}/${(minuteMs - firstMinuteMs) / 60_000}`),
    );
    const { name } = task.definition.container;
    const stream = this.#logs.addStream(group, `${name}/${name}/${task.id}`, startedAtMs, writer);
    this.#streams.set(task.id, stream);
    const random = this.#random(`log/${task.id}/start`);
    const endsMs = startedAtMs + (behaviour.exit?.afterMs ?? Number.POSITIVE_INFINITY);
    for (const { atMs, message } of voice.started(task, behaviour)) {
      if (atMs < endsMs) stream.write({ atMs, ingestedAtMs: atMs + deliveryDelayMs(random), message });
    }
  }

  /** A line that the task's program writes at `atMs`; nothing when its stream has ended. */
  say(task: Task, atMs: number, message: string): void {
    this.#streams.get(task.id)?.write({ atMs, ingestedAtMs: atMs + 700, message });
  }

  ended(task: Task): void {
    const stream = this.#streams.get(task.id);
    const endedMs = task.executionStoppedAtMs;
    if (!stream || endedMs === undefined) return;
    this.#streams.delete(task.id);
    stream.endedAtMs = endedMs;
    for (const { atMs, message } of this.#voiceOf(task).ended(task, endedMs)) {
      stream.write({ atMs, ingestedAtMs: endedMs + 900, message });
    }
    // A killed process writes nothing; one that gives up by itself says why.
    const words = task.exitCode === task.behaviour?.exit?.exitCode ? (task.behaviour?.lastWords?.(endedMs) ?? []) : [];
    words.forEach((message, index) => {
      stream.write({ atMs: endedMs - words.length + index, ingestedAtMs: endedMs + 900, message });
    });
  }
}
