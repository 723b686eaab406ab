import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { testSimulator } from "../support/simulator.ts";

const update = (desiredCount: number) =>
  new UpdateServiceCommand({ cluster: "lakehouse-prod-nessie", service: "nessie", desiredCount });

test("a connection dropped before the call leaves the world alone; after it, the call has happened", async () => {
  const simulator = await testSimulator();
  const client = new ECSClient({ ...simulator.clients, maxAttempts: 1 });
  const { service } = simulator.world.lakehouse;
  simulator.faults.add({ kind: "drop-before", service: "ecs", operation: "UpdateService", times: 1 });
  await expect(client.send(update(4))).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
  expect(service.desiredCount).toBe(2);
  simulator.faults.add({ kind: "drop-after", service: "ecs", operation: "UpdateService", times: 1 });
  await expect(client.send(update(4))).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
  expect(service.desiredCount).toBe(4);
  await client.send(update(3));
  expect(service.desiredCount).toBe(3);
});

test("throttling, denial, expiry and latency hit only what they name, as often as they say", async () => {
  const simulator = await testSimulator();
  const { faults } = simulator;
  const client = new ECSClient({ ...simulator.clients, maxAttempts: 3 });
  faults.add({ kind: "throttle", service: "ecs", operation: "UpdateService", times: 2 });
  expect((await client.send(update(2))).$metadata.attempts).toBe(3);
  faults.add({ kind: "deny", service: "ecs", operation: "UpdateService", times: 1 });
  await expect(client.send(update(2))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining("ecs:UpdateService"),
  });
  faults.add({ kind: "expired", service: "ecs", times: 1 });
  await expect(client.send(update(2))).rejects.toMatchObject({ name: "ExpiredTokenException" });
  const remove = faults.add({ kind: "latency", service: "ecs", latencyMs: 150 });
  const startedMs = performance.now();
  await client.send(new DescribeServicesCommand({ cluster: "lakehouse-prod-nessie", services: ["nessie"] }));
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(145);
  remove();
});

test("a clock skew shows in the Date header", async () => {
  const simulator = await testSimulator();
  const dateOf = async () => (await fetch(simulator.endpoint)).headers.get("date");
  expect(await dateOf()).toBe("Mon, 23 Nov 2026 03:00:00 GMT");
  simulator.faults.add({ kind: "skew", skewMs: 90_000 });
  expect(await dateOf()).toBe("Mon, 23 Nov 2026 03:01:30 GMT");
  simulator.faults.clear();
  expect(await dateOf()).toBe("Mon, 23 Nov 2026 03:00:00 GMT");
});

test("one call of so many", async () => {
  const simulator = await testSimulator();
  const client = new ECSClient({ ...simulator.clients, maxAttempts: 1 });
  simulator.faults.add({ kind: "server-error", service: "ecs", every: 3, times: 2 });
  const failed: number[] = [];
  for (let call = 1; call <= 10; call++) await client.send(update(2)).catch(() => failed.push(call));
  expect(failed).toEqual([3, 6]);
});
