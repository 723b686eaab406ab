import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, inject, test } from "vitest";
import { keepFigures } from "./figures.ts";
import { ALWAYS_REFUSED, servedOperations } from "./operations.ts";
import { conformanceSimulator } from "./simulator.ts";

/** A driver that hangs is ended after this long. */
const LONGEST_DRIVE_MS = 90_000;
/** Virtual seconds a second: boto3's waiters wait in the machine's time. */
const SPEED = 60;

interface CaseResult {
  case: string;
  failure: string | null;
}

/** Everything that the driver says: a line for each case, and which operations it called, with success or not. */
async function drive(
  served: string[],
): Promise<{ results: CaseResult[]; called: Record<string, boolean>; complaints: string }> {
  const simulator = await conformanceSimulator({ speed: SPEED });
  const { endpoint, region, accountId, world } = simulator;
  const pending = world.sns.subscriptions().find(({ token }) => token !== undefined);
  const subscriptionToken = pending?.token;
  const context = { endpoint, region, accountId, names: world.names, operations: served, subscriptionToken };
  const parameters = ["-B", join(import.meta.dirname, "boto3/driver.py"), JSON.stringify(context)];
  const driver = spawn(inject("python"), parameters, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LONGEST_DRIVE_MS,
  });
  let complaints = "";
  driver.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  const results: CaseResult[] = [];
  let called: Record<string, boolean> = {};
  for await (const line of createInterface(driver.stdout)) {
    const said = JSON.parse(line) as CaseResult | { called: Record<string, boolean> };
    if ("called" in said) called = said.called;
    else results.push(said);
  }
  await simulator.close();
  return { results, called, complaints };
}

const { results, called, complaints } = await drive(await servedOperations());

test("the driver ran to its end without complaints", () => {
  expect([complaints, Object.keys(called).length > 0]).toEqual(["", true]);
});

for (const { case: title, failure } of results) {
  test(title, () => expect(failure ?? "").toBe(""));
}

test("boto3 calls every operation that the simulator serves, with success where it can be had", async () => {
  keepFigures(inject("figures"), "boto3", { boto3Cases: results.length });
  const missing = (await servedOperations()).filter(
    (name) => !(called[name] || (name in called && name in ALWAYS_REFUSED)),
  );
  expect(missing).toEqual([]);
});
