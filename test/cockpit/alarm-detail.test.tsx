import { expect, test } from "vitest";
import { createHarness } from "../support/cockpit-harness.tsx";

const flat = (lines: string[]) =>
  lines
    .map((line) => line.replace(/[│|]/g, "").trim())
    .join(" ")
    .replace(/\s+/g, " ");

test("Enter opens the alarm under the cursor: meaning, action, condition, history, why it can never fire", () => {
  const harness = createHarness({ columns: 80, rows: 24 });
  harness.press("3", "enter");
  expect(harness.dialog()).toBe("alarm");
  const first = flat(harness.frame());
  expect(first).toContain("lakehouse-prod-nessie-unhealthy-hosts");
  expect(first).toContain("state ALARM for 12m, since 2026-11-23 03:29:07");
  expect(first).toContain("meaning ALB health checks failing");
  harness.press("esc", "j", "enter");
  const second = flat(harness.frame());
  expect(second).toContain("lakehouse-prod-nessie-dynamo-throttled");
  expect(second).toContain("This alarm can never fire: ThrottledRequests is published per TableName + Operation");
  harness.press("G");
  expect(flat(harness.frame())).toContain("notifies arn:aws:sns:us-east-1:111122223333:lakehouse-prod-alerts");
});

test("Enter in an alarm asks the diagnosis that fits it", () => {
  const harness = createHarness({ columns: 80, rows: 24 });
  harness.press("3", "enter");
  expect(harness.frame().at(-1)).toMatch(/^ Enter diagnose {2}j scroll {2}Esc close/);
  harness.press("enter");
  expect(harness.incident.calls).toContainEqual({ name: "diagnose", id: "nessie-unreachable" });
  expect(harness.dialog()).toBe("diagnosis");
});

test("the cursor reaches what is not in this account, and is seen without colour", () => {
  const harness = createHarness({ columns: 80, rows: 24, colour: false });
  harness.press("3", "G");
  const row = harness
    .styled()
    .split("\n")
    .find((line) => line.includes("dagster-task-stopped"));
  expect(row).toContain("\x1b[7m");
  harness.press("enter");
  expect(flat(harness.frame())).toContain("137 = OOM, 1 = application error");
  harness.press("esc", "g");
  expect(
    harness
      .styled()
      .split("\n")
      .find((line) => line.includes("unhealthy-hosts")),
  ).toContain("\x1b[7m");
});

test("the view follows the cursor through more alarms than fit, and an alarm that is gone says so", () => {
  const harness = createHarness({ columns: 80, rows: 24 });
  const { store } = harness.incident;
  const { alarms } = store.getState();
  if (alarms.status !== "ok" || !alarms.value[0]) throw new Error("fixture has alarms");
  const [base] = alarms.value;
  const many = Array.from({ length: 60 }, (_, index) => {
    const name = `other-${String(index).padStart(2, "0")}`;
    return { ...base, name, arn: name, metric: undefined };
  });
  store.setState({ alarms: { ...alarms, value: many } });
  harness.press("3");
  for (const [keys, shown] of [
    [["pagedown"], "other-1"],
    [["G"], "dagster-task-stopped"],
    [["pageup"], "other-4"],
    [["g"], "other-00"],
  ] as const) {
    harness.press(...keys);
    const selected = harness
      .styled()
      .split("\n")
      .find((line) => line.includes("\x1b[7m") && /other-|dagster/.test(line));
    expect(selected, keys.join()).toContain(shown);
  }
  harness.press("enter");
  store.setState({ alarms: { ...alarms, value: [] } });
  expect(flat(harness.frame())).toContain("This alarm is not there any more.");
});

test("Enter still zooms the other panes, and + the alarms", () => {
  const harness = createHarness();
  harness.press("1", "enter");
  expect(harness.controller.ui.getState().zoomed).toBe(true);
  harness.press("_", "3", "+");
  expect(harness.controller.ui.getState().zoomed).toBe(true);
  expect(harness.dialog()).toBeUndefined();
});
