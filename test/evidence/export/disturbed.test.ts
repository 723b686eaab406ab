import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { copyObjects } from "../../../src/evidence/export/copy-objects.ts";
import { exportLogs } from "../../../src/evidence/export/export-logs.ts";
import { exportTrail } from "../../../src/evidence/export/export-trail.ts";
import { textContent } from "../../../src/sim/world/s3/content.ts";
import { account } from "../../incident/support.ts";
import { busyGroup, exportContext } from "./support.ts";

const epochMs = Date.UTC(2026, 10, 23, 3, 0, 0);
const [fromMs, toMs] = [epochMs - 3 * 60_000, epochMs - 60_000];
const KINDS = ["throttle", "server-error", "drop-before", "drop-middle"] as const;

async function sources() {
  const simulator = await account({ scenario: "leaked-key", epochMs, speed: 1 });
  const group = busyGroup(simulator, "/ecs/busy", fromMs, 500);
  const { names, buckets } = simulator.world;
  buckets.byName
    .get(names.stateBucket)
    ?.write("copied", textContent("x".repeat(300_000)), { atMs: epochMs, origin: "world" });
  const window = { fromMs, toMs };
  return {
    simulator,
    logs: { logGroup: "/ecs/busy", arn: group.arn, ...window, callsPerSecond: 50, atMostPerSecond: 50 },
    trail: { region: simulator.region, accountId: simulator.accountId, ...window, earlier: [] as string[] },
    objects: [{ bucket: names.stateBucket, key: "copied", name: "copied" }],
  };
}

async function disturbedForGood(kind: (typeof KINDS)[number]): Promise<void> {
  const { simulator, logs, trail, objects } = await sources();
  simulator.faults.add({ kind });
  const context = await exportContext(simulator);
  const exported = await Promise.all([
    exportLogs(logs, context),
    exportTrail(trail, context),
    copyObjects("test", objects, context),
  ]);
  const whys = kind === "throttle" ? /limiting this API/ : /no answer from|cut off/;
  for (const { files, missing } of exported) {
    expect(files, kind).toEqual([]);
    expect(missing, kind).toHaveLength(1);
    expect(missing[0]).toMatch(whys);
  }
  // What there is of it waits for the next run.
  expect(readdirSync(context.workFolder), kind).toHaveLength(3);
}

describe("a source that stays disturbed", () => {
  it("whatever it is: each export ends, says why, and leaves no file that looks whole", async () => {
    // They are as patient as a long export has to be, so they wait together.
    await Promise.all(KINDS.map(disturbedForGood));
  }, 180_000);
});

describe("an object whose copy is cut off behind its first half", () => {
  it("is copied again, whole", async () => {
    const { simulator, objects } = await sources();
    simulator.faults.add({ kind: "drop-middle", operation: "GetObject", times: 1 });
    const { files, missing } = await copyObjects("test", objects, await exportContext(simulator));
    expect(missing).toEqual([]);
    expect(files).toMatchObject([{ name: "copied", partialReason: "" }]);
    expect(simulator.calls.filter(({ operation }) => operation === "GetObject")).toHaveLength(2);
  });

  it("many objects that are denied are one line with their number", async () => {
    const { simulator, objects } = await sources();
    simulator.faults.add({ kind: "deny", operation: "GetObject" });
    const [object] = objects;
    const many = Array.from({ length: 40 }, (_, at) => ({ ...object!, name: `copy-${at}` }));
    const { missing } = await copyObjects("test", many, await exportContext(simulator));
    expect(missing).toHaveLength(1);
    expect(missing[0]).toMatch(/and 39 more: .*s3:GetObject/);
  });
});
