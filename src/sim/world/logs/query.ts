import type { LogEvent, LogGroup, LogStream } from "./log-store.ts";
import { compilePattern } from "./pattern.ts";

const MINUTE_MS = 60_000;
/** Events are collected in steps of this length: a page of a busy group is full after a few, and must not cost a whole minute. */
const STEP_MS = 1000;
/** Limits of one FilterLogEvents page: 10 000 events or 1 MB (CloudWatch Logs API reference). */
export const PAGE_EVENTS = 10_000;
const PAGE_BYTES = 1_048_576;
/** Events looked at for one page; a rare pattern gives empty pages with a token, as in reality. */
export const PAGE_SCANNED = 50_000;

export interface FoundEvent {
  stream: string;
  event: LogEvent;
  /** Unique and the same in every answer: 56 digits, as CloudWatch's are. */
  id: string;
}

export interface LogPage {
  events: FoundEvent[];
  /** Where the next page begins; undefined at the end. */
  next?: string;
}

export interface LogQuery {
  /** Inclusive, ms. */
  startMs: number;
  /** Inclusive, as FilterLogEvents documents it, ms. */
  endMs: number;
  limit: number;
  /** Events looked at for the page, whether they match or not. */
  scanned: number;
  pattern?: string;
  streamNames?: readonly string[];
  streamPrefix?: string;
  /** A position that an earlier page gave. */
  after?: string;
}

interface Located extends FoundEvent {
  ordinal: number;
}

/** Order of events in an answer: time, then stream, then serial. */
function compare(a: Located, b: Located): number {
  return a.event.atMs - b.event.atMs || a.ordinal - b.ordinal || a.event.serial - b.event.serial;
}

function eventId(stream: LogStream, event: LogEvent): string {
  const digits = (value: number, length: number) => String(value).padStart(length, "0");
  return digits(event.atMs, 14) + digits(stream.ordinal, 12) + digits(event.serial, 30);
}

function selected(group: LogGroup, query: LogQuery): LogStream[] {
  return [...group.streams.values()].filter(
    (stream) =>
      (!query.streamNames || query.streamNames.includes(stream.name)) &&
      (!query.streamPrefix || stream.name.startsWith(query.streamPrefix)),
  );
}

/** Events of all streams in one minute that pass `wanted`, in order. */
function* eventsOfMinute(
  streams: readonly LogStream[],
  minuteMs: number,
  wanted: (event: LogEvent) => boolean,
): Generator<Located> {
  const busy = streams.filter((stream) => stream.between(minuteMs, minuteMs + MINUTE_MS).length > 0);
  if (busy.length === 0) return;
  for (let stepMs = minuteMs; stepMs < minuteMs + MINUTE_MS; stepMs += STEP_MS) {
    yield* eventsBetween(busy, stepMs, stepMs + STEP_MS, wanted);
  }
}

function eventsBetween(
  streams: readonly LogStream[],
  fromMs: number,
  toMs: number,
  wanted: (event: LogEvent) => boolean,
): Located[] {
  const found: Located[] = [];
  for (const stream of streams) {
    for (const event of stream.between(fromMs, toMs)) {
      if (wanted(event))
        found.push({ stream: stream.name, event, id: eventId(stream, event), ordinal: stream.ordinal });
    }
  }
  return streams.length > 1 ? found.sort(compare) : found;
}

interface Position {
  atMs: number;
  id: string;
}

function decodePosition(token: string): Position {
  const [atMs = "", id = ""] = Buffer.from(token, "base64url").toString("utf8").split(" ");
  return { atMs: Number(atMs), id };
}

const encodePosition = (event: FoundEvent) => Buffer.from(`${event.event.atMs} ${event.id}`).toString("base64url");

/** Whether a text could be a token of ours. */
export function isPosition(token: string): boolean {
  return Number.isFinite(decodePosition(token).atMs) && /^\d{56}$/.test(decodePosition(token).id);
}

/** One page of the events of a group, of those available at `nowMs`. Reading changes nothing. */
export function queryLogs(group: LogGroup, query: LogQuery, nowMs: number): LogPage {
  const matches = compilePattern(query.pattern ?? "");
  const after = query.after === undefined ? undefined : decodePosition(query.after);
  const fromMs = Math.max(query.startMs, after?.atMs ?? query.startMs);
  const fromMinuteMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
  // A group gains a stream with every task: what has ended before the window must not cost anything per minute.
  const spans = selected(group, query)
    .map((stream) => ({ stream, ...stream.span(nowMs) }))
    .filter((span) => span.lastMs >= fromMinuteMs && span.firstMs <= query.endMs);
  const streams = spans.map((span) => span.stream);
  const firstMs = Math.max(fromMinuteMs, Math.min(...spans.map((span) => span.firstMs)));
  const lastMs = Math.min(query.endMs, Math.max(...spans.map((span) => span.lastMs)));
  const page: LogPage = { events: [] };
  let bytes = 0;
  let scanned = 0;
  const wanted = ({ atMs, ingestedAtMs }: LogEvent) => atMs >= fromMs && atMs <= query.endMs && ingestedAtMs <= nowMs;
  for (let minuteMs = firstMs; streams.length > 0 && minuteMs <= lastMs; minuteMs += MINUTE_MS) {
    for (const located of eventsOfMinute(streams, minuteMs, wanted)) {
      const { atMs, message } = located.event;
      // The id begins with time and stream, so that it orders as the events do.
      if (after && atMs === after.atMs && located.id <= after.id) continue;
      scanned += 1;
      if (matches(message)) {
        page.events.push({ stream: located.stream, event: located.event, id: located.id });
        bytes += message.length + 26;
      }
      if (page.events.length >= query.limit || bytes >= PAGE_BYTES || scanned >= query.scanned) {
        page.next = encodePosition(located);
        return page;
      }
    }
  }
  return page;
}
