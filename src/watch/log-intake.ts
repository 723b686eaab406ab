import { sanitizeLine } from "../base/text.ts";
import type { IncomingLine, LogRing } from "../state/log-ring.ts";
import type { LogGroupState } from "../state/views.ts";
import { EventIds } from "./event-ids.ts";
import { detectLevel } from "./log-level.ts";
import type { LogEvent } from "./log-reader.ts";

/** Length of one bucket of counts, domain ms. */
const SECOND_MS = 1000;
const RATE_WINDOW_MS = 60 * SECOND_MS;
/** Event ids remembered per log group: about 20 MB at the most. */
const IDS_KEPT = 500_000;
/** Characters of a message that are kept; CloudWatch Logs allows 1 MB (quotas: event size) and no screen shows that. */
const TEXT_LIMIT = 16_384;

/**
 * Takes in the events of one log group: each once, however often it was read, sanitised, with its level, counted. Ids are
 * remembered by second; `floorMs` is the time from which on they are complete, and nobody may read events before it again.
 */
export class LogIntake {
  readonly logGroup: string;
  readonly #ring: LogRing;
  readonly #idsKept: number;
  readonly #ids = new EventIds();
  readonly #perSecond = new Map<number, { lines: number; errors: number }>();
  #ingested = 0;
  #duplicates = 0;
  #late = 0;
  #gaps = 0;
  #floorMs: number;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** @param floorMs events before this are not wanted, domain ms. */
  constructor(logGroup: string, ring: LogRing, floorMs: number, idsKept = IDS_KEPT) {
    this.logGroup = logGroup;
    this.#ring = ring;
    this.#floorMs = floorMs;
    this.#idsKept = idsKept;
  }

  /** Events before this time cannot be told from known ones any more, domain ms. */
  get floorMs(): number {
    return this.#floorMs;
  }

  /** Time of the newest event so far, domain ms; -Infinity before the first. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Notes that lines may have been lost. */
  gap(): void {
    this.#gaps += 1;
  }

  /** Adds what is new of a page. `behindMs`: events older than this, domain ms, count as late. Returns how many were new. */
  take(events: readonly LogEvent[], behindMs: number): number {
    const lines: IncomingLine[] = [];
    for (const event of events) {
      const atMs = event.timestamp ?? 0;
      if (atMs < this.#floorMs) continue;
      const eventId = event.eventId ?? `${event.logStreamName} ${atMs} ${event.ingestionTime} ${event.message}`;
      if (!this.#ids.add(atMs, eventId)) {
        this.#duplicates += 1;
        continue;
      }
      const text = sanitizeLine((event.message ?? "").slice(0, TEXT_LIMIT));
      const level = detectLevel(text);
      if (atMs < behindMs) this.#late += 1;
      this.#count(atMs, level === "error");
      lines.push({
        eventId,
        atMs,
        logGroup: this.logGroup,
        stream: sanitizeLine(event.logStreamName ?? ""),
        level,
        text,
      });
    }
    for (const line of lines) this.#newestMs = Math.max(this.#newestMs, line.atMs);
    this.#ingested += lines.length;
    this.#ring.append(lines);
    return lines.length;
  }

  /** Lets go of ids before `keepFromMs`, which will not be read again, and of the oldest ones above the limit. */
  prune(keepFromMs: number): void {
    this.#floorMs = Math.max(this.#floorMs, this.#ids.prune(keepFromMs, this.#idsKept));
  }

  /** Lines a second over the minute before `nowMs` (domain ms). */
  ratePerSecond(nowMs: number): number {
    return (this.state(nowMs).linesPerMinute * SECOND_MS) / RATE_WINDOW_MS;
  }

  /** Counters, and the rate of the 60 s before `nowMs` (domain ms). */
  state(nowMs: number): LogGroupState {
    let lines = 0;
    let errors = 0;
    for (const [second, count] of this.#perSecond) {
      const atMs = second * SECOND_MS;
      if (atMs < nowMs - RATE_WINDOW_MS) this.#perSecond.delete(second);
      else if (atMs <= nowMs) {
        lines += count.lines;
        errors += count.errors;
      }
    }
    return {
      logGroup: this.logGroup,
      ingested: this.#ingested,
      duplicates: this.#duplicates,
      late: this.#late,
      gaps: this.#gaps,
      linesPerMinute: lines,
      errorShare: lines === 0 ? 0 : errors / lines,
    };
  }

  #count(atMs: number, isError: boolean): void {
    const second = Math.floor(atMs / SECOND_MS);
    const count = this.#perSecond.get(second) ?? { lines: 0, errors: 0 };
    count.lines += 1;
    if (isError) count.errors += 1;
    this.#perSecond.set(second, count);
  }
}
