import { afterAll, beforeAll, expect, test } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { expectStatus, incidentAt, type MotoAccount, type MotoIncident, motoAccount } from "./moto-incident.ts";

// Keys at an IAM that we did not write. moto has no LookupEvents, so that who uses a key is not known there: a check that says so, and
// stops nothing; its answer of 500 is tried again, which takes most of the time here. It takes calls with a deactivated key as it takes any, so that only IAM's own word tells that it is off.

const REGION = "us-east-1";
const USER = "ci-uploader";

let account: MotoAccount;
const opened: MotoIncident[] = [];

async function incident(): Promise<MotoIncident> {
  const at = await incidentAt(account, deploymentByNamingRule("rotated", "prod", "nessie", REGION));
  opened.push(at);
  return at;
}

/** The user's keys, by their age. */
async function keys(UserName: string): Promise<{ id: string; status: string }[]> {
  const { AccessKeyMetadata = [] } = await account.clients.iam.listAccessKeys({ UserName });
  return AccessKeyMetadata.map(({ AccessKeyId, Status }) => ({ id: AccessKeyId!, status: Status! }));
}

/** A user with one key. @returns its id. */
async function userWithKey(UserName: string): Promise<string> {
  await account.clients.iam.createUser({ UserName, Path: "/ci/" });
  return (await account.clients.iam.createAccessKey({ UserName })).AccessKey!.AccessKeyId!;
}

beforeAll(async () => {
  account = await motoAccount("210000000003", REGION);
  // moto makes the account's managed policies at its first call of IAM.
  await account.clients.iam.listUsers({});
});

afterAll(async () => {
  for (const at of opened) await at.close();
});

test.concurrent("a second key is made, tested and handed over, the old one goes off; undo; the secret is kept nowhere", async () => {
  const old = await userWithKey(USER);
  const at = await incident();
  const prepared = await at.incident.prepare("rotate-access-key", { user: USER });
  expect(prepared.checks.find(({ label }) => label === `who uses ${old}`)?.status).toBe("unknown");
  const result = await at.carryOut(prepared);
  expectStatus(result, "done");
  const [first, second] = await keys(USER);
  expect(first).toEqual({ id: old, status: "Inactive" });
  expect(second?.status).toBe("Active");
  expect(at.shown[0]).toContain(second?.id);
  const secret = /secret access key: (\S+)/.exec(at.shown[1] ?? "")?.[1] ?? "";
  expect(secret.length).toBeGreaterThan(20);
  expect(result.outcomes.find(({ stepId }) => stepId === "test")?.output).toEqual({
    arn: `arn:aws:iam::${account.accountId}:user/ci/${USER}`,
  });

  const audit = await at.incident.prepare("audit-access-keys", {});
  expect(audit.facts[`${USER} ${old}`]).toMatch(/^INACTIVE, 0 days old/);
  expect(audit.facts[`${USER} ${second?.id}`]).toMatch(/^active, 0 days old/);

  expectStatus(await at.undo(result.runId), "done");
  expect(await keys(USER)).toEqual([{ id: old, status: "Active" }]);
  const kept = await at.everythingKept();
  expect(kept).toContain(second?.id);
  expect(kept).not.toContain(secret);
});

test.concurrent("a key is deactivated, activated again by the undo, and deleted for good when it is inactive", async () => {
  const user = "nightly-job";
  const key = await userWithKey(user);
  const at = await incident();
  const off = await at.run("deactivate-access-key", { user, key });
  expectStatus(off, "done");
  expect(await keys(user)).toEqual([{ id: key, status: "Inactive" }]);
  expectStatus(await at.undo(off.runId), "done");
  expect(await keys(user)).toEqual([{ id: key, status: "Active" }]);

  await account.clients.iam.updateAccessKey({ UserName: user, AccessKeyId: key, Status: "Inactive" });
  expectStatus(await at.run("delete-access-key", { user, key }), "done");
  expect(await keys(user)).toEqual([]);
});

test.concurrent("of a compromised user every key goes off, the newer of two is deleted, and a new one is made", async () => {
  const user = "compromised";
  const older = await userWithKey(user);
  const { AccessKey: newer } = await account.clients.iam.createAccessKey({ UserName: user });
  const at = await incident();
  const before = (await keys(user)).map(({ id }) => id);
  expect(before).toEqual([older, newer!.AccessKeyId]);
  const result = await at.run("rotate-access-key", { user, compromised: "yes", remove: newer!.AccessKeyId! });
  expectStatus(result, "done");
  const after = await keys(user);
  expect(after[0]).toEqual({ id: older, status: "Inactive" });
  expect(after[1]?.status).toBe("Active");
  expect(before).not.toContain(after[1]?.id);
});
