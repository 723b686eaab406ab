import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { AuditReport } from "../../src/recovery/audit-logs/check.ts";
import { StoredContent, textContent } from "../../src/sim/world/s3/content.ts";
import { testSimulator } from "../support/simulator.ts";
import { entriesOf, opened, stateFolder, YES } from "./support.ts";

const HOUR_MS = 3_600_000;

/** Five hours of data events, with an incident that is opened at their end. */
async function audited() {
  const simulator = await testSimulator({ rateLimits: false });
  simulator.world.advanceBy(5 * HOUR_MS);
  const bucket = simulator.world.storage.audit;
  const keys = (kind: string) =>
    [...bucket.objects.from()]
      .map(([key]) => key)
      .filter((key) => key.includes(`/${kind}/`))
      .sort();
  const incident = await opened(simulator, stateFolder(), { clock: new ManualClock(simulator.world.now()) });
  const write = (key: string, content: Uint8Array) =>
    bucket.write(key, new StoredContent(content), { atMs: simulator.world.now(), origin: "world" });
  const remove = (key: string) => bucket.delete(key, { atMs: simulator.world.now(), origin: "world" });
  const text = (key: string) => {
    const { content } = bucket.latest(key)!;
    return gunzipSync(content!.bytes(0, content!.size)).toString("utf8");
  };
  return {
    simulator,
    bucket,
    incident,
    logs: keys("CloudTrail"),
    digests: keys("CloudTrail-Digest"),
    write,
    remove,
    text,
  };
}

async function check(incident: OpenIncident, from = "6h") {
  const result = await incident.execute(await incident.prepare("check-audit-logs", { from }), YES);
  const stored = (await entriesOf(incident, "evidence.stored")).at(-1)?.payload.path ?? "";
  const report = JSON.parse(readFileSync(join(incident.folder, stored), "utf8")) as AuditReport;
  const found = report.findings.map(({ kind, key }) => `${kind} ${key}`);
  return { result, report, found };
}

describe("checking the audit logs", () => {
  it("what CloudTrail wrote is valid, each log file by its digest, each digest by its signature and by the next", async () => {
    const { incident, digests } = await audited();
    incident.setReadOnly(true);
    const { result, report, found } = await check(incident);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(found).toEqual([]);
    expect(report.logs).toBeGreaterThan(20);
    expect(report).toMatchObject({
      digests: digests.length,
      valid: report.logs,
      signatures: { verified: digests.length, unsigned: 0, notVerified: { count: 0 } },
    });
    expect(result.outcomes[0]?.note).not.toMatch(/not signed|not verified/);
    // A window that begins within a digest's hour: the log files before it are not called gone.
    const part = await check(incident, "100m");
    expect(part.found).toEqual([]);
    expect(part.report.logs).toBeGreaterThan(0);
  });

  it("finds what was deleted, with and without a version left, changed, written over and added", async () => {
    const { simulator, bucket, incident, logs, write, remove, text } = await audited();
    const [deleted = "", gone = "", changed = ""] = [logs[8], logs[11], logs[14]];
    remove(deleted);
    bucket.objects.delete(gone);
    const forged = text(changed).replace("AwsApiCall", "AwsApiCalm");
    bucket.objects.delete(changed);
    write(changed, gzipSync(forged));
    const overwritten = logs[17] ?? "";
    write(overwritten, gzipSync(text(overwritten)));
    const added = (logs[20] ?? "").replace(/_[A-Za-z0-9]{16}\./, "_0000000000000000.");
    write(added, gzipSync('{"Records":[]}'));
    const { result, report, found } = await check(incident);
    expect(result.status).toBe("failed");
    const expected = [
      `deleted ${deleted}`,
      `gone ${gone}`,
      `changed ${changed}`,
      `overwritten ${overwritten}`,
      `in no digest ${added}`,
    ];
    expect([...found].sort()).toEqual(expected.sort());
    expect(report.valid).toBeLessThan(report.logs);
    expect(result.failure?.why).toMatch(/1 deleted: \S+/);
    const prefix = deleted.slice(0, deleted.lastIndexOf("/") + 1);
    expect(result.failure?.next).toContain(
      `recover-s3-deleted (bucket=${simulator.world.names.auditBucket} prefix=${prefix})`,
    );
  });

  it("a digest that is gone is named by the one after it, and nothing vouches for its log files", async () => {
    const { bucket, incident, digests } = await audited();
    bucket.objects.delete(digests[2] ?? "");
    const { found, report } = await check(incident);
    expect(found).toContain(`digest missing ${digests[2]}`);
    expect(found.filter((one) => one.startsWith("in no digest")).length).toBeGreaterThan(3);
    expect(report.valid).toBe(report.logs);
  });

  it("a changed digest is told by the one after it; what is no digest at all, and what is denied, is said", async () => {
    const { simulator, incident, digests, write, text } = await audited();
    const second = digests[1] ?? "";
    const digest = JSON.parse(text(second));
    write(second, gzipSync(JSON.stringify({ ...digest, logFiles: digest.logFiles.slice(1) })));
    write(digests[3] ?? "", textContent("secret words of somebody").bytes(0, 10));
    const { found, result } = await check(incident);
    expect(found).toEqual(
      expect.arrayContaining([`digest changed ${second}`, `overwritten ${second}`, `unreadable ${digests[3]}`]),
    );
    expect(JSON.stringify(result)).not.toContain("secret wor");
    simulator.faults.add({ kind: "deny", operation: "ListObjectVersions" });
    const denied = await incident.execute(await incident.prepare("check-audit-logs", { from: "6h" }), YES);
    expect(denied).toMatchObject({ status: "failed", failure: { kind: "denied" } });
  });

  it("a signature that is not CloudTrail's is told; a digest without one only vouches for itself", async () => {
    const { bucket, incident, digests } = await audited();
    const sign = (key: string | undefined, metadata: Record<string, string>) => {
      const version = bucket.latest(key ?? "")!;
      Object.assign(version, { details: { ...version.details, metadata } });
    };
    sign(digests[1], { signature: "00ff", "signature-algorithm": "SHA256withRSA" });
    sign(digests[2], {});
    const { found, result, report } = await check(incident);
    expect(found).toEqual([`signature wrong ${digests[1]}`]);
    expect(report.signatures).toMatchObject({ verified: digests.length - 2, unsigned: 1 });
    expect(JSON.stringify(result)).toMatch(/not signed, so that [^:]+: 1/);
  });

  it("signed digests whose key cannot be had are not called verified", async () => {
    const { simulator, incident, digests } = await audited();
    simulator.faults.add({ kind: "deny", operation: "ListPublicKeys" });
    const { report } = await check(incident);
    expect(report.signatures).toMatchObject({ verified: 0, notVerified: { count: digests.length } });
    expect(report.signatures.notVerified.why).not.toBe("");
  });
});
