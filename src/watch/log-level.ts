import type { LogLevel } from "../state/views.ts";

/** Only the head of a line says its level; a level's name further on is part of the message. */
const HEAD_LENGTH = 160;

const LEVELS: Readonly<Record<string, LogLevel>> = {
  fatal: "error",
  severe: "error",
  critical: "error",
  crit: "error",
  error: "error",
  err: "error",
  exception: "error",
  warning: "warn",
  warn: "warn",
  notice: "info",
  info: "info",
  config: "debug",
  fine: "debug",
  debug: "debug",
  trace: "debug",
};
const NAMES = Object.keys(LEVELS).join("|");
const UPPER_NAMES = NAMES.toUpperCase();

// A level in upper case between blanks or brackets, where a format of its own puts it; in lower case only in brackets, as the
// JVM's unified logging has it, or as the first word with a colon. All alternatives are of fixed length: lines are hostile input.
const MARKED = new RegExp(
  String.raw`(?:^|[\s[|(])(${UPPER_NAMES})(?=[\s\]|):]|$)|\[(${NAMES})\s{0,5}\]|^(${NAMES}):\s`,
);
// JSON and logfmt: "level":"ERROR", level=error, severity=warning.
const KEYED = new RegExp(String.raw`\b(?:level|levelname|severity|lvl)"?\s?[:=]\s?"?(${NAMES})\b`, "i");
const STRUCTURED = /^(?:\{|\w{1,30}=)/;
// What a crash leaves without a level: Java and Python exceptions, the JVM's and the kernel's last words.
const CRASH =
  /^(?:Exception in thread|Caused by:|Traceback \(most recent call last\)|Terminating due to java\.lang|panic:|[\w.$]*(?:Exception|Error)\b(?::|$))|java\.lang\.OutOfMemoryError|Out of memory: Kill/;

/**
 * The level of a log line in the formats of Quarkus, java.util.logging, the JVM's own log, Python's logging (Dagster), JSON and
 * logfmt; `none` where the line states none, such as the frames of a stack trace.
 */
export function detectLevel(line: string): LogLevel {
  const head = line.slice(0, HEAD_LENGTH);
  const patterns = STRUCTURED.test(head) ? [KEYED, MARKED] : [MARKED, KEYED];
  const match = patterns[0]?.exec(head) ?? patterns[1]?.exec(head);
  const name = match?.slice(1).find((group) => group !== undefined);
  if (name) return LEVELS[name.toLowerCase()] ?? "none";
  return CRASH.test(head) ? "error" : "none";
}
