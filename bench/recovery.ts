import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { environment, LAUNCHER, SIMULATED_CREDENTIALS, simulatedConnection } from "../test/support/terminal-program.ts";
import type { Row } from "./table.ts";

interface Place {
  endpoint: string;
  since: string;
  until: string;
  versions: number;
}

interface Standing {
  resolved: boolean;
  back: number;
  otherwise: number;
}

interface Run {
  status: number | null;
  elapsedMs: number;
  peakMb: number;
  output: string;
}

/** Machine ms between two looks at the program's memory, and at how far it is. */
const LOOK_MS = 200;

/**
 * 200 000 deleted objects among 1 000 000 versions, with one call of twenty answered by SlowDown: the program undeletes them, is killed
 * when a part is back, and run again. How long it takes and how much memory, and that all and only they are back, compared with the
 * simulator's own truth. Beside the runbook's command for one object, where the AWS CLI is installed.
 */
export async function benchRecovery(objects = 200_000, versions = 1_000_000): Promise<Row[]> {
  const script = join(import.meta.dirname, "support", "recovery-simulator.ts");
  const simulator = spawn(process.execPath, [script, String(objects), String(versions)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const folder = mkdtempSync(join(tmpdir(), "mayday-bench-"));
  try {
    const answers = createInterface({ input: simulator.stdout! })[Symbol.asyncIterator]();
    const next = async <T>() => JSON.parse((await answers.next()).value ?? "null") as T;
    const place = await next<Place>();
    const ask = () => {
      simulator.stdin?.write("\n");
      return next<Standing>();
    };
    const first = await undelete(place, folder, "new", (settled) => settled > objects * 0.4);
    const half = await ask();
    const second = await undelete(place, folder, "latest", () => false);
    const whole = await ask();
    if (second.status !== 0) throw new Error(`the second run ended with ${second.status}: ${second.output}`);
    if (!whole.resolved || whole.otherwise > 0)
      throw new Error(`not all and only they are back: ${JSON.stringify(whole)}`);
    const rows: Row[] = [
      { name: `versions in the bucket`, value: place.versions, unit: "" },
      { name: "back when it was killed", value: half.back, unit: "objects" },
      { name: "back after the second run", value: whole.back, unit: "objects" },
      { name: "changed otherwise", value: whole.otherwise, unit: "objects" },
      { name: "first run, until it was killed", value: first.elapsedMs / 1000, unit: "s" },
      { name: "second run", value: second.elapsedMs / 1000, unit: "s" },
      { name: "first run: peak RSS", value: first.peakMb, unit: "MB" },
      { name: "second run: peak RSS", value: second.peakMb, unit: "MB" },
    ];
    const perObjectMs = (first.elapsedMs + second.elapsedMs) / whole.back;
    return [...rows, besideCli(place, perObjectMs)];
  } finally {
    simulator.stdin?.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the program until it ends, or kills it when so many keys are settled. */
async function undelete(
  { endpoint, since, until }: Place,
  folder: string,
  incident: string,
  isEnough: (settled: number) => boolean,
): Promise<Run> {
  const startedMs = performance.now();
  const parameters = ["--parameter", `since=${since}`, "--parameter", `until=${until}`];
  const args = ["run", "recover-s3-deleted", ...parameters, "--yes", "--incident", incident];
  const program = spawn(process.execPath, [LAUNCHER, ...args, ...simulatedConnection(endpoint, folder)], {
    env: environment(SIMULATED_CREDENTIALS),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [program.stdout, program.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  let peakMb = 0;
  const looking = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(program));
    if (isEnough(settledIn(folder))) program.kill("SIGKILL");
  }, LOOK_MS);
  const status = await new Promise<number | null>((resolve) => program.once("close", resolve));
  clearInterval(looking);
  return { status, elapsedMs: performance.now() - startedMs, peakMb, output };
}

/** The most that the process had resident, MB. Linux only. */
function peakOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch (error) {
    // It has ended between two looks.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** How many keys the newest recovery's checkpoint counts. */
function settledIn(folder: string): number {
  const checkpoints = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("checkpoint.json"))
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (checkpoints[0] === undefined) return 0;
  const { counts } = JSON.parse(readFileSync(checkpoints[0], "utf8")) as { counts?: { restored: number } };
  return counts?.restored ?? 0;
}

/** The runbook's way: one `aws s3api delete-object` for each object. */
function besideCli({ endpoint }: Place, perObjectMs: number): Row {
  const name = "an object, both runs with survey and verification";
  const row = { name, value: perObjectMs, unit: "ms" };
  if (spawnSync("aws", ["--version"]).status !== 0) return row;
  const command = ["s3api", "head-object", "--bucket", "lakehouse-prod-lakehouse", "--key", "lakehouse/none"];
  const startedMs = performance.now();
  const times = 5;
  for (let count = 0; count < times; count++)
    spawnSync("aws", [...command, "--endpoint-url", endpoint, "--region", "us-east-1"], {
      env: { ...process.env, ...SIMULATED_CREDENTIALS },
    });
  const reference = (performance.now() - startedMs) / times;
  return { ...row, reference, referenceName: "one aws s3api call", ratio: perObjectMs / reference };
}
