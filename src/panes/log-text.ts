import type { LogLevel, LogLine } from "../state/views.ts";

/** A date and time at the start of a line, as Quarkus, log4j and Python write it; `[1.234s]` is the JVM's time since its start. */
const TIME =
  /^\[?(?:\d{4}-\d\d-\d\d[T ](?:\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?|\d+\.\d+s)\]?/;
const LEVEL = /^[\s-]*\[?(ERROR|WARN|WARNING|INFO|DEBUG|TRACE)\b\s*\]?/i;

/** Quarkus and JBoss: `[abbreviated.package.Class] (thread) message`. */
const LOGGER_AND_THREAD = /^\[(?:[\w$-]+\.)+([\w$-]+)\] \([^()]*\) /;

const LEVEL_WORDS: Readonly<Record<string, LogLevel>> = {
  error: "error",
  warn: "warn",
  warning: "warn",
  info: "info",
  debug: "debug",
  trace: "debug",
};

/** Seconds between what a line says and when it was logged for which both still mean the same instant. */
const SAME_WITHIN_S = 2;

/** Whether the minute and second that the line names are those of the event, whatever time zone it was written in. */
function isSameTime(minutes: string, seconds: string, atMs: number): boolean {
  // Offsets of time zones are multiples of a quarter of an hour.
  const period = 15 * 60;
  const apart = Math.abs(((Number(minutes) * 60 + Number(seconds)) % period) - (Math.floor(atMs / 1000) % period));
  return Math.min(apart, period - apart) <= SAME_WITHIN_S;
}

/**
 * The line's text without the time and the level at its start, where the pane shows the same in its own columns, and with the
 * logger's class alone, so that the message itself is in sight. A time that is
 * not the event's own and a level that is not the mark's stay: they say something. Search, pins and copies use the full text.
 */
export function shortLogText(line: Pick<LogLine, "text" | "atMs" | "level">): string {
  const time = TIME.exec(line.text);
  if (!time) return line.text;
  const [whole, minutes, seconds] = time;
  if (minutes !== undefined && seconds !== undefined && !isSameTime(minutes, seconds, line.atMs)) return line.text;
  let rest = line.text.slice(whole.length);
  const level = LEVEL.exec(rest);
  if (level && LEVEL_WORDS[(level[1] ?? "").toLowerCase()] === line.level) rest = rest.slice(level[0].length);
  rest = rest.replace(/^[\s-]+/, "").replace(LOGGER_AND_THREAD, "[$1] ");
  return rest === "" ? line.text : rest;
}
