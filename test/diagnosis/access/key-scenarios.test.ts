import { expect, test } from "vitest";
import { quiet } from "../../../src/sim/scenarios/quiet.ts";
import { policyText } from "../../../src/sim/world/iam/policy-text.ts";
import { keyPolicy, usageStatement } from "../../../src/sim/world/kms/lakehouse-key.ts";
import { StoredContent } from "../../../src/sim/world/s3/content.ts";
import { accountAt, contextOf, diagnose } from "../support.ts";

/** Only the responder may look at it, and somebody else use it. */
const policyOfOthers = (accountId: string) =>
  keyPolicy(
    {
      ...usageStatement(accountId, ["oncall/responder"]),
      Sid: "Look",
      Action: ["kms:Describe*", "kms:Get*", "kms:List*"],
    },
    usageStatement(accountId, ["somebody-else"]),
  );
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

test("the key of the object that somebody asks about is read, and it is not the bucket's", async () => {
  const simulator = await accountAt(2, { scenario: quiet });
  const { world } = simulator;
  const key = world.kms.create("of another team", policyOfOthers(world.names.accountId), world.kernel.nowMs);
  const { lakehouse } = world.storage;
  const name = "lakehouse/orders/data/other-key.parquet";
  const encryption = { algorithm: "aws:kms" as const, keyId: key.arn, bucketKey: false };
  lakehouse.write(name, new StoredContent(Buffer.from("x")), {
    atMs: world.kernel.nowMs,
    origin: "world",
    details: { encryption },
  });
  const given = { principal: `${world.names.prefix}-dagster-task`, action: "s3:GetObject", key: name };
  const found = await diagnose(await contextOf(simulator, { given }), "s3-403");
  const hinted = [...found.verdicts, ...found.possible].filter(({ id }) => id === "s3-kms-key-policy");
  expect(hinted[0]?.for.map(({ text }) => text).join("\n")).toContain(`kms:Decrypt on the KMS key key/${key.id}`);
});
