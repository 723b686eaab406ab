import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import type { Clock } from "../../src/base/clock.ts";
import type { Deployment } from "../../src/config/deployment.ts";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import type { DiagnosisContext } from "../../src/diagnosis/fact.ts";
import { checksOf, verdicts } from "../../src/diagnosis/registry.ts";
import { type DiagnosisResult, runDiagnosis } from "../../src/diagnosis/run.ts";
import type { SimulatorOptions } from "../../src/sim/index.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { type TestSimulator, testSimulator } from "../support/simulator.ts";

const layers: AwsLayer[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  for (const layer of layers.splice(0)) layer.close();
});

const MINUTE_MS = 60_000;

/** Domain time of the simulated world, which stands still between steps; machine time of the machine. */
export function worldClock(simulator: TestSimulator): Clock {
  return {
    speed: 1,
    now: () => simulator.world.kernel.nowMs,
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, durationMs);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      }),
  };
}

/** The names of the account, with its table templates in a folder that is gone after the test. */
export function deploymentOf({ world, endpoint }: TestSimulator): Deployment {
  const { project, environment, catalogType, region, stateBucket, stateKey, lockTable } = world.names;
  const named = deploymentByNamingRule(project, environment, catalogType, region);
  return {
    ...named,
    ...(named.nessie && { nessie: { ...named.nessie, endpoint: `${endpoint}/nessie/api/v2` } }),
    dagster: dagsterOnEcs(project, environment),
    terraform: { stateBucket, stateKey, lockTable },
    tableTemplates: templatesOf(world),
  };
}

/** A folder with the templates as the repository has them now. */
export function templatesOf({ templates }: TestSimulator["world"]): string {
  const folder = mkdtempSync(join(tmpdir(), "mayday-templates-"));
  folders.push(folder);
  for (const [table, text] of templates.texts) writeFileSync(join(folder, `${table}.yaml`), text);
  return folder;
}

/** What a diagnosis of the simulated account looks with; the incident began with the scenario. */
export async function contextOf(
  simulator: TestSimulator,
  more: Partial<DiagnosisContext> = {},
  caller: keyof typeof ACCESS_KEYS = "responder",
): Promise<DiagnosisContext> {
  const clock = worldClock(simulator);
  const { endpoint, region, accountId, epochMs } = simulator;
  const credentials = { accessKeyId: ACCESS_KEYS[caller], secretAccessKey: "simulated" };
  const aws = await createAwsLayer({ clock, region, endpoint, credentials, loopbackOnly: true });
  layers.push(aws);
  // The simulated account has no quota in manual mode: look-ups and logs need not wait for AWS's few calls a second.
  aws.setRate("cloudtrail", "LookupEvents", 1000);
  aws.setRate("logs", "FilterLogEvents", 1000);
  const toMs = clock.now();
  return {
    aws,
    deployment: deploymentOf(simulator),
    clock,
    where: { region, endpoint },
    accountId,
    window: { fromMs: epochMs - 60 * MINUTE_MS, toMs },
    held: [],
    ...more,
  };
}

/** A diagnosis of the account as it is now. */
export async function diagnose(context: DiagnosisContext, id = "everything"): Promise<DiagnosisResult> {
  const { diagnosis, checks } = checksOf(id);
  return runDiagnosis(diagnosis, checks, verdicts, context);
}

/** A simulated account, so many minutes into its scenario. */
export async function accountAt(minutes: number, options: Partial<SimulatorOptions>): Promise<TestSimulator> {
  const simulator = await testSimulator(options);
  simulator.world.advanceBy(minutes * MINUTE_MS);
  return simulator;
}
