import { describe, expect, it } from "vitest";
import { alarmCondition, alarmView, transitions } from "../../src/watch/alarm-view.ts";

const stateUpdate = (at: string, from: string, to: string) => ({
  Timestamp: new Date(at),
  HistorySummary: `Alarm updated from ${from} to ${to}`,
  HistoryData: JSON.stringify({ version: "1.0", oldState: { stateValue: from }, newState: { stateValue: to } }),
});

describe("an alarm's view", () => {
  it("says its condition as one reads it", () => {
    const base = { MetricName: "CPUUtilization", ComparisonOperator: "GreaterThanThreshold", Threshold: 80 } as const;
    expect(alarmCondition({ ...base, EvaluationPeriods: 3, Period: 300 })).toBe("CPUUtilization > 80, 3 x 300 s");
    expect(alarmCondition({ ...base, EvaluationPeriods: 5, DatapointsToAlarm: 2, Period: 60 })).toBe(
      "CPUUtilization > 80, 2 of 5 x 60 s",
    );
    expect(alarmCondition({ AlarmRule: "ALARM(a) OR ALARM(b)" })).toBe("ALARM(a) OR ALARM(b)");
  });

  it("keeps real transitions only, newest first, and dates the present state by them", () => {
    const history = transitions([
      stateUpdate("2026-11-23T03:00:00Z", "OK", "ALARM"),
      stateUpdate("2026-11-23T03:05:00Z", "ALARM", "ALARM"),
      stateUpdate("2026-11-23T02:00:00Z", "ALARM", "OK"),
      { Timestamp: new Date("2026-11-23T03:06:00Z"), HistoryData: "not JSON" },
    ]);
    expect(history.map(({ from, to }) => `${from}-${to}`)).toEqual(["OK-ALARM", "ALARM-OK"]);
    const alarm = {
      AlarmName: "a",
      StateValue: "ALARM",
      StateUpdatedTimestamp: new Date("2026-11-23T03:05:00Z"),
    } as const;
    expect(alarmView(alarm, history).sinceMs).toBe(Date.parse("2026-11-23T03:00:00Z"));
    expect(alarmView(alarm, []).sinceMs).toBe(Date.parse("2026-11-23T03:05:00Z"));
  });
});
