import { describe, expect, it } from "vitest";
import { detectLevel } from "../../src/watch/log-level.ts";

describe("the level of a log line", () => {
  it.each([
    ["2026-11-23 03:00:00,123 INFO  [io.qua.htt.access-log] (executor-thread-1) GET /error 200", "info"],
    ["2026-11-23 03:00:00,123 WARN  [io.ver.cor.imp.BlockedThreadChecker] (vertx) Thread blocked", "warn"],
    ["2026-11-23 03:00:00,123 ERROR [org.pro.ser] (executor-thread-3) Request failed", "error"],
    ["Nov 23, 2026 3:00:00 AM org.apache.Foo bar SEVERE: broken", "error"],
    ["[12.345s][warning][gc] GC(400) Pause Full (G1 Compaction Pause) 500M->490M", "warn"],
    ["[0.004s][info][gc,init] Using G1", "info"],
    ["2026-11-23 03:00:00 +0000 - dagster.daemon.SensorDaemon - INFO - Checking for new runs", "info"],
    ["2026-11-23 03:00:00,123 - dagster - ERROR - schema_drift_sensor failed", "error"],
    ["ERROR:root:cannot reach the catalog", "error"],
    ["[2026-11-23T03:00:00.123Z] {sensor.py:12} WARNING - slow", "warn"],
    ['{"timestamp":"2026-11-23T03:00:00Z","level":"ERROR","message":"x"}', "error"],
    ['ts=2026-11-23T03:00:00Z level=debug msg="an error was avoided"', "debug"],
    ["java.lang.OutOfMemoryError: Java heap space", "error"],
    ["Terminating due to java.lang.OutOfMemoryError: Java heap space", "error"],
    ['Exception in thread "main" java.lang.IllegalStateException: no', "error"],
    ["Caused by: java.net.ConnectException: Connection refused", "error"],
    ["Traceback (most recent call last):", "error"],
    ["    at org.projectnessie.Foo.bar(Foo.java:12)", "none"],
    ["  ____  __  _____   ___  __ ____  ______", "none"],
    ["10.0.20.12 asked for information about an error", "none"],
    ["", "none"],
  ])("%s -> %s", (line, level) => {
    expect(detectLevel(line)).toBe(level);
  });

  it("looks at the first 160 characters alone: what it costs does not grow with a hostile line", () => {
    const looked: string[] = [];
    const line = {
      slice(from: number, to: number) {
        const part = `${"2026-".repeat(4000)}${"[".repeat(4000)}`.slice(from, to);
        looked.push(part);
        return part;
      },
    };
    expect(detectLevel(line as unknown as string)).toBe("none");
    expect(looked.map(({ length }) => length)).toEqual([160]);
    const far = `${"x ".repeat(80)}ERROR`;
    expect(detectLevel(far)).toBe("none");
    expect(detectLevel(far.slice(10))).toBe("error");
  });
});
