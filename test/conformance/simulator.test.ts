import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { clientsOf } from "./clients.ts";
import { contractCases } from "./contract/index.ts";
import { keepFigures } from "./figures.ts";
import { ALWAYS_REFUSED, servedOperations } from "./operations.ts";
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
    tokenOf: async (endpoint) =>
      world.sns.subscriptions().find((subscription) => subscription.endpoint === endpoint)?.token ?? "",
    settle: async (durationMs) => world.advanceBy(durationMs),
  };
});

afterAll(() => simulator.close());

for (const { title, run } of contractCases) {
  test(title, () => run(server));
}

test("every operation that the simulator serves was called, with success where it can be had", async () => {
  const answered = simulator.calls.map((call) => ({ ...call, name: `${call.service}:${call.operation}` }));
  const shown = new Set(
    answered.filter(({ status, name }) => status < 400 || name in ALWAYS_REFUSED).map(({ name }) => name),
  );
  const served = await servedOperations();
  keepFigures(inject("figures"), "simulator", { operations: served.length, sdkCases: contractCases.length });
  expect(served.filter((operation) => !shown.has(operation))).toEqual([]);
});
