/** An event as FilterLogEvents gives it. */
export interface FilteredLogEvent {
  eventId?: string | undefined;
  timestamp?: number | undefined;
  ingestionTime?: number | undefined;
  logStreamName?: string | undefined;
  message?: string | undefined;
}

export interface HeldLine {
  id: string;
  atMs: number;
  ingestedAtMs: number;
  line: string;
}

/**
 * The canonical line of an event: its five members as RFC 8785 writes them, and a line feed. The message is kept as it came,
 * escape sequences included: this is evidence and not for a terminal.
 */
export function lineOf(event: FilteredLogEvent): HeldLine {
  const { eventId = "", timestamp = 0, ingestionTime = 0, logStreamName = "", message = "" } = event;
  // The members stand in the order of RFC 8785, and JSON.stringify writes strings and whole numbers as it wants them.
  const line = JSON.stringify({ eventId, ingestionTime, logStreamName, message, timestamp });
  return { id: eventId, atMs: timestamp, ingestedAtMs: ingestionTime, line: `${line}\n` };
}
