import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import { Failure } from "../../src/base/failure.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { terraformPipeline } from "../../src/sim/world/terraform/apply.ts";
import { account, entriesOf, layerOf, opened, POLL, stateFolder, until, YES } from "./support.ts";

const BUCKET = "lakehouse-prod-lakehouse";
const TYPED = { typedName: BUCKET };
const BREAK_GLASS = "arn:aws:iam::111122223333:user/break-glass";
const ACTION = { purpose: "action" } as const;

async function policyText(aws: AwsLayer): Promise<string> {
  return (await aws.call("s3", "GetBucketPolicy", { Bucket: BUCKET }, POLL)).output.Policy ?? "";
}

async function contain(incident: OpenIncident, parameters: Record<string, string> = {}) {
  const prepared = await incident.prepare("contain-s3", parameters);
  expect(prepared.refusedReason, JSON.stringify(prepared.checks)).toBeUndefined();
  const result = await incident.execute(prepared, TYPED);
  expect(result.status, JSON.stringify(result)).toBe("done");
  return { prepared, result };
}

/** A client of the account that may write: pinned as an incident's is. */
async function writer(simulator: RunningSimulator, accessKeyId: string): Promise<AwsLayer> {
  const aws = await layerOf(simulator, accessKeyId);
  aws.pinAccount((await aws.identity(POLL)).accountId);
  return aws;
}

it("denies strangers, spares the responder and break-glass, keeps the other statements, and undo gives the same policy back", async () => {
  const simulator = await account();
  const incident = await opened(simulator, stateFolder());
  const aws = await writer(simulator, ACCESS_KEYS.responder);
  const before = await policyText(aws);
  const { prepared, result } = await contain(incident, { level: "deny-all", exempt: BREAK_GLASS });
  expect(prepared.facts).toMatchObject({ versioning: "Enabled", "public access block": "all on" });
  expect(prepared.facts["rules that expire"]).toContain("expire-noncurrent-versions");
  const after = JSON.parse(await policyText(aws));
  const ours = after.Statement.at(-1);
  expect(after.Statement.slice(0, -1)).toEqual(JSON.parse(before).Statement);
  expect(ours.Condition.ArnNotLike["aws:PrincipalArn"]).toContain("arn:aws:iam::111122223333:role/oncall/responder");
  const { principals, authorization } = simulator.world.account;
  const list = (name: string, role: string) =>
    authorization.decide({
      principal: principals.roleSession(role, name),
      action: "s3:ListBucket",
      resource: `arn:aws:s3:::${BUCKET}`,
    }).effect;
  expect(list("a", "data-engineer")).toBe("explicit-deny");
  expect(list("b", "responder")).toBe("allow");
  const brokenGlass = await writer(simulator, "AKIASIMULATEDBRGLASS");
  expect(await policyText(brokenGlass)).toContain(ours.Sid);
  expect(incident.store.getState().heldOpen).toMatchObject([{ runId: result.runId, badge: "s3 deny-all" }]);

  expect(prepared.plan.steps[0]).toMatchObject({ kind: "job", essential: false, boxMs: 15_000 });
  const evidence = result.outcomes.find((outcome) => outcome.stepId === "evidence");
  expect(evidence?.status).toBe("done");
  const { files } = (evidence?.output ?? {}) as { files: string[] };
  expect(files).toHaveLength(7);
  const kept = files.find((file) => file.endsWith("-policy.json")) ?? "";
  expect(JSON.parse(readFileSync(join(incident.folder, "evidence", kept), "utf8")).Policy).toBe(before);

  const undo = await incident.prepareUndo(result.runId);
  expect(undo.checks.map(({ status }) => status)).toEqual(["pass"]);
  expect((await incident.execute(undo, YES)).status).toBe("done");
  expect(await policyText(aws)).toBe(before);
});

it("a stricter level goes on top of another; undone in any order each takes out only its own statement", async () => {
  const simulator = await account();
  const incident = await opened(simulator, stateFolder());
  const aws = await writer(simulator, ACCESS_KEYS.responder);
  const before = JSON.parse(await policyText(aws));
  const first = await contain(incident, {});
  expect(first.prepared.plan.parameters.level).toBe("freeze-deletion");
  expect((await incident.prepare("contain-s3", {})).refusedReason).toMatch(/is there already/);
  const second = await contain(incident, { level: "freeze-writes" });
  const undo = await incident.prepareUndo(first.result.runId);
  expect(undo.plan.tier).toBe("name");
  expect(undo.checks[0]?.detail).toMatch(
    /statements: we left .*FreezeDeletion.*now it is .*FreezeWrites.*the undo sets .*FreezeWrites/,
  );
  expect((await incident.execute(undo, TYPED)).status).toBe("done");
  const sids = JSON.parse(await policyText(aws)).Statement.map(({ Sid }: { Sid: string }) => Sid);
  expect(sids.filter((sid: string) => sid.startsWith("IncidentQuarantine"))).toEqual([
    expect.stringMatching(/FreezeWrites$/),
  ]);
  const rest = await incident.prepareUndo(second.result.runId);
  expect((await incident.execute(rest, TYPED)).status).toBe("done");
  expect(JSON.parse(await policyText(aws))).toEqual(before);
});

it("spares the break-glass of the configuration without being told; what is not there is left out with a warning", async () => {
  const simulator = await account();
  const deployment = deploymentByNamingRule("lakehouse", "prod", "nessie", simulator.region);
  const incident = await opened(simulator, stateFolder(), {
    deployment: { ...deployment, breakGlass: { user: "break-glass", role: "no-such-role" } },
  });
  const { prepared } = await contain(incident, { level: "deny-all" });
  const checks = new Map(prepared.checks.map((check) => [check.label, check]));
  expect(checks.get("break-glass user break-glass")).toMatchObject({ status: "pass" });
  expect(checks.get("user break-glass, way in")).toMatchObject({ status: "pass" });
  expect(checks.get("break-glass role no-such-role")).toMatchObject({
    status: "warn",
    detail: expect.stringMatching(/^not spared: /),
  });
  const brokenGlass = await writer(simulator, "AKIASIMULATEDBRGLASS");
  expect(await policyText(brokenGlass)).toContain(BREAK_GLASS);

  expect(prepared.plan.effects[0]).toBe(
    "Nobody but you, user break-glass and the root user may do anything with the bucket, reading included.",
  );
  const alone = await incident.prepare("contain-s3", { level: "freeze-writes", exempt: "none" });
  expect(alone.checks.map(({ label }) => label).join()).not.toContain("break-glass");
});

it("without a policy the undo deletes it, and keeps what somebody added meanwhile", async () => {
  const simulator = await account();
  const incident = await opened(simulator, stateFolder());
  const aws = await writer(simulator, ACCESS_KEYS.responder);
  const remove = () => aws.call("s3", "DeleteBucketPolicy", { Bucket: BUCKET }, ACTION);
  await remove();
  const { result } = await contain(incident, { level: "freeze-writes" });
  const undo = await incident.prepareUndo(result.runId);
  expect(undo.plan.steps).toMatchObject([{ operation: "DeleteBucketPolicy" }]);
  const policy = JSON.parse(await policyText(aws));
  const added = {
    Sid: "Added",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: `arn:aws:s3:::${BUCKET}/*`,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  policy.Statement.push(added);
  await aws.call("s3", "PutBucketPolicy", { Bucket: BUCKET, Policy: JSON.stringify(policy) }, ACTION);
  // The plan from before does not delete what it did not see.
  expect((await incident.execute(undo, YES)).status).toBe("refused");
  const again = await incident.prepareUndo(result.runId);
  expect((await incident.execute(again, TYPED)).status).toBe("done");
  expect(JSON.parse(await policyText(aws)).Statement).toEqual([added]);
  await remove();
  const clean = await contain(incident, { level: "freeze-writes" });
  expect((await incident.execute(await incident.prepareUndo(clean.result.runId), YES)).status).toBe("done");
  await expect(policyText(aws)).rejects.toThrow(/does not exist/);
});

it("refuses where the way back would be lost: nothing is sent", async () => {
  const simulator = await account();
  const incident = await opened(simulator, stateFolder());
  const { lakehouse } = simulator.world.storage;
  const deny = (Action: string, Condition: object = {}) => {
    lakehouse.policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Sid: "Guardrail",
        Effect: "Deny",
        Principal: "*",
        Action,
        Resource: `arn:aws:s3:::${BUCKET}`,
        Condition,
      },
    });
  };
  deny("s3:PutBucketPolicy");
  const prepared = await incident.prepare("contain-s3", {});
  expect(prepared.refusedReason).toMatch(/s3:PutBucketPolicy: statement "Guardrail" denies it already/);
  expect((await incident.execute(prepared, TYPED)).status).toBe("refused");
  // What may apply by a key that is not known is shown, and does not refuse.
  deny("s3:PutBucketPolicy", { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } });
  const open = await incident.prepare("contain-s3", {});
  expect(open.refusedReason).toBeUndefined();
  expect(open.checks).toContainEqual(
    expect.objectContaining({ label: "responder s3:PutBucketPolicy", status: "warn" }),
  );
  // A policy near the limit, that no missing white space makes fit.
  lakehouse.policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "A".repeat(20_200),
        Effect: "Allow",
        Principal: { AWS: "111122223333" },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${BUCKET}/*`,
      },
    ],
  });
  expect((await incident.prepare("contain-s3", {})).refusedReason).toMatch(/S3 takes 20480/);
  await expect(incident.prepare("contain-s3", { exempt: "arn:aws:iam::111122223333:role/*" })).rejects.toThrow(Failure);
  const unknown = await incident.prepare("contain-s3", { exempt: "arn:aws:iam::111122223333:user/nobody" });
  expect(unknown.refusedReason).toMatch(/exempt user nobody/);
});

it("without iam:GetRole the role is spared by its id, and its undo works", async () => {
  const simulator = await account();
  const incident = await opened(simulator, stateFolder());
  simulator.faults.add({ kind: "deny", operation: "GetRole" });
  const { prepared, result } = await contain(incident, { level: "deny-all" });
  expect(prepared.checks.find(({ label }) => label === "responder")?.status).toBe("warn");
  expect((await incident.execute(await incident.prepareUndo(result.runId), YES)).status).toBe("done");
});

it("lifted or changed by somebody, it is put in place again by one run that takes the place of the first", async () => {
  const simulator = await account();
  const incident = await opened(simulator, stateFolder());
  const aws = await writer(simulator, ACCESS_KEYS.responder);
  const before = await policyText(aws);
  const put = (Policy: string) => aws.call("s3", "PutBucketPolicy", { Bucket: BUCKET, Policy }, ACTION);
  const first = await contain(incident);
  const wanted = await policyText(aws);
  const again = async (runId: string, words: RegExp) => {
    const prepared = await incident.prepareAgain(runId);
    expect(prepared.refusedReason, JSON.stringify(prepared.checks)).toBeUndefined();
    expect(prepared.plan.effects.join(" ")).toMatch(/held open since .* sets again what somebody/);
    expect(JSON.stringify(prepared.checks)).toMatch(words);
    const result = await incident.execute(prepared, TYPED);
    expect(result.status, JSON.stringify(result)).toBe("done");
    expect(await policyText(aws)).toBe(wanted);
    expect(incident.store.getState().heldOpen).toMatchObject([{ runId: result.runId, badge: "s3 freeze-deletion" }]);
    return result.runId;
  };
  await put(before);
  const second = await again(first.result.runId, /stranger/);
  // Somebody spares one more role; as it is, nobody may replace it by a plain run.
  expect((await incident.prepareAgain(second)).refusedReason).toMatch(/is there already/);
  await put(wanted.replace('"AROA', '"AROASTRANGER:*","AROA'));
  const third = await again(second, /somebody changed statement/);
  expect((await incident.execute(await incident.prepareUndo(third), YES)).status).toBe("done");
  expect(await policyText(aws)).toBe(before);
});

it("set again by another responder after the whole policy was deleted it spares the first too, and says what else is gone", async () => {
  const simulator = await account();
  const folder = stateFolder();
  const incident = await opened(simulator, folder);
  const aws = await writer(simulator, ACCESS_KEYS.responder);
  const before = await policyText(aws);
  const { result } = await contain(incident, { level: "deny-all", exempt: "none" });
  const brokenGlass = "AKIASIMULATEDBRGLASS";
  // By a session of the spared role: that is what no bucket policy stops.
  await aws.call("s3", "DeleteBucketPolicy", { Bucket: BUCKET }, ACTION);
  const second = await opened(simulator, folder, {
    accessKeyId: brokenGlass,
    incidentId: incident.id,
    reason: "resume",
  });
  const again = await second.prepareAgain(result.runId);
  expect(again.refusedReason, JSON.stringify(again.checks)).toBeUndefined();
  const lost = again.checks.find(({ label }) => label === "other statements");
  expect(lost?.status).toBe("warn");
  const [, file = ""] =
    /NOT put back by this; the policy of .* UTC is in (evidence\/\S+-policy\.json)$/.exec(lost?.detail ?? "") ?? [];
  expect(JSON.parse(readFileSync(join(incident.folder, file), "utf8")).Policy).toBe(before);
  for (const { Sid } of JSON.parse(before).Statement) expect(lost?.detail).toContain(`"${Sid}"`);
  expect(again.plan.effects.join(" ")).toContain(file);
  const role = "role oncall/responder";
  expect(again.plan.effects.join(" ")).toContain(`Nobody but you, the root user and ${role} may do anything`);
  expect(again.checks).toContainEqual(expect.objectContaining({ label: `${role}, way in`, status: "pass" }));
  const done = await second.execute(again, TYPED);
  expect(done.status, JSON.stringify(done)).toBe("done");
  // The first responder still gets in, and can undo it.
  const { Condition } = JSON.parse(await policyText(aws)).Statement[0];
  expect(Condition.ArnNotLike["aws:PrincipalArn"]).toEqual(
    expect.arrayContaining([BREAK_GLASS, "arn:aws:iam::111122223333:role/oncall/responder"]),
  );
  await until(() => incident.store.getState().heldOpen.some(({ runId }) => runId === done.runId));
  const undo = await incident.prepareUndo(done.runId);
  expect(undo.plan.effects.join(" ")).toMatch(
    /neither setting it again nor its undo puts that back; the policy of .* is in evidence\//,
  );
  expect((await incident.execute(undo, YES)).status).toBe("done");
});

it("a terraform apply breaks it: the guard says so, and who", async () => {
  const simulator = await account({ speed: 60 });
  const applyTemplate = terraformPipeline(simulator.world);
  const incident = await opened(simulator, stateFolder(), { watch: true });
  const { result } = await contain(incident);
  const held = () => incident.store.getState().heldOpen.find(({ runId }) => runId === result.runId);
  await until(() => held()?.guard === "holding");
  applyTemplate({ atMs: simulator.world.now() - simulator.epochMs + 30_000 });
  await until(() => held()?.guard === "broken", 30_000);
  await until(() => /assumed-role\/terraform\/ci \(PutBucketPolicy/.test(held()?.by ?? ""), 30_000);
  expect(held()?.message).toMatch(/was lifted or changed \(the quarantine statement is gone\)/);
  // Nothing of ours is left: the undo finds it done.
  const undo = await incident.prepareUndo(result.runId);
  expect(undo.checks[0]).toMatchObject({ status: "pass", detail: "is so already" });
  expect((await incident.execute(undo, YES)).status).toBe("done");
}, 90_000);

it("holds lifecycle expiry, writes every rule again, and undo restores them; rules that somebody added stay", async () => {
  const simulator = await account();
  const incident = await opened(simulator, stateFolder());
  const aws = await writer(simulator, ACCESS_KEYS.responder);
  const read = async () =>
    (await aws.call("s3", "GetBucketLifecycleConfiguration", { Bucket: BUCKET }, POLL)).output.Rules ?? [];
  const original = [
    ...(await read()),
    {
      ID: "dated",
      Status: "Enabled" as const,
      Filter: { Prefix: "tmp/" },
      Expiration: { Date: new Date("2027-01-01T00:00:00Z") },
    },
  ];
  const write = (Rules: typeof original) =>
    aws.call("s3", "PutBucketLifecycleConfiguration", { Bucket: BUCKET, LifecycleConfiguration: { Rules } }, ACTION);
  await write(original);
  const held = await incident.execute(await incident.prepare("hold-lifecycle", {}), YES);
  expect(held.status, JSON.stringify(held.failure)).toBe("done");
  expect((await read()).map(({ Status }) => Status)).toEqual(["Disabled", "Enabled", "Enabled"]);
  expect((await incident.prepare("hold-lifecycle", {})).refusedReason).toMatch(/nothing to hold/);
  expect((await incident.execute(await incident.prepareUndo(held.runId), YES)).status).toBe("done");
  expect(await read()).toEqual(original);

  const again = await incident.execute(await incident.prepare("hold-lifecycle", {}), YES);
  const added = { ID: "added", Status: "Enabled" as const, Filter: { Prefix: "x/" }, Expiration: { Days: 9 } };
  await write([...(await read()), added] as typeof original);
  const undo = await incident.prepareUndo(again.runId);
  expect(undo.plan.tier).toBe("name");
  expect((await incident.execute(undo, TYPED)).status).toBe("done");
  expect(await read()).toEqual([...original, added]);
  expect((await entriesOf(incident, "step.outcome")).length).toBeGreaterThan(0);
});
