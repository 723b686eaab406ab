import { expect, test } from "vitest";
import { containNessie, deployRevision, incident, MINUTE_MS, SEEDS } from "./support.ts";

test.each(SEEDS)("the heap is exhausted, and a larger one is the cure (seed %i)", async (seed) => {
  const heap = await incident("nessie-heap", seed);
  const { world } = heap;
  expect([heap.contained(), heap.resolved()]).toEqual([false, false]);
  world.advanceBy(3 * MINUTE_MS);
  const ended = (await heap.tasks("STOPPED")).filter((task) => task.containers?.[0]?.exitCode === 3);
  expect(ended.length).toBeGreaterThanOrEqual(1);
  expect(ended[0]?.containers?.[0]?.reason).toBeUndefined();
  expect(await heap.lines('"java.lang.OutOfMemoryError"')).not.toEqual([]);
  expect(await heap.lines('"Terminating due to java.lang.OutOfMemoryError"')).not.toEqual([]);
  expect(await heap.alarm("nessie-unhealthy-hosts")).toBe("ALARM");
  expect(Math.max(...(await heap.metric("AWS/ECS", "MemoryUtilization", heap.ecsService(), "Maximum")))).toBeLessThan(
    50,
  );
  expect(
    Math.max(...(await heap.metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", heap.loadBalancer(), "Sum"))),
  ).toBeGreaterThan(100);
  // Half by an option, half by memory with the same option: both make the heap large enough.
  if (seed % 2 === 0) await deployRevision(heap, {}, { JAVA_OPTS_APPEND: "-XX:MaxRAMPercentage=70" });
  else await deployRevision(heap, { memory: "8192" });
  world.advanceBy(20 * MINUTE_MS);
  expect(heap.resolved()).toBe(true);
  expect((await heap.tasks("RUNNING")).map((task) => task.healthStatus)).toEqual(
    Array.from({ length: world.lakehouse.service.desiredCount }, () => "HEALTHY"),
  );
  expect(await heap.alarm("nessie-unhealthy-hosts")).toBe("OK");
});

test("more container memory without more heap would help no one: 25 % of 4 GB is still too little", async () => {
  const heap = await incident("nessie-heap", 1);
  await deployRevision(heap, { memory: "4096" });
  heap.world.advanceBy(25 * MINUTE_MS);
  expect(heap.resolved()).toBe(false);
});

test("held at zero it is contained, and not resolved", async () => {
  const heap = await incident("nessie-heap", 2);
  await containNessie(heap);
  heap.world.advanceBy(2 * MINUTE_MS);
  expect([heap.contained(), heap.resolved()]).toEqual([true, false]);
});

test("the target's failure is an application's, not the network's", async () => {
  const heap = await incident("nessie-heap", 3);
  const reasons = new Set<string | undefined>();
  for (let step = 0; step < 12; step++) {
    for (const health of await heap.targets()) if (health?.State === "unhealthy") reasons.add(health.Reason);
    heap.world.advanceBy(15_000);
  }
  expect([...reasons]).toContain("Target.ResponseCodeMismatch");
  expect([...reasons]).not.toContain("Target.Timeout");
});
