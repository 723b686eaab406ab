import { expect, test } from "vitest";
import { quiet } from "../../../src/sim/scenarios/quiet.ts";
import { policyText } from "../../../src/sim/world/iam/policy-text.ts";
import { accountAt, contextOf, diagnose } from "../support.ts";

const MINUTE_MS = 60_000;
const OWN_KEY = { ...quiet, id: "quiet-own-key", lakehouseKey: "own" as const };

test("a role whose own policies lost KMS, where the key's policy leaves it to them", async () => {
  const simulator = await accountAt(0, { scenario: OWN_KEY });
  const { world } = simulator;
  const role = world.iam.roles.get(`${world.names.prefix}-dagster-task`)!;
  const { json } = role.inline.get("lakehouse-access")!;
  const document = JSON.parse(json);
  const Statement = document.Statement.filter(({ Sid }: { Sid: string }) => Sid !== "Keys");
  expect(Statement).toHaveLength(document.Statement.length - 1);
  role.inline.set("lakehouse-access", policyText({ ...document, Statement }, "lakehouse-access", "identity"));
  world.advanceBy(25 * MINUTE_MS);
  const found = await diagnose(await contextOf(simulator), "s3-403");
  expect(found.verdicts.map(({ id, certainty }) => [id, certainty])).toEqual([["s3-identity-policy", "proven"]]);
  const texts = found.verdicts[0]!.for.map(({ text }) => text).join("\n");
  expect(texts).toContain(`kms:Decrypt on the KMS key key/${world.ownKey!.id}`);
  expect(texts).toContain("The key's policy leaves it to the account's own policies.");
  expect(found.verdicts[0]!.fixes[0]).toMatchObject({
    actionId: "grant-role-access",
    parameters: { role: role.name, actions: "kms:Decrypt,kms:GenerateDataKey", resource: world.ownKey!.arn },
  });
});

test("nothing is wrong with a key of one's own that works", async () => {
  const simulator = await accountAt(7, { scenario: OWN_KEY });
  const found = await diagnose(await contextOf(simulator));
  expect(found).toMatchObject({ conclusion: "nothing-wrong", possible: [], unknown: [] });
  const key = found.checks.find(({ id }) => id === "s3-kms-key")!;
  expect([key.status, key.findings.map(({ text }) => text)]).toEqual([
    "answered",
    [`key/${simulator.world.ownKey!.id}, named by the bucket's default encryption, is enabled.`],
  ]);
});
