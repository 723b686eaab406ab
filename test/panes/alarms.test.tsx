import { expect, test } from "vitest";
import { shortReason } from "../../src/panes/alarms.ts";
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

test("an alarm that is blind while Nessie is at 0 is not shown as well", () => {
  const { alarms, services } = createFixtureIncident().store.getState();
  if (alarms.status !== "ok" || services.status !== "ok") throw new Error("fixture has alarms and services");
  const [one] = alarms.value.filter(({ name }) => name.endsWith("unhealthy-hosts"));
  const quiet = { ...alarms, value: [{ ...one!, state: "OK", history: [] }] };
  expect(draw({ alarms: quiet }).text).toMatch(/● OK +\d+\w nessie-unhealthy-hosts(?! blind)/);
  const held = { ...services, value: services.value.map((service) => ({ ...service, desired: 0 })) };
  expect(draw({ alarms: quiet, services: held }).text).toMatch(/\? OK +\d+\w nessie-unhealthy-hosts +blind/);
});

test.each([
  [
    "Threshold Crossed: 2 out of the last 2 datapoints [98.36215731608812 (26/11/26 02:45:00), 98.1 (26/11/26 02:40:00)] were greater than the threshold (80.0) (minimum 2 datapoints for OK -> ALARM transition).",
    "Threshold Crossed: 2 out of the last 2 datapoints [98.4, 98.1] were greater than the threshold (80.0).",
  ],
  ["arn:aws:cloudwatch:us-east-1:1:alarm:x transitioned", "arn:aws:cloudwatch:us-east-1:1:alarm:x transitioned"],
])("a reason at a glance: %s", (reason, expected) => {
  expect(shortReason(reason)).toBe(expected);
});
