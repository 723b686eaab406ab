import { describe, expect, test } from "vitest";
import { shortLogText } from "../../src/panes/log-text.ts";
import type { LogLevel } from "../../src/state/views.ts";

const AT_MS = Date.parse("2026-11-23T11:26:36.900Z");
const short = (text: string, level: LogLevel) => shortLogText({ text, level, atMs: AT_MS });

describe("what the pane shows itself is not drawn again", () => {
  test.each<[string, LogLevel, string]>([
    ["2026-11-23 11:26:36,756 WARN  [io.ver.cor] (vert.x-0) blocked", "warn", "[cor] blocked"],
    ["2026-11-23T11:26:36.756Z INFO started", "info", "started"],
    ["2026-11-23 11:26:35 +0000 - dagster - ERROR - run failed", "error", "dagster - ERROR - run failed"],
    ["[124.907s][warning][gc] GC(2228) Pause Full", "warn", "[gc] GC(2228) Pause Full"],
    ["2026-11-23 13:26:36,756 ERROR [a.b] in another time zone", "error", "[a.b] in another time zone"],
    [
      '2026-11-23 11:26:36,756 INFO  [io.qua.htt.access-log] (executor-thread-4) 10.0.22.13 "GET /"',
      "info",
      '[access-log] 10.0.22.13 "GET /"',
    ],
  ])("%s", (text, level, drawn) => expect(short(text, level)).toBe(drawn));
});

describe("what says something else stays", () => {
  test.each<[string, LogLevel, string]>([
    [
      "2026-11-23 11:20:01,000 WARN  [a] five minutes late",
      "warn",
      "2026-11-23 11:20:01,000 WARN  [a] five minutes late",
    ],
    ["2026-11-23 11:26:36,756 FATAL [a] out of memory", "error", "FATAL [a] out of memory"],
    ["2026-11-23 11:26:36,756 INFO [a] says info, is an error", "error", "INFO [a] says info, is an error"],
    ["2026-11-23 11:26:36,756", "none", "2026-11-23 11:26:36,756"],
    ["Killed", "error", "Killed"],
    ["INFO is a word here", "info", "INFO is a word here"],
  ])("%s", (text, level, drawn) => expect(short(text, level)).toBe(drawn));
});
