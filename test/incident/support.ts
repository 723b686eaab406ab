import { afterEach } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { scaledClock } from "../../src/base/clock.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { openIncident } from "../../src/incident/open.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { IncidentOptions } from "../../src/incident/options.ts";
import type { EntryKind, RecordEntry } from "../../src/record/entries.ts";
import { type RunningSimulator, type SimulatorOptions, startSimulator } from "../../src/sim/index.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { temporaryFolder, until } from "../record/support.ts";

export { until };
export const CLUSTER = "lakehouse-prod-nessie";
export const POLL = { purpose: "poll" } as const;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

export function stateFolder(): string {
  const { folder, remove } = temporaryFolder();
  cleanups.push(remove);
  return folder;
}

/** A simulated account whose time runs fast, closed after the test. */
export async function account(options: Partial<SimulatorOptions> = {}): Promise<RunningSimulator> {
  const simulator = await startSimulator({ scenario: "quiet", speed: 30, rateLimits: false, ...options });
  cleanups.push(() => simulator.close());
  return simulator;
}

export const clockOf = (simulator: RunningSimulator) =>
  scaledClock({ domainEpochMs: simulator.epochMs, wallEpochMs: simulator.startedWallMs, speed: simulator.speed });

export function layerOf(simulator: RunningSimulator, accessKeyId: string = ACCESS_KEYS.responder): Promise<AwsLayer> {
  const credentials = { accessKeyId, secretAccessKey: "simulated" };
  const { endpoint, region } = simulator;
  return createAwsLayer({ clock: clockOf(simulator), region, endpoint, credentials, loopbackOnly: true });
}

/** Opens an incident as a headless command does, unless told otherwise. Closed after the test. */
export async function opened(
  simulator: RunningSimulator,
  stateDirectory: string,
  options: Partial<IncidentOptions> & { accessKeyId?: string } = {},
): Promise<OpenIncident> {
  const { accessKeyId, ...rest } = options;
  const incident = await openIncident({
    aws: await layerOf(simulator, accessKeyId),
    clock: clockOf(simulator),
    deployment: deploymentByNamingRule("lakehouse", "prod", "nessie", simulator.region),
    stateDirectory,
    title: "Nessie unreachable",
    severity: "P1",
    onCall: "kim",
    simulated: true,
    toolVersion: "test",
    reason: "start",
    watch: false,
    ...rest,
  });
  cleanups.push(() => incident.release());
  await incident.ready;
  return incident;
}

/** The entries of the kinds asked for, oldest first. */
export async function entriesOf<K extends EntryKind>(incident: OpenIncident, ...kinds: K[]): Promise<RecordEntry<K>[]> {
  const entries: RecordEntry[] = await incident.recorder.entries();
  return entries.filter((entry) => (kinds as EntryKind[]).includes(entry.kind)) as unknown as RecordEntry<K>[];
}

export async function liveState(
  simulator: RunningSimulator,
): Promise<{ desired?: number; min?: number; max?: number; suspended: boolean[] }> {
  const aws = await layerOf(simulator);
  const { output } = await aws.call("ecs", "DescribeServices", { cluster: CLUSTER, services: ["nessie"] }, POLL);
  const scaling = await aws.call(
    "application-autoscaling",
    "DescribeScalableTargets",
    { ServiceNamespace: "ecs", ResourceIds: [`service/${CLUSTER}/nessie`] },
    POLL,
  );
  aws.close();
  const { MinCapacity: min, MaxCapacity: max, SuspendedState: state = {} } = scaling.output.ScalableTargets?.[0] ?? {};
  const { DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended } = state;
  const suspended = [DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended];
  return { desired: output.services?.[0]?.desiredCount, min, max, suspended: suspended.map((one) => one ?? false) };
}

export const NESSIE = { typedName: "nessie" };
export const YES = { yes: true };
