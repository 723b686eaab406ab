import type { LogEvent, LogStream } from "./log-store.ts";

const MINUTE_MS = 60_000;

/** A place between two events of a stream: just after, or before, the one of this time and serial. */
export interface StreamPosition {
  atMs: number;
  serial: number;
}

export interface StreamQuery {
  /** Inclusive, ms. */
  fromMs: number;
  /** Exclusive, ms. */
  toMs: number;
  limit: number;
  /** Forward: events after `position`, oldest first. Otherwise those before it, still oldest first. */
  forward: boolean;
  position?: StreamPosition | undefined;
}

const order = (event: LogEvent, position: StreamPosition) =>
  event.atMs - position.atMs || event.serial - position.serial;

/** At most `limit` events of one stream, of those available at `nowMs`. Reading changes nothing. */
export function readStream(stream: LogStream, query: StreamQuery, nowMs: number): LogEvent[] {
  const { firstMs, lastMs } = stream.span(nowMs);
  const { fromMs, toMs, position, forward, limit } = query;
  const low = Math.max(fromMs, firstMs, forward && position ? position.atMs : 0);
  const high = Math.min(
    toMs - 1,
    lastMs + MINUTE_MS - 1,
    !forward && position ? position.atMs : Number.POSITIVE_INFINITY,
  );
  const wanted = (event: LogEvent) =>
    event.atMs >= fromMs &&
    event.atMs < toMs &&
    event.ingestedAtMs <= nowMs &&
    (!position || (forward ? order(event, position) > 0 : order(event, position) < 0));
  const first = Math.floor(low / MINUTE_MS) * MINUTE_MS;
  const last = Math.floor(high / MINUTE_MS) * MINUTE_MS;
  const found: LogEvent[] = [];
  for (let step = 0; step <= (last - first) / MINUTE_MS && found.length < limit; step++) {
    const minuteMs = forward ? first + step * MINUTE_MS : last - step * MINUTE_MS;
    const events = stream.between(minuteMs, minuteMs + MINUTE_MS).filter(wanted);
    if (forward) found.push(...events);
    else found.unshift(...events);
  }
  return forward ? found.slice(0, limit) : found.slice(-limit);
}
