import { expect, test } from "vitest";
import { PAGERDUTY_ROUTING_KEY } from "../../../src/sim/world/messaging/pagerduty.ts";
import { http } from "../../support/http.ts";
import { testSimulator } from "../../support/simulator.ts";

const trigger = {
  routing_key: PAGERDUTY_ROUTING_KEY,
  event_action: "trigger",
  payload: { summary: "Nessie unreachable", source: "mayday", severity: "critical" },
};

test("an event is accepted with its deduplication key, made when there is none", async () => {
  const { endpoint, world } = await testSimulator();
  const send = (body: object | string) => http(`${endpoint}/pagerduty/v2/enqueue`, "POST", body);
  const first = await send(trigger);
  expect(first).toMatchObject({
    status: 202,
    json: { status: "success", message: "Event processed", dedup_key: expect.any(String) },
  });
  expect((await send({ ...trigger, dedup_key: "inc-1" })).json.dedup_key).toBe("inc-1");
  expect((await send({ routing_key: PAGERDUTY_ROUTING_KEY, event_action: "resolve", dedup_key: "inc-1" })).status).toBe(
    202,
  );
  expect(world.pagerDuty.events.map(({ action, dedupKey }) => [action, dedupKey])).toEqual([
    ["trigger", first.json.dedup_key],
    ["trigger", "inc-1"],
    ["resolve", "inc-1"],
  ]);
});

test.each([
  [{ ...trigger, routing_key: undefined }, "'routing_key' is missing or blank"],
  [{ ...trigger, routing_key: "short" }, "Length of 'routing_key' is incorrect (should be 32 characters)"],
  [{ ...trigger, payload: { ...trigger.payload, severity: "bad" } }, "'payload.severity' is invalid"],
  [{ ...trigger, payload: undefined }, "'payload' is missing or blank"],
  [{ ...trigger, event_action: "resolve" }, "'dedup_key' is missing or blank"],
  ["{", "JSON is invalid"],
])("an invalid event is refused with its errors: %#", async (event, error) => {
  const { endpoint, world } = await testSimulator();
  const answer = await http(`${endpoint}/pagerduty/v2/enqueue`, "POST", event);
  expect(answer).toMatchObject({ status: 400, json: { status: "invalid event", message: "Event object is invalid" } });
  expect(answer.json.errors[0]).toContain(error);
  expect(world.pagerDuty.events).toEqual([]);
});

test("faults name the endpoints: too many requests, server error, silence, a broken connection", async () => {
  const { endpoint, faults, world, calls } = await testSimulator();
  const send = (signal?: AbortSignal) =>
    fetch(`${endpoint}/pagerduty/v2/enqueue`, {
      method: "POST",
      body: JSON.stringify(trigger),
      ...(signal ? { signal } : {}),
    });
  faults.add({ kind: "throttle", service: "pagerduty", operation: "enqueue", times: 1, retryAfterSeconds: 7 });
  const throttled = await send();
  expect([throttled.status, throttled.headers.get("retry-after")]).toEqual([429, "7"]);
  faults.add({ kind: "server-error", service: "pagerduty", times: 1 });
  expect((await send()).status).toBe(500);
  faults.add({ kind: "hang", service: "pagerduty", times: 1 });
  await expect(send(AbortSignal.timeout(150))).rejects.toMatchObject({ name: "TimeoutError" });
  faults.add({ kind: "drop-before", service: "pagerduty", times: 1 });
  await expect(send()).rejects.toThrow("fetch failed");
  expect(world.pagerDuty.events).toEqual([]);
  faults.add({ kind: "drop-after", service: "pagerduty", times: 1 });
  await expect(send()).rejects.toThrow("fetch failed");
  expect(world.pagerDuty.events).toHaveLength(1);
  faults.add({ kind: "throttle", service: "slack" });
  expect((await send()).status).toBe(202);
  const slack = await fetch(`${endpoint}/slack/api/auth.test`, { method: "POST" });
  expect([slack.status, await slack.json()]).toEqual([429, { ok: false, error: "ratelimited" }]);
  expect(calls.at(-1)).toMatchObject({ service: "slack", operation: "auth.test", status: 429 });
});
