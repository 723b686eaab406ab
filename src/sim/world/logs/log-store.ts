/** One event in a stream; times in ms since the Unix epoch. */
export interface LogEvent {
  /** Unique in the stream and minute; orders events of one instant and never changes. */
  serial: number;
  atMs: number;
  /** When CloudWatch can return it: later than `atMs`, for a small share much later. */
  ingestedAtMs: number;
  message: string;
}

export type LogDraft = Omit<LogEvent, "serial">;

/** What fills a stream by itself: the events of a whole minute in order of time, the same on every call. */
export type MinuteWriter = (minuteMs: number) => LogDraft[];

/** Serials of lines that were put in one by one begin here, above those that a writer makes in a minute. */
const FIRST_WRITTEN_SERIAL = 1_000_000;

const MINUTE_MS = 60_000;
/** Minutes of generated lines that are kept per stream; older ones are made again when somebody asks. */
const MINUTES_KEPT = 90;

/** A log stream: lines made on demand by its writer, and lines that were put in one by one. */
export class LogStream {
  readonly name: string;
  readonly ordinal: number;
  readonly createdAtMs: number;
  /** No generated line at or after this time. */
  endedAtMs = Number.POSITIVE_INFINITY;
  readonly #writer: MinuteWriter | undefined;
  readonly #minutes = new Map<number, LogEvent[]>();
  readonly #written: LogEvent[] = [];

  constructor(name: string, ordinal: number, createdAtMs: number, writer?: MinuteWriter) {
    this.name = name;
    this.ordinal = ordinal;
    this.createdAtMs = createdAtMs;
    this.#writer = writer;
  }

  /** Adds a line; they are kept in order of time. */
  write(draft: LogDraft): void {
    const event: LogEvent = { ...draft, serial: FIRST_WRITTEN_SERIAL + this.#written.length };
    let index = this.#written.length;
    while (index > 0 && this.#written[index - 1]!.atMs > event.atMs) index -= 1;
    if (index === this.#written.length) this.#written.push(event);
    else this.#written.splice(index, 0, event);
  }

  /** Events from `fromMs` (inclusive) to `toMs` (exclusive) in order of time; both in the same minute. */
  between(fromMs: number, toMs: number): LogEvent[] {
    const generated = range(this.#generated(Math.floor(fromMs / MINUTE_MS) * MINUTE_MS), fromMs, toMs);
    const written = range(this.#written, fromMs, toMs);
    if (written.length === 0) return generated;
    return [...generated, ...written].sort((a, b) => a.atMs - b.atMs || a.serial - b.serial);
  }

  /** The first and last minute (start, ms) in which the stream can hold anything at `nowMs`. */
  span(nowMs: number): { firstMs: number; lastMs: number } {
    const first = Math.min(this.createdAtMs, this.#written[0]?.atMs ?? Number.POSITIVE_INFINITY);
    const last = Math.max(Math.min(this.endedAtMs, nowMs), this.#written.at(-1)?.atMs ?? 0);
    return { firstMs: Math.floor(first / MINUTE_MS) * MINUTE_MS, lastMs: Math.floor(last / MINUTE_MS) * MINUTE_MS };
  }

  #generated(minuteMs: number): LogEvent[] {
    if (!this.#writer || minuteMs + MINUTE_MS <= this.createdAtMs || minuteMs >= this.endedAtMs) return [];
    let events = this.#minutes.get(minuteMs);
    if (!events) {
      events = this.#writer(minuteMs).map((draft, serial) => ({ ...draft, serial }));
      this.#minutes.set(minuteMs, events);
      if (this.#minutes.size > MINUTES_KEPT) this.#minutes.delete(this.#minutes.keys().next().value!);
    }
    const last = events.at(-1);
    return last && last.atMs >= this.endedAtMs ? events.filter((event) => event.atMs < this.endedAtMs) : events;
  }
}

/** Of events in order of time those from `fromMs` (inclusive) to `toMs` (exclusive). */
function range(events: readonly LogEvent[], fromMs: number, toMs: number): LogEvent[] {
  return events.slice(lowerBound(events, fromMs), lowerBound(events, toMs));
}

/** Index of the first event at or after `atMs`. */
function lowerBound(events: readonly LogEvent[], atMs: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.atMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface LogGroup {
  name: string;
  arn: string;
  createdAtMs: number;
  retentionDays?: number;
  streams: Map<string, LogStream>;
}

/** The log groups of the account. */
export class LogStore {
  readonly groups = new Map<string, LogGroup>();
  #streamCount = 0;

  addGroup(group: Omit<LogGroup, "streams">): LogGroup {
    const added = { ...group, streams: new Map<string, LogStream>() };
    this.groups.set(group.name, added);
    return added;
  }

  addStream(group: LogGroup, name: string, createdAtMs: number, writer?: MinuteWriter): LogStream {
    this.#streamCount += 1;
    const stream = new LogStream(name, this.#streamCount, createdAtMs, writer);
    group.streams.set(name, stream);
    return stream;
  }

  /**
   * Puts lines into a group as if a program had written them: `atMs` in ms since the Unix epoch, `delayMs` until CloudWatch
   * can return the line (default 500), `stream` the stream's name (default "injected").
   * @throws when the group does not exist.
   */
  inject(
    groupName: string,
    lines: readonly { atMs: number; message: string; stream?: string; delayMs?: number }[],
  ): void {
    const group = this.groups.get(groupName);
    if (!group) throw new Error(`no log group ${groupName}`);
    for (const line of lines) {
      const name = line.stream ?? "injected";
      const stream = group.streams.get(name) ?? this.addStream(group, name, line.atMs);
      stream.write({ atMs: line.atMs, ingestedAtMs: line.atMs + (line.delayMs ?? 500), message: line.message });
    }
  }
}
