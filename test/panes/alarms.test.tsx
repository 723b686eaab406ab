import { expect, test } from "vitest";
import type { CockpitState } from "../../src/state/store.ts";
import { createHarness } from "../support/cockpit-harness.tsx";
import { createFixtureIncident } from "../support/fixture-incident.ts";

/** The alarms pane alone on the screen, and the same as one line. */
function draw(change: Partial<CockpitState> = {}): { text: string; flat: string } {
  const incident = createFixtureIncident();
  incident.store.setState(change);
  const harness = createHarness({ incident, columns: 100, rows: 33 });
  harness.press("3", "+");
  const lines = harness.frame();
  return { text: lines.join("\n"), flat: lines.map((line) => line.replace(/[│|]/g, "").trim()).join(" ") };
}

test("what the runbook says of alarms, what differs, what can never fire, and what is not in this account", () => {
  const { text, flat } = draw();
  expect(flat).toContain('ALB health checks failing. See "Nessie Unreachable"');
  expect(flat).toContain("The runbook says 70 %, this alarm fires at 80 %.");
  expect(text).toMatch(/\? NO DATA\s+2d nessie-dynamo-throttled never fires/);
  expect(flat).toContain("ThrottledRequests is published per TableName + Operation, and it asks for TableName");
  expect(text).toMatch(/\? none\s+dagster-task-stopped/);
  expect(flat).toContain("not in this account: no ECS service of Dagster is configured");
  expect(text).not.toContain("none     nessie-");
});

test("before the first answer nothing is missing, and a Glue lakehouse misses no Nessie alarm", () => {
  const { alarms } = createFixtureIncident().store.getState();
  expect(draw({ alarms: { status: "loading" } }).text).not.toContain("not in this account");
  const none = { ...alarms, value: [] } as CockpitState["alarms"];
  const { text } = draw({ alarms: none, lakehouse: { catalogType: "glue" } });
  expect(text).toContain("dagster-task-stopped");
  expect(text).not.toContain("nessie-cpu-high");
});
