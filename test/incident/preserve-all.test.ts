import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../../src/evidence/custody/manifest.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { textContent } from "../../src/sim/world/s3/content.ts";
import { account, CLUSTER, opened, stateFolder, YES } from "./support.ts";

const epochMs = Date.UTC(2026, 10, 23, 3, 0, 0);
const MINUTE_MS = 60_000;

const manifestOf = (incident: OpenIncident): Manifest =>
  JSON.parse(readFileSync(join(incident.folder, "evidence", "manifest.json"), "utf8"));

/** The content of the newest evidence file whose name ends so. */
function contentOf<T>(incident: OpenIncident, ending: string): T {
  const folder = join(incident.folder, "evidence");
  const name = readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .sort()
    .at(-1);
  return JSON.parse(readFileSync(join(folder, name ?? `no file ${ending}`), "utf8"));
}

const run = async (incident: OpenIncident, id: string, parameters = {}) =>
  incident.execute(await incident.prepare(id, parameters), YES);

/** Nessie with more tasks than one call of ECS names or describes. */
async function manyTasks(count: number): Promise<RunningSimulator> {
  const simulator = await account({ epochMs, speed: 1 });
  const { ecs, kernel } = simulator.world;
  const service = ecs.clusters.get(CLUSTER)?.services.get("nessie");
  if (!service) throw new Error("there is no service nessie");
  const running = ecs.live(service).length;
  for (let task = running; task < count; task++) ecs.addRunningTask(service, kernel.nowMs - MINUTE_MS);
  return simulator;
}

describe("live state", () => {
  it("has every task and network interface, also beyond the hundred that one call takes", async () => {
    const simulator = await manyTasks(230);
    const incident = await opened(simulator, stateFolder());
    const result = await run(incident, "preserve-live-state");
    expect(result.status, JSON.stringify(result.outcomes.map(({ note }) => note))).toBe("done");
    const { tasks } = contentOf<{ tasks: { taskArn: string }[] }>(incident, "-nessie-tasks.json");
    expect(new Set(tasks.map(({ taskArn }) => taskArn)).size).toBe(230);
    const everything = contentOf<{ tasks: object[] }>(incident, `-ecs-${CLUSTER}-tasks.json`);
    expect(everything.tasks).toHaveLength(230);
    const found = contentOf<{ NetworkInterfaces: { NetworkInterfaceId: string }[] }>(
      incident,
      "-network-interfaces.json",
    );
    expect(new Set(found.NetworkInterfaces.map(({ NetworkInterfaceId }) => NetworkInterfaceId)).size).toBe(230);
    const sizes = simulator.calls.filter(({ operation }) => operation === "DescribeTasks").length;
    expect(sizes).toBeGreaterThanOrEqual(6);
  });

  it("in pages of two, some of them empty, it is the same", async () => {
    const simulator = await account({ epochMs, speed: 1, scenario: "nessie-oom" });
    const whole = await opened(simulator, stateFolder());
    await run(whole, "preserve-live-state");
    const paged = await opened(simulator, stateFolder());
    for (const pageItems of [0, 2]) {
      const remove = simulator.faults.add({ kind: "partial-pages", pageItems });
      expect((await run(paged, "preserve-live-state")).status).toBe("done");
      remove();
      for (const ending of ["-ecs-lakehouse-prod-nessie-tasks.json", "-scaling-activities.json"]) {
        const counts = [whole, paged].map((incident) =>
          Object.values(contentOf<Record<string, object[]>>(incident, ending)).map((items) => items.length),
        );
        expect(counts[1], ending).toEqual(counts[0]);
      }
      const alarms = (incident: OpenIncident) => {
        const prefix = "alarms-";
        const file = readdirSync(join(incident.folder, "evidence"))
          .filter((name) => name.includes(prefix))
          .sort()
          .at(-1);
        return contentOf<{ MetricAlarms: object[] }>(incident, file ?? "").MetricAlarms.length;
      };
      expect(alarms(paged)).toBe(alarms(whole));
    }
  });

  it("a page that is denied in the middle leaves what there was, called partial, with the reason", async () => {
    const simulator = await manyTasks(230);
    const incident = await opened(simulator, stateFolder());
    let described = 0;
    simulator.faults.add({
      kind: "latency",
      operation: "DescribeTasks",
      latencyMs: 0,
      onHit: () => {
        described += 1;
        // Of all the readers' calls the first three go through.
        if (described === 3) simulator.faults.add({ kind: "deny", operation: "DescribeTasks" });
      },
    });
    const result = await run(incident, "preserve-live-state");
    expect(result.status).toBe("partial");
    const partial = manifestOf(incident).artifacts.filter(({ status }) => status === "partial");
    expect(partial.length).toBeGreaterThan(0);
    for (const { reason } of partial) expect(reason).toContain("ecs:DescribeTasks");
  });
});

describe("the Terraform state", () => {
  async function versions(count: number) {
    const simulator = await account({ epochMs, speed: 1 });
    const { names, buckets } = simulator.world;
    const bucket = buckets.byName.get(names.stateBucket);
    const write = (atMs: number, key = names.stateKey) =>
      bucket?.write(key, textContent(`{"serial":${atMs}}`), { atMs, origin: "world" });
    write(epochMs - 90 * MINUTE_MS);
    for (let index = 0; index < count; index++) write(epochMs - 60 * MINUTE_MS + index * 1000);
    write(epochMs - MINUTE_MS, `${names.stateKey}.backup`);
    return { simulator, bucket: names.stateBucket, window: { from: "70m" } };
  }
  const copied = (incident: OpenIncident) => readdirSync(join(incident.folder, "evidence", "tfstate")).length;

  it("is copied with every version of the window and the one before it, over several pages", async () => {
    const { simulator, bucket, window } = await versions(30);
    simulator.faults.add({ kind: "partial-pages", service: "s3", operation: "ListObjectVersions", pageItems: 7 });
    const incident = await opened(simulator, stateFolder());
    const result = await run(incident, "preserve-tfstate", { bucket, ...window });
    expect(result.status, JSON.stringify(result.outcomes.map(({ note }) => note))).toBe("done");
    expect(copied(incident)).toBe(31);
    const listed = contentOf<{ Versions: { Key: string }[] }>(incident, "-tfstate-versions.json");
    expect(listed.Versions.length).toBeGreaterThanOrEqual(31);
    expect(listed.Versions.some(({ Key }) => Key.endsWith(".backup"))).toBe(false);
  });

  it("when a limit cuts versions off, it is partial and says how many", async () => {
    const { simulator, bucket, window } = await versions(30);
    const incident = await opened(simulator, stateFolder());
    const result = await run(incident, "preserve-tfstate", { bucket, ...window, versions: "12" });
    expect(result.status).toBe("partial");
    expect(copied(incident)).toBe(13);
    expect(
      manifestOf(incident)
        .missing.map(({ why }) => why)
        .join(),
    ).toMatch(/18 older versions of the window were not copied, because at most 12 were asked for/);
  });
});
