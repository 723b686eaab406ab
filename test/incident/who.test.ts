import { expect, it } from "vitest";
import type { Reading } from "../../src/actions/contract.ts";
import { whoChanged } from "../../src/incident/who.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { account, layerOf, POLL, until } from "./support.ts";

// No autoscaling here, which would change it in its turn.
const CLUSTER = "lakehouse-prod-dagster";
const WEBSERVER: Reading = {
  service: "ecs",
  operation: "DescribeServices",
  input: { cluster: CLUSTER, services: ["dagster-webserver"] },
  pick: {},
};

it("names who changed this very service, and neither who was refused nor who changed another one", async () => {
  const simulator = await account({ speed: 600 });
  const sinceMs = simulator.world.now();
  const as = async (accessKeyId: string) => {
    const aws = await layerOf(simulator, accessKeyId);
    aws.pinAccount((await aws.identity(POLL)).accountId);
    return (cluster: string, service: string, desiredCount: number) =>
      aws.call("ecs", "UpdateService", { cluster, service, desiredCount }, { purpose: "action" });
  };
  const responder = await as(ACCESS_KEYS.responder);
  const visitor = await as("ASIASIMULATEDNOGRANT");
  const root = await as("ASIASIMULATEDROOTUSR");
  await root(CLUSTER, "dagster-webserver", 2);
  // Ours, and newer: it is not what broke it.
  const { requestId } = await responder(CLUSTER, "dagster-webserver", 0);
  await responder(CLUSTER, "dagster-daemon", 0);
  await expect(visitor(CLUSTER, "dagster-webserver", 3)).rejects.toThrow();
  const events = () => simulator.world.account.trail.events.filter(({ name }) => name === "UpdateService");
  await until(
    () => events().length >= 4 && events().every(({ deliveredAtMs }) => deliveredAtMs <= simulator.world.now()),
  );
  const aws = await layerOf(simulator);
  const signal = new AbortController().signal;
  const own = new Set([requestId]);
  expect(await whoChanged(aws, [WEBSERVER], sinceMs, own, signal)).toMatch(/:root \(UpdateService at /);
  const elsewhere = { ...WEBSERVER, input: { cluster: CLUSTER, services: ["other"] } };
  expect(await whoChanged(aws, [elsewhere], sinceMs, new Set(), signal)).toBe("");
});
