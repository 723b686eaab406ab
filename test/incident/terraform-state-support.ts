import { createHash } from "node:crypto";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { IncidentOptions } from "../../src/incident/options.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { textContent } from "../../src/sim/world/s3/content.ts";
import { opened } from "./support.ts";

export const BUCKET = { typedName: "my-tf-state" };

/** An incident whose configuration names the simulated state. */
export function openedWithState(
  simulator: RunningSimulator,
  stateDirectory: string,
  options: Partial<IncidentOptions> = {},
): Promise<OpenIncident> {
  const { stateBucket, stateKey, lockTable, region } = simulator.world.names;
  const deployment = deploymentByNamingRule("lakehouse", "prod", "nessie", region);
  const terraform = { stateBucket, stateKey, lockTable };
  return opened(simulator, stateDirectory, { deployment: { ...deployment, terraform }, ...options });
}

/** The simulator's own truth about the state, its lock and its digest. */
export function truthOf(simulator: RunningSimulator) {
  const { world } = simulator;
  const { storage, names, dynamodb } = world;
  const bytesOf = (content: { size: number; bytes(from: number, to: number): Uint8Array } | undefined) =>
    content && Buffer.from(content.bytes(0, content.size));
  const table = () => dynamodb.byName.get(names.lockTable)!;
  const lockId = `${names.stateBucket}/${names.stateKey}`;
  const keyOf = (suffix = "") => ({ LockID: { S: `${lockId}${suffix}` } });
  return {
    /** The text of the current object, or of the n-th version below it; undefined for a delete marker. */
    text: (below = 0) => bytesOf(storage.state.objects.get(names.stateKey)?.[below]?.content)?.toString("utf8"),
    versions: () => storage.state.objects.get(names.stateKey) ?? [],
    state: (below = 0) => {
      const text = bytesOf(storage.state.objects.get(names.stateKey)?.[below]?.content)?.toString("utf8");
      return text === undefined
        ? undefined
        : (JSON.parse(text) as { serial: number; lineage: string; resources: object[] });
    },
    md5: () =>
      createHash("md5")
        .update(bytesOf(storage.state.latest(names.stateKey)?.content) ?? "")
        .digest("hex"),
    digest: () => table().get(keyOf("-md5"))?.Digest?.S,
    lock: () => table().get(keyOf())?.Info?.S,
    setLock: (info: object | undefined) =>
      info
        ? table().put({ ...keyOf(), Info: { S: JSON.stringify(info) } }, world.now())
        : table().set(keyOf(), undefined, world.now()),
    removeDigest: () => table().set(keyOf("-md5"), undefined, world.now()),
    lockFile: () => {
      const latest = storage.state.latest(`${names.stateKey}.tflock`);
      return latest && !latest.deleteMarker ? bytesOf(latest.content)?.toString("utf8") : undefined;
    },
    write: (text: string, key = names.stateKey) =>
      storage.state.write(key, textContent(text), { atMs: world.now(), origin: "world" }),
    remove: () => storage.state.delete(names.stateKey, { atMs: world.now(), origin: "world" }),
    isResolved: (scenario: string) => scenarioById(scenario).resolved.holds(world),
  };
}

/** The text with its serial taken out, and the serial. */
export function withoutSerial(text: string): { rest: string; serial: number } {
  const [whole = "", digits = ""] = /"serial":\s*(\d+)/.exec(text) ?? [];
  return { rest: text.replace(whole, whole.replace(digits, "N")), serial: Number(digits) };
}
