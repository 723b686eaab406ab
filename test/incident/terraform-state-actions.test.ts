import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { account, entriesOf, layerOf, opened, POLL, stateFolder, until, YES } from "./support.ts";
import { BUCKET, openedWithState, truthOf } from "./terraform-state-support.ts";

describe("inspecting the Terraform state", () => {
  it("a table of the versions, what is wrong with the current one, whose lock it is, and what differs", async () => {
    const simulator = await account({ scenario: "tfstate-damage:stale-lock" });
    const incident = await openedWithState(simulator, stateFolder());
    incident.setReadOnly(true);
    const prepared = await incident.prepare("inspect-terraform-state", {});
    const { facts } = prepared;
    expect(facts["#1 current"]).toMatch(
      /^serial 1, 0 resources, lineage [0-9a-f]{8}, \d{4}-\d\d-\d\d \d\d:\d\dZ; by unknown, version \S+$/,
    );
    expect(facts["#2 last good"]).toMatch(/^serial 9, 2\d resources, lineage /);
    expect(facts.difference).toMatch(/^#2 in place of current: \+2\d -0 ~0: \+module\.\S+, .*\+1\d more$/);
    expect(facts.lock).toMatch(/^DynamoDB tf-locks: held by runner@ci-runner-3 since /);
    expect(facts.digest).toMatch(/NOT that of the current object/);
    const result = await incident.execute(prepared, YES);
    expect(result.status).toBe("done");
    const [stored] = await entriesOf(incident, "evidence.stored");
    const file = JSON.parse(readFileSync(join(incident.folder, stored?.payload.path ?? ""), "utf8"));
    expect(file.versions).toHaveLength(6);
    expect(file.versions[1]).toMatchObject({ serial: 9, terraformVersion: "1.9.8", problem: null, writer: null });
    expect(file.difference.added.length).toBeGreaterThan(20);
    expect(file.damage.join()).toMatch(/its lineage is/);
    expect(JSON.stringify(file)).not.toContain("attributes");
  });

  it("compares with the version that is named, by serial or by id; all pages; what is too old says so", async () => {
    const simulator = await account();
    const truth = truthOf(simulator);
    const state = truth.state()!;
    for (let serial = 10; serial < 40; serial++) truth.write(JSON.stringify({ ...state, serial }));
    truth.write("not for this key", `${simulator.world.names.stateKey}.backup`);
    simulator.faults.add({ kind: "partial-pages", operation: "ListObjectVersions", pageItems: 7 });
    const incident = await openedWithState(simulator, stateFolder());
    const prepared = await incident.prepare("inspect-terraform-state", { version: "30" });
    expect(prepared.facts.difference).toBe("#10 in place of current: +0 -0 ~0: no resource differs");
    const oldest = truth.versions().at(-1)!;
    const old = await incident.prepare("inspect-terraform-state", { version: oldest.versionId });
    expect(old.facts.older).toMatch(/^23 more versions$/);
    expect(old.facts.difference).toMatch(/^#35 in place of current: cannot be told: .*not read/);
    const recovered = await incident.prepare("recover-terraform-state", { version: oldest.versionId });
    expect(recovered.refusedReason).toBeUndefined();
    expect(recovered.plan.title).toMatch(/serial 1 back as serial 40, from version/);
  });

  it("names the writer where the trail has data events of the state's bucket", async () => {
    const simulator = await account({ speed: 600 });
    const { world } = simulator;
    world.dataTrail.settings?.dataEventBuckets.push(world.names.stateBucket);
    const aws = await layerOf(simulator);
    aws.pinAccount((await aws.identity(POLL)).accountId);
    const input = { Bucket: world.names.stateBucket, Key: world.names.stateKey, Body: truthOf(simulator).text() ?? "" };
    await aws.call("s3", "PutObject", input, { purpose: "action" });
    const incident = await openedWithState(simulator, stateFolder());
    await until(async () => {
      const { facts } = await incident.prepare("inspect-terraform-state", {});
      return /by responder\/\S+, version/.test(facts["#1 current"] ?? "");
    }, 20_000);
    aws.close();
  });

  it("without a bucket in the configuration it says what to set", async () => {
    const incident = await opened(await account(), stateFolder());
    for (const action of ["inspect-terraform-state", "recover-terraform-state", "mend-terraform-state"])
      await expect(incident.prepare(action, {})).rejects.toMatchObject({ detail: { next: /terraform\.stateBucket/ } });
  });

  it("downloads a version to a private file", async () => {
    const simulator = await account();
    const truth = truthOf(simulator);
    const incident = await openedWithState(simulator, stateFolder());
    const result = await incident.execute(await incident.prepare("download-terraform-state", { version: "7" }), YES);
    expect(result.status).toBe("done");
    const { file, serial } = result.outcomes[0]!.output as { file: string; serial: number };
    expect(serial).toBe(7);
    expect(readFileSync(join(incident.folder, file), "utf8")).toBe(truth.text(1));
  });
});

describe("releasing a dead job's lock", () => {
  it("shows whose it is, asks a person, deletes it on condition, and gives it back as it was", async () => {
    const scenario = "tfstate-damage:stale-lock";
    const simulator = await account({ scenario });
    const truth = truthOf(simulator);
    const lock = truth.lock();
    const asked: string[] = [];
    const human = async (instruction: string) => {
      asked.push(instruction);
      return "kim";
    };
    const incident = await openedWithState(simulator, stateFolder(), { human });
    await expect(incident.prepare("release-terraform-lock", { lockId: "other" })).rejects.toThrow(/has another ID/);
    const prepared = await incident.prepare("release-terraform-lock", {});
    expect(prepared.plan.resourceName).toBe("runner@ci-runner-3");
    expect((await incident.execute(prepared, BUCKET)).status).toBe("refused");
    const again = await incident.prepare("release-terraform-lock", {});
    const result = await incident.execute(again, { typedName: "runner@ci-runner-3" });
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(asked.join()).toMatch(/is the process gone for certain/);
    expect(truth.lock()).toBeUndefined();
    const undone = await incident.execute(await incident.prepareUndo(result.runId), YES);
    expect(undone.status).toBe("done");
    expect(truth.lock()).toBe(lock);
  });

  it("a lock that changed hands meanwhile is not touched", async () => {
    const simulator = await account({ scenario: "tfstate-damage:stale-lock" });
    const truth = truthOf(simulator);
    const theirs = { ID: "another", Who: "runner@ci-runner-4", Created: "2026-11-23T03:00:00Z" };
    const human = async () => {
      truth.setLock(theirs);
      return "kim";
    };
    const incident = await openedWithState(simulator, stateFolder(), { human });
    const prepared = await incident.prepare("release-terraform-lock", {});
    const result = await incident.execute(prepared, { typedName: "runner@ci-runner-3" });
    expect(result.status).toBe("refused");
    expect(truth.lock()).toBe(JSON.stringify(theirs));
  });

  it("S3's own lock object, too", async () => {
    const simulator = await account();
    const truth = truthOf(simulator);
    const { stateKey } = simulator.world.names;
    const info = JSON.stringify({
      ID: "dead",
      Who: "ci@old",
      Operation: "OperationTypePlan",
      Info: "",
      Version: "1.11.0",
    });
    truth.write(info, `${stateKey}.tflock`);
    const incident = await openedWithState(simulator, stateFolder(), { human: async () => "kim" });
    expect((await incident.prepare("recover-terraform-state", {})).refusedReason).toMatch(/locked by ci@old/);
    const result = await incident.execute(await incident.prepare("release-terraform-lock", {}), {
      typedName: "ci@old",
    });
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(truth.lockFile()).toBeUndefined();
    expect((await incident.execute(await incident.prepareUndo(result.runId), YES)).status).toBe("done");
    expect(truth.lockFile()).toBe(info);
  });
});

describe("mending", () => {
  it("a whole state that was copied by hand gets its digest; one that is damaged does not", async () => {
    const simulator = await account();
    const truth = truthOf(simulator);
    const incident = await openedWithState(simulator, stateFolder());
    expect((await incident.prepare("mend-terraform-state", {})).refusedReason).toMatch(/nothing: the digest fits/);
    truth.write(JSON.stringify({ ...truth.state()!, serial: 10 }));
    const prepared = await incident.prepare("mend-terraform-state", {});
    expect(prepared.refusedReason).toBeUndefined();
    const result = await incident.execute(prepared, YES);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect([truth.digest(), truth.lock(), truth.state()?.serial]).toEqual([truth.md5(), undefined, 10]);
    expect(incident.store.getState().heldOpen).toEqual([]);
    truth.write('{"version":4');
    expect((await incident.prepare("mend-terraform-state", {})).refusedReason).toMatch(/it is no whole state/);
  });
});
