import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { clientsOf } from "./clients.ts";
import { contractCases } from "./contract/index.ts";
import { keepFigures } from "./figures.ts";
import { servedOperations } from "./operations.ts";
import { type ContractServer, REGION } from "./server.ts";
import { conformanceSimulator } from "./simulator.ts";

let simulator: RunningSimulator;
let server: ContractServer;

beforeAll(async () => {
  simulator = await conformanceSimulator({ manual: true });
  const { endpoint, world } = simulator;
  const as: ContractServer["as"] = (caller) => clientsOf(endpoint, REGION, caller);
  server = {
    clients: as({ accessKeyId: "ASIACONFORMANCE", secretAccessKey: "simulated" }),
    names: world.names,
    as,
    settle: async (durationMs) => world.advanceBy(durationMs),
  };
});

afterAll(() => simulator.close());

for (const { title, run } of contractCases) {
  test(title, () => run(server));
}

test("every operation that the simulator serves was called with success", async () => {
  const succeeded = new Set(
    simulator.calls.filter(({ status }) => status < 400).map(({ service, operation }) => `${service}:${operation}`),
  );
  const served = await servedOperations();
  keepFigures(inject("figures"), "simulator", { operations: served.length, sdkCases: contractCases.length });
  expect(served.filter((operation) => !succeeded.has(operation))).toEqual([]);
});
