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

// Timestamps, bracketed or not, and what stands between them and the level: `2026-11-23 03:00:00,123 `, `[2026-...] {file.py:3} `,
// `2026-11-23 03:00:00 +0000 - dagster.daemon - `, the `[12.345s]` of the JVM's unified logging.
const AFTER_TIME = new RegExp(
  String.raw`^\W*(?:\d[\d.:,/TZ+-]*s?\W+)*(?:\{[^}]*\}\s*)?(?:-\s*)?(?:[\w.$-]{1,80} - |\[[^\]]{1,80}\]\s*)?\[?(${NAMES})\b`,
  "i",
);
// JSON and logfmt: "level":"ERROR", level=error, severity=warning.
const KEYED = new RegExp(String.raw`\b(?:level|levelname|severity|lvl)"?\s*[:=]\s*"?(${NAMES})\b`, "i");
// Upper case with a blank or bracket on both sides, wherever a format of its own puts it in the head.
const MARKED = /(?:^|[\s[|(])(FATAL|SEVERE|CRITICAL|ERROR|WARNING|WARN|INFO|DEBUG|TRACE)(?=[\s\]|):])/;
// What a crash leaves without a level: Java and Python exceptions, the JVM's and the kernel's last words.
const CRASH =
  /^(?:Exception in thread|Caused by:|Traceback \(most recent call last\)|Terminating due to java\.lang|panic:|[\w.$]*(?:Exception|Error)\b(?::|$))|java\.lang\.OutOfMemoryError|Out of memory: Kill/;

/**
 * The level of a log line in the formats of Quarkus, java.util.logging, the JVM's own log, Python's logging (Dagster), JSON and
 * logfmt; `none` where the line states none, such as the frames of a stack trace.
 */
export function detectLevel(line: string): LogLevel {
  const head = line.slice(0, HEAD_LENGTH);
  const name = (AFTER_TIME.exec(head) ?? KEYED.exec(head) ?? MARKED.exec(head))?.[1];
  if (name) return LEVELS[name.toLowerCase()] ?? "none";
  return CRASH.test(head) ? "error" : "none";
}
