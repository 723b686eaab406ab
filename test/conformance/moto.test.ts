import { beforeAll, expect, inject, test } from "vitest";
import { templateNames } from "../../src/sim/world/names.ts";
import { clientsOf } from "./clients.ts";
import { contractCases } from "./contract/index.ts";
import { keepFigures } from "./figures.ts";
import { MOTO_GAPS, type MotoGap } from "./moto-gaps.ts";
import { deployTemplate } from "./moto-template.ts";
import { type CalledOperations, recordCalls } from "./recorded-calls.ts";
import { ACCOUNT_ID, type ContractServer, REGION } from "./server.ts";

const called: CalledOperations = new Set();
let server: ContractServer;

beforeAll(async () => {
  const as: ContractServer["as"] = (caller) => clientsOf(inject("motoEndpoint"), REGION, caller);
  const names = templateNames({ project: "lakehouse", environment: "prod", region: REGION, accountId: ACCOUNT_ID });
  const clients = as({ accessKeyId: "AKIACONFORMANCE", secretAccessKey: "moto" });
  await keepTasksRunning();
  await deployTemplate(clients, names);
  server = { clients: recordCalls(clients, called), names, as, tokenOf: async () => "any", settle: async () => {} };
});

/** Otherwise every description of a task at moto takes it one state further, until it has stopped. */
async function keepTasksRunning(): Promise<void> {
  const transition = { model_name: "ecs::task", transition: { progression: "manual", times: 1_000 } };
  const url = `${inject("motoEndpoint")}/moto-api/state-manager/set-transition`;
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(transition) });
  expect(answer.status).toBe(201);
}

/** The failure that the gap describes. @throws Error for another one, and for none: the gap is to be taken off the list. */
async function showsGap(run: Promise<void>, gap: MotoGap): Promise<void> {
  let failure: unknown;
  await run.catch((error: unknown) => {
    failure = error;
  });
  if (failure === undefined) throw new Error("moto answers this as AWS does now: take it off moto-gaps.ts");
  expect(String(failure instanceof Error ? `${failure.name}: ${failure.message}` : failure)).toMatch(gap.failure);
}

const gapOf = ({ title }: { title: string }) => MOTO_GAPS[title];

for (const shared of contractCases.filter((one) => !gapOf(one))) {
  test(shared.title, () => shared.run(server));
}

test("figures", () => {
  const sharedCases = contractCases.filter((one) => !gapOf(one)).length;
  keepFigures(inject("figures"), "moto", { sharedCases, sharedOperations: called.size });
  const rows = Object.entries(MOTO_GAPS).map(([title, { reason }]) => `  ${title}: ${reason}`);
  process.stdout.write(`\nNot compared with moto (${rows.length} cases):\n${rows.join("\n")}\n`);
  expect(Object.keys(MOTO_GAPS).filter((title) => !contractCases.some((one) => one.title === title))).toEqual([]);
});

for (const differing of contractCases.filter(gapOf)) {
  test(`${differing.title} (gap)`, () => showsGap(differing.run(server), gapOf(differing)!));
}
