import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linesOfGzip } from "../../../src/evidence/export/assemble.ts";
import type { Exported } from "../../../src/evidence/export/contract.ts";
import { exportTrail } from "../../../src/evidence/export/export-trail.ts";
import { account, stateFolder } from "../../incident/support.ts";
import { exportContext } from "./support.ts";

async function idsOf(exported: Exported): Promise<string[]> {
  const ids: string[] = [];
  for await (const line of linesOfGzip(exported.files[0]?.path ?? "")) ids.push(JSON.parse(line).EventId);
  return ids;
}

/** An account whose history has events on several pages, and the window that holds them. */
async function history() {
  const simulator = await account({ scenario: "leaked-key", speed: 1 });
  const toMs = simulator.epochMs;
  const fromMs = toMs - 6 * 3_600_000;
  const request = { region: simulator.region, accountId: simulator.accountId, fromMs, toMs, earlier: [] as string[] };
  const truth = () =>
    simulator.world.trail.events
      .filter(({ region, atMs, deliveredAtMs }) => {
        return region === simulator.region && atMs >= fromMs && atMs <= toMs && deliveredAtMs <= simulator.world.now();
      })
      .map(({ id }) => id)
      .sort();
  return { simulator, request, truth };
}

describe("exporting CloudTrail's event history", () => {
  it("gives every event of the window once, at two calls a second", async () => {
    const { simulator, request, truth } = await history();
    const startedMs = performance.now();
    const exported = await exportTrail(request, await exportContext(simulator));
    const seconds = (performance.now() - startedMs) / 1000;
    expect(exported.missing).toEqual([]);
    expect((await idsOf(exported)).sort()).toEqual(truth());
    const calls = exported.files[0]?.requestIds.length ?? 0;
    expect(calls).toBe(Math.max(1, Math.ceil(truth().length / 50)));
    expect(calls).toBeLessThanOrEqual(2 + 2 * seconds);
  });

  it("killed after its first page it goes on behind it", async () => {
    const { simulator, request, truth } = await history();
    simulator.faults.add({ kind: "partial-pages", service: "cloudtrail", pageItems: 4 });
    const workFolder = stateFolder();
    const crashed = join(stateFolder(), "copy");
    let pages = 0;
    const progress = () => {
      pages += 1;
      if (pages === 1) cpSync(workFolder, crashed, { recursive: true });
    };
    await exportTrail(request, await exportContext(simulator, { workFolder, progress }));
    expect(pages).toBeGreaterThan(2);
    const before = simulator.calls.length;
    const resumed = await exportTrail(request, await exportContext(simulator, { workFolder: crashed }));
    expect((await idsOf(resumed)).sort()).toEqual(truth());
    expect(simulator.calls.length - before).toBe(pages - 1);
  });

  it("a second pass holds only what the first one did not have", async () => {
    const { simulator, request } = await history();
    const first = await exportTrail(request, await exportContext(simulator));
    const second = await exportTrail(
      { ...request, earlier: first.files.map(({ path }) => path) },
      await exportContext(simulator),
    );
    expect(second.files[0]?.name).toContain("second-pass");
    expect(await idsOf(second)).toEqual([]);
    expect(second.missing).toEqual([]);
  });
});
