import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { Manifest } from "../../src/evidence/custody/manifest.ts";
import { verifyBundle } from "../../src/evidence/custody/verify.ts";
import { account, entriesOf, opened, stateFolder, until, YES } from "./support.ts";

const STATE = { stateBucket: "my-tf-state" };
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "evidence", "manifest.json"), "utf8"));
const names = (manifest: Manifest) => manifest.artifacts.map(({ path }) => path);

describe("preserving evidence", () => {
  it("everything: live state first, then the exports, one manifest that verifies, nothing of the state in the record", async () => {
    const simulator = await account({ scenario: "nessie-oom" });
    const incident = await opened(simulator, stateFolder());
    const result = await incident.execute(await incident.prepare("preserve-everything", STATE), YES);
    expect(result.status, JSON.stringify(result.outcomes.map(({ note }) => note))).toBe("done");
    const manifest = manifestOf(incident.folder);
    const found = names(manifest).join("\n");
    for (const part of ["tasks", "network-interfaces", "service", "scaling", "alarms", "alarm-history", "policy"])
      expect(found).toContain(part);
    for (const part of [
      "lifecycle",
      "security-groups",
      "cloudtrail-us-east-1",
      ".index.json",
      "tfstate/",
      "digest-item",
    ])
      expect(found).toContain(part);
    expect(manifest.missing).toEqual([]);
    const state = manifest.artifacts.find(({ path }) => path.endsWith(".tfstate"));
    expect(state?.sourceArn).toBe("arn:aws:s3:::my-tf-state/iceberg-lakehouse/prod/terraform.tfstate");
    expect(path(incident.folder, state?.path ?? "")).toContain(state?.version);
    expect(statSync(path(incident.folder, state?.path ?? "")).mode & 0o777).toBe(0o600);
    const content = readFileSync(path(incident.folder, state?.path ?? ""), "utf8");
    const { lineage } = JSON.parse(content) as { lineage: string };
    const record = await incident.recorder.entries();
    expect(JSON.stringify(record)).not.toContain(lineage);
    const digest = (await entriesOf(incident, "evidence.sealed")).at(-1)?.payload.digest;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const verdict = await verifyBundle(join(incident.folder, "evidence"), { digest, record });
    expect(verdict.problems).toEqual([]);
    expect(readdirSync(join(incident.folder, "unfinished-exports"))).toEqual([]);
  });

  it("each on its own, also in read-only mode, because nothing in AWS changes", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    incident.setReadOnly(true);
    const run = async (id: string, parameters = {}) =>
      (await incident.execute(await incident.prepare(id, parameters), YES)).status;
    expect(await run("preserve-logs", { from: "10m" })).toBe("done");
    expect(await run("preserve-cloudtrail")).toBe("done");
    expect(await run("preserve-cloudtrail", { pass: "second" })).toBe("done");
    expect(await run("preserve-tfstate", { bucket: "my-tf-state" })).toBe("done");
    expect(await run("preserve-live-state")).toBe("done");
    expect(names(manifestOf(incident.folder)).join("\n")).toContain("second-pass");
    await expect(incident.prepare("preserve-logs", { from: "yesterday-ish" })).rejects.toThrow(/is no time/);
  });

  it("the Terraform state of the configuration is taken without being named, and without a lock table nothing is asked of it", async () => {
    const simulator = await account();
    const { stateBucket, stateKey } = simulator.world.names;
    const deployment = deploymentByNamingRule("lakehouse", "prod", "nessie", simulator.region);
    const incident = await opened(simulator, stateFolder(), {
      deployment: { ...deployment, terraform: { stateBucket, stateKey } },
    });
    expect((await incident.execute(await incident.prepare("preserve-tfstate", {}), YES)).status).toBe("done");
    const found = names(manifestOf(incident.folder)).join("\n");
    expect(found).toContain(".tfstate");
    expect(found).not.toContain("lock-item");
    const everything = await incident.prepare("preserve-everything", {});
    expect(JSON.stringify(everything.plan.steps)).toContain(stateKey);
    const bare = await opened(simulator, stateFolder());
    await expect(bare.prepare("preserve-tfstate", {})).rejects.toThrow(/not known in which bucket/);
  });

  it("denied sources make it partial, and the manifest says what is missing and why", async () => {
    const simulator = await account({ scenario: "nessie-oom" });
    const incident = await opened(simulator, stateFolder());
    for (const operation of ["FilterLogEvents", "LookupEvents", "GetItem", "DescribeAlarms", "ListObjectsV2"])
      simulator.faults.add({ kind: "deny", operation });
    const result = await incident.execute(await incident.prepare("preserve-everything", STATE), YES);
    expect(result.status).toBe("partial");
    const all = manifestOf(incident.folder).missing;
    const missing = all.map(({ what, why }) => `${what}: ${why}`).join("\n");
    // One thing each, and nothing that is not missing.
    expect(all.length).toBeGreaterThan(4);
    expect(missing).not.toContain("pass=second");
    for (const part of ["logs of /ecs/", "CloudTrail of us-east-1", "lock-item", "alarms", "audit-trail"])
      expect(missing).toContain(part);
    expect(missing).toContain("logs:FilterLogEvents");
    expect((await verifyBundle(join(incident.folder, "evidence"))).problems).toEqual([]);
  });

  it("what a containment collected on its way is sealed when the headless run lets go", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    await incident.execute(await incident.prepare("contain-nessie", {}), { typedName: "nessie" });
    await incident.release();
    const verdict = await verifyBundle(join(incident.folder, "evidence"));
    expect(verdict.problems).toEqual([]);
    expect(verdict.artifacts).toBeGreaterThan(3);
  });

  it("paused from outside it waits, cancelled it is partial, and run again it goes on from its checkpoint", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    expect(incident.togglePause()).toBe(false);
    simulator.faults.add({ kind: "latency", operation: "FilterLogEvents", latencyMs: 300 });
    const running = incident.execute(await incident.prepare("preserve-logs", { from: "10m" }), YES);
    await until(() => incident.store.getState().run?.steps[0]?.status === "running");
    expect(incident.togglePause()).toBe(true);
    expect(incident.store.getState().run).toMatchObject({ paused: true });
    expect(incident.togglePause()).toBe(false);
    expect(incident.togglePause()).toBe(true);
    incident.cancelRun();
    expect(["partial", "cancelled"]).toContain((await running).status);
    const again = await incident.execute(await incident.prepare("preserve-logs", { from: "10m" }), YES);
    expect(again.status).toBe("done");
    expect(existsSync(join(incident.folder, "evidence", "manifest.json"))).toBe(true);
  });
});

const path = (folder: string, name: string) => join(folder, "evidence", name);
