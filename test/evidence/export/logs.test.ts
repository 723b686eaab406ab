import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { Failure } from "../../../src/base/failure.ts";
import { linesOfGzip } from "../../../src/evidence/export/assemble.ts";
import type { Exported } from "../../../src/evidence/export/contract.ts";
import { exportLogs } from "../../../src/evidence/export/export-logs.ts";
import { account, stateFolder } from "../../incident/support.ts";
import { until } from "../../record/support.ts";
import { busyGroup, exportContext, truthOf } from "./support.ts";

const GROUP = "/ecs/busy";
const FAST = { callsPerSecond: 1000, atMostPerSecond: 1000 };

async function busy(perMinute: number, minutes: number) {
  const epochMs = Date.UTC(2026, 10, 23, 3, 0, 0);
  const simulator = await account({ epochMs, speed: 1 });
  const toMs = epochMs - 60_000;
  const fromMs = toMs - minutes * 60_000;
  const group = busyGroup(simulator, GROUP, fromMs, perMinute);
  const request = { logGroup: GROUP, arn: group.arn, fromMs, toMs, ...FAST };
  return { simulator, group, request, truth: truthOf(group, fromMs, toMs, epochMs) };
}

function indexOf(exported: Exported) {
  const index = exported.files.find(({ name }) => name.endsWith(".index.json"));
  return JSON.parse(readFileSync(index?.path ?? "", "utf8"));
}

describe("exporting a log group", () => {
  it("gives every event once, in order of time, ingestion and position, in private files", async () => {
    const { simulator, request, truth } = await busy(4000, 6);
    const exported = await exportLogs(request, await exportContext(simulator));
    expect(exported.missing).toEqual([]);
    const index = indexOf(exported);
    expect(index).toMatchObject({ events: truth.count, sha256OfLines: truth.sha256, complete: true });
    expect(truth.count).toBeGreaterThan(72_000);
    let lines = 0;
    for await (const _line of linesOfGzip(exported.files[0]?.path ?? "")) lines += 1;
    expect(lines).toBe(truth.count);
    for (const { path } of exported.files) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(index.shards.reduce((sum: number, shard: { events: number }) => sum + shard.events, 0)).toBe(truth.count);
  });

  it("killed in the middle it goes on from the checkpoint and gives the same bytes of lines", async () => {
    const { simulator, request, truth } = await busy(3000, 6);
    const workFolder = stateFolder();
    const crashed = join(stateFolder(), "copy");
    let pages = 0;
    const modes = new Set<string>();
    // What lies on the disk at that moment is what a kill leaves.
    const progress = () => {
      pages += 1;
      if (pages !== 5) return;
      cpSync(workFolder, crashed, { recursive: true });
      for (const file of readdirSync(workFolder, { recursive: true, withFileTypes: true }))
        modes.add(`${file.isFile()} ${(statSync(join(file.parentPath, file.name)).mode & 0o777).toString(8)}`);
    };
    await exportLogs(request, await exportContext(simulator, { workFolder, progress }));
    expect([...modes].sort()).toEqual(["false 700", "true 600"]);
    const callsBefore = simulator.calls.length;
    const resumed = await exportLogs(request, await exportContext(simulator, { workFolder: crashed }));
    expect(indexOf(resumed)).toMatchObject({ events: truth.count, sha256OfLines: truth.sha256, complete: true });
    expect(simulator.calls.length - callsBefore).toBeGreaterThan(0);
  });

  it("resumed after its tokens have run out it reads those parts again, and gives the same lines", async () => {
    const { simulator, request, truth } = await busy(4000, 6);
    const workFolder = stateFolder();
    const crashed = join(stateFolder(), "copy");
    let pages = 0;
    let expired = 0;
    const progress = () => {
      pages += 1;
      if (pages === 4) cpSync(workFolder, crashed, { recursive: true });
    };
    await exportLogs(request, await exportContext(simulator, { workFolder, progress }));
    const [name = ""] = readdirSync(crashed);
    const checkpoint = join(crashed, name, "checkpoint.json");
    const text = readFileSync(checkpoint, "utf8").replace(/"token":(?:null|"[^"]+"),"done":false/g, () => {
      expired += 1;
      return '"token":"long gone","done":false';
    });
    writeFileSync(checkpoint, text);
    const resumed = await exportLogs(request, await exportContext(simulator, { workFolder: crashed }));
    expect(expired).toBeGreaterThan(0);
    expect(indexOf(resumed)).toMatchObject({ events: truth.count, sha256OfLines: truth.sha256, complete: true });
  });

  it("cancelled it keeps what it has, says why, and the next run completes it", async () => {
    const { simulator, request, truth } = await busy(3000, 6);
    const workFolder = stateFolder();
    const cancel = new AbortController();
    const reason = new Failure({ kind: "refused", what: "run", why: "cancelled by the responder", next: "" });
    let pages = 0;
    const progress = () => {
      pages += 1;
      if (pages === 6) cancel.abort(reason);
    };
    const partial = await exportLogs(
      request,
      await exportContext(simulator, { workFolder, progress, signal: cancel.signal }),
    );
    expect(partial.missing).toEqual([`logs of ${GROUP}: cancelled by the responder`]);
    expect(partial.files[0]).toMatchObject({ partialReason: "cancelled by the responder" });
    expect(indexOf(partial)).toMatchObject({ complete: false, reasons: ["cancelled by the responder"] });
    expect(indexOf(partial).events).toBeGreaterThan(0);
    const whole = await exportLogs(request, await exportContext(simulator, { workFolder }));
    expect(indexOf(whole)).toMatchObject({ events: truth.count, sha256OfLines: truth.sha256 });
    expect(simulator.calls.filter(({ operation }) => operation === "FilterLogEvents").length).toBeLessThan(
      2 * pages + 20,
    );
  });

  it("paused it sends nothing until it goes on", async () => {
    const { simulator, request, truth } = await busy(2000, 4);
    const context = await exportContext(simulator);
    const asked = vi.spyOn(context.pause, "passed");
    context.pause.pause();
    const running = exportLogs(request, context);
    await until(() => asked.mock.calls.length > 0);
    const outcome = await Promise.race([
      asked.mock.results[0]?.value.then(() => "passed"),
      context.aws.call("logs", "DescribeLogGroups", {}, { purpose: "evidence" }).then(() => "still waiting"),
    ]);
    expect(outcome).toBe("still waiting");
    expect(simulator.calls.some(({ operation }) => operation === "FilterLogEvents")).toBe(false);
    context.pause.resume();
    expect(indexOf(await running)).toMatchObject({ events: truth.count, sha256OfLines: truth.sha256 });
  });

  it("a denied group is missing with the permission's name, without a file that looks whole", async () => {
    const { simulator, request } = await busy(10, 2);
    simulator.faults.add({ kind: "deny", service: "logs", operation: "FilterLogEvents" });
    const exported = await exportLogs(request, await exportContext(simulator));
    expect(exported.files).toEqual([]);
    expect(exported.missing[0]).toMatch(/logs of \/ecs\/busy: .*FilterLogEvents/);
  });

  it("throttling slows it down and loses nothing", async () => {
    const { simulator, request, truth } = await busy(2000, 4);
    simulator.faults.add({ kind: "throttle", service: "logs", operation: "FilterLogEvents", times: 4 });
    const exported = await exportLogs(request, await exportContext(simulator));
    expect(indexOf(exported)).toMatchObject({ events: truth.count, sha256OfLines: truth.sha256, complete: true });
  });
});
