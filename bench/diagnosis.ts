import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { AwsLayer } from "../src/aws/contract.ts";
import { createAwsLayer } from "../src/aws/layer.ts";
import { systemClock } from "../src/base/clock.ts";
import { dagsterOnEcs, deploymentByNamingRule } from "../src/config/naming.ts";
import { checksOf, verdicts } from "../src/diagnosis/registry.ts";
import { type DiagnosisResult, runDiagnosis } from "../src/diagnosis/run.ts";
import { LAUNCHER } from "../test/support/terminal-program.ts";
import { WatchedProgram } from "./support/watched-program.ts";
import { median, percentile, type Row } from "./table.ts";

/** What every call takes before it is answered, ms. */
const LATENCY_MS = 50;
/** The last but one cannot ask Nessie itself, and waits for it in vain. */
const SCENARIOS = ["nessie-oom", "security-group-closed:targets", "security-group-closed:clients", "quiet"] as const;
/** Presses of the key; between two the allowance of look-ups in CloudTrail (2 a second) fills again. */
const PRESSES = 6;
const PAUSE_MS = 3_000;
const GIVEN_UP_MS = 30_000;
const DONE = /\d+ verdicts? from \d+ checks|Nothing wrong, by \d+ checks|not everything was readable/;

/**
 * From the key to the first proven verdict on the screen, and to the last of all checks, with every call answered after 50 ms; beside the
 * same calls one after another.
 */
export async function benchDiagnosis(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scenario of SCENARIOS) rows.push(...(await inCockpit(scenario)));
  return rows;
}

async function inCockpit(scenario: string): Promise<Row[]> {
  const { child, endpoint } = await simulator(scenario);
  const program = WatchedProgram.cockpit(endpoint, { columns: 120, rows: 40, plain: false });
  try {
    await program.shows((screen) => /nessie[\s\S]*\d+\/\d+/.test(screen), 60_000);
    const cause: number[] = [];
    const whole: number[] = [];
    for (let index = 0; index < PRESSES; index++) {
      await pause(PAUSE_MS);
      program.press("d");
      const proven = program.shows((screen) => /›.* proven/.test(screen) || DONE.test(screen), GIVEN_UP_MS);
      const done = program.shows((screen) => DONE.test(screen), GIVEN_UP_MS);
      cause.push(await proven);
      whole.push(await done);
      program.press("q");
      await program.shows((screen) => !/Diagnosis: /.test(screen), GIVEN_UP_MS);
    }
    const alone = await oneAfterAnother(endpoint);
    const name = `${scenario}, ${alone.checks.length} checks`;
    return [
      { name: `${name}: key to the verdict p50`, value: median(cause), unit: "ms" },
      { name: `${name}: key to the verdict, longest`, value: percentile(cause, 1), unit: "ms" },
      {
        name: `${name}: key to the last answer p50`,
        value: median(whole),
        unit: "ms",
        reference: alone.tookMs,
        referenceName: "the same calls one after another",
        ratio: median(whole) / alone.tookMs,
      },
    ];
  } finally {
    await program.end();
    child.stdin?.end();
  }
}

async function simulator(scenario: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const fault = `*:*:latency=${LATENCY_MS}`;
  const args = [LAUNCHER, "sim", scenario, "--announce", "json", "--end-with-stdin", "--fault", fault];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once("line", resolve));
  return { child, endpoint: (JSON.parse(line) as { endpoint: string }).endpoint };
}

/** The same diagnosis, with every call waiting for the one before: as a person would make them, without the typing. */
async function oneAfterAnother(endpoint: string): Promise<DiagnosisResult> {
  const clock = systemClock();
  const region = "us-east-1";
  const credentials = { accessKeyId: "simulated", secretAccessKey: "simulated" };
  const layer = await createAwsLayer({ clock, region, endpoint, credentials, loopbackOnly: true });
  let last: Promise<unknown> = Promise.resolve();
  const queued = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  const call: AwsLayer["call"] = (service, operation, input, options) =>
    queued(() => layer.call(service, operation, input, options));
  const aws = Object.assign(Object.create(layer) as AwsLayer, { call });
  const { diagnosis, checks } = checksOf("everything");
  const toMs = clock.now();
  try {
    return await runDiagnosis(diagnosis, checks, verdicts, {
      aws,
      clock,
      deployment: {
        ...deploymentByNamingRule("lakehouse", "prod", "nessie", region),
        dagster: dagsterOnEcs("lakehouse", "prod"),
      },
      where: { region, endpoint },
      accountId: "111122223333",
      window: { fromMs: toMs - 3_600_000, toMs },
      held: [],
    });
  } finally {
    layer.close();
  }
}

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));
