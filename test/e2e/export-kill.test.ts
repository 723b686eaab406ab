import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { verifyBundle } from "../../src/evidence/custody/verify.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { type RunningSimulator, type SimulatorOptions, startSimulator } from "../../src/sim/index.ts";
import { busyGroup, truthOf } from "../evidence/export/support.ts";
import { environment, LAUNCHER, SIMULATED_CREDENTIALS, simulatedConnection } from "../support/terminal-program.ts";
import { IS_THOROUGH, sample } from "../support/thorough.ts";

const epochMs = Date.UTC(2026, 10, 23, 3, 0, 0);
const GROUP = "/ecs/busy";
const folders: string[] = [];
const simulators: RunningSimulator[] = [];

afterEach(async () => {
  for (const simulator of simulators.splice(0)) await simulator.close();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mayday-export-kill-"));
  folders.push(folder);
  return folder;
}

async function simulated(options: SimulatorOptions): Promise<RunningSimulator> {
  const simulator = await startSimulator({ speed: 1, rateLimits: false, ...options });
  simulators.push(simulator);
  return simulator;
}

/**
 * Loaded before the program: counts what it does durably to files of evidence and unfinished exports (makes, moves and removes them),
 * and kills it with SIGKILL right before the one of the number in KILL_AT.
 */
const KILL_AT_FILE_OPERATION = `data:text/javascript,${encodeURIComponent(`
  import promises from "node:fs/promises";
  import { syncBuiltinESMExports } from "node:module";
  let left = Number(process.env.KILL_AT);
  for (const name of ["open", "rename", "rm"]) {
    const original = promises[name];
    promises[name] = (...given) => {
      const isOurs = given.some((value) => /evidence|unfinished-exports/.test(String(value)));
      if (isOurs && !(name === "open" && given[1] === "r") && left-- === 0) process.kill(process.pid, "SIGKILL");
      return original(...given);
    };
  }
  syncBuiltinESMExports();
`)}`;

interface Given {
  simulator: RunningSimulator;
  folder: string;
  action: string;
  parameters: Record<string, string>;
}

/** Runs the program to its end; resolves with its exit code, or the signal that ended it. */
function run({ simulator, folder, action, parameters }: Given, incident: "new" | "latest", killAt?: number) {
  const command = [
    ...(killAt === undefined ? [] : ["--import", KILL_AT_FILE_OPERATION]),
    LAUNCHER,
    ...["run", action, "--yes", "--incident", incident, ...simulatedConnection(simulator.endpoint, folder)],
    ...Object.entries(parameters).flatMap(([name, value]) => ["--parameter", `${name}=${value}`]),
  ];
  const env = environment({ ...SIMULATED_CREDENTIALS, ...(killAt === undefined ? {} : { KILL_AT: String(killAt) }) });
  const child = spawn(process.execPath, command, { env, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const ended = new Promise<{ code: number | NodeJS.Signals | null; errors: string }>((resolve) =>
    child.once("close", (code, signal) => resolve({ code: signal ?? code, errors })),
  );
  return { child, ended };
}

/** Runs it, killed at the n-th call of an operation; then again, to its end. */
async function killedAtCall(given: Given, operation: string, call: number): Promise<void> {
  let left = call;
  const { child, ended } = run(given, "new");
  const remove = given.simulator.faults.add({
    kind: "latency",
    operation,
    latencyMs: 0,
    onHit: () => {
      left -= 1;
      if (left === 0) child.kill("SIGKILL");
    },
  });
  const { code } = await ended;
  remove();
  expect(code, `killed at call ${call}`).toBe("SIGKILL");
  await completed(given);
}

async function completed(given: Given): Promise<void> {
  const { code, errors } = await run(given, "latest").ended;
  expect(code, errors).toBe(0);
}

/** The uncompressed lines of the bundle's only file of this kind; the bundle is checked against the record. */
async function linesOf({ folder }: Given, isWanted: (name: string) => boolean): Promise<string> {
  const [summary] = await listIncidents(folder);
  const bundle = join(summary?.folder ?? "", "evidence");
  const record = await readRecord(summary?.folder ?? "");
  expect((await verifyBundle(bundle, { record })).problems).toEqual([]);
  expect(readdirSync(join(summary?.folder ?? "", "unfinished-exports"))).toEqual([]);
  const names = readdirSync(bundle).filter(isWanted);
  expect(names).toHaveLength(1);
  return gunzipSync(readFileSync(join(bundle, names[0] ?? ""))).toString("utf8");
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("a log export that is killed by SIGKILL and run again", () => {
  async function busy(perMinute: number) {
    const simulator = await simulated({ scenario: "quiet", epochMs });
    const [fromMs, toMs] = [epochMs - 11 * 60_000, epochMs - 60_000];
    const group = busyGroup(simulator, GROUP, fromMs, perMinute);
    const window = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    const parameters = { group: GROUP, ...window, callsPerSecond: "100" };
    const given = { simulator, folder: newFolder(), action: "preserve-logs", parameters };
    return { given, truth: truthOf(group, fromMs, toMs, epochMs) };
  }
  const isLines = (name: string) => name.endsWith(".jsonl.gz");

  it.each(sample([1, 3, 7, 12], 1))(
    "at its call %i: the same lines as uninterrupted, none lost, none twice",
    async (call) => {
      const { given, truth } = await busy(4000);
      await killedAtCall(given, "FilterLogEvents", call);
      const lines = await linesOf(given, isLines);
      expect(sha256(lines)).toBe(truth.sha256);
      expect(lines.split("\n").length - 1).toBe(truth.count);
    },
  );

  it.runIf(IS_THOROUGH)(
    "before its writes to checkpoint, files, bundle and manifest: the same lines, and a bundle that verifies",
    async () => {
      const { given, truth } = await busy(60);
      let killed = 0;
      for (let at = 0; ; at += 2) {
        const here = { ...given, folder: newFolder() };
        const { code, errors } = await run(here, "new", at).ended;
        if (code !== "SIGKILL") {
          expect(code, errors).toBe(0);
          break;
        }
        killed += 1;
        await completed(here);
        expect(sha256(await linesOf(here, isLines)), `killed at file operation ${at}`).toBe(truth.sha256);
      }
      expect(killed).toBeGreaterThan(8);
    },
    120_000,
  );
});

describe("a CloudTrail export that is killed by SIGKILL and run again", () => {
  const isEvents = (name: string) => /^cloudtrail-.*\.jsonl\.gz$/.test(name);

  async function history() {
    const simulator = await simulated({ scenario: "leaked-key" });
    simulator.faults.add({ kind: "partial-pages", service: "cloudtrail", pageItems: 4 });
    const toMs = simulator.epochMs;
    const fromMs = toMs - 6 * 3_600_000;
    const parameters = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    const given = { simulator, folder: newFolder(), action: "preserve-cloudtrail", parameters };
    const truth = simulator.world.trail.events
      .filter(({ region, atMs }) => region === simulator.region && atMs >= fromMs && atMs <= toMs)
      .map(({ id }) => id);
    return { given, truth };
  }

  it.each(sample([1, 2, 3], 1))("at its call %i: every event once", async (call) => {
    const { given, truth } = await history();
    expect(truth.length).toBeGreaterThan(8);
    await killedAtCall(given, "LookupEvents", call);
    const lines = (await linesOf(given, isEvents)).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).EventId).sort()).toEqual(truth.sort());
  });

  it.runIf(IS_THOROUGH)(
    "before its writes: the same lines as uninterrupted",
    async () => {
      const { given } = await history();
      const whole = { ...given, folder: newFolder() };
      expect((await run(whole, "new").ended).code).toBe(0);
      const wanted = sha256(await linesOf(whole, isEvents));
      let killed = 0;
      const points = sample([1, 3, 5, 7, 9, 11, 13], 3);
      for (const at of points) {
        const here = { ...given, folder: newFolder() };
        const { code, errors } = await run(here, "new", at).ended;
        expect(code, errors).toBe("SIGKILL");
        killed += 1;
        await completed(here);
        expect(sha256(await linesOf(here, isEvents)), `killed at file operation ${at}`).toBe(wanted);
      }
      expect(killed).toBe(points.length);
    },
    120_000,
  );
});
