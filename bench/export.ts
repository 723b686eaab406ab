import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment, LAUNCHER, simulatedConnection } from "../test/support/terminal-program.ts";
import { HelperProcess } from "./support/helper-process.ts";
import { cpuMs } from "./support/process-usage.ts";
import type { Row } from "./table.ts";

interface Source {
  endpoint: string;
  region: string;
  fromMs: number;
  toMs: number;
  sha256: string;
  events: number;
  /** Full pages of 1 MB. */
  pages: number;
}

interface Result {
  /** Of the whole program, start and manifest included. */
  elapsedMs: number;
  /** From the first call that reached the simulator to the last. */
  readMs: number;
  calls: number;
  events: number;
  sha256: string;
  cpuMs: number;
  simulatorCpuMs: number;
  peakKilobytes: number;
}

/** Calls per second that CloudWatch Logs allows FilterLogEvents: in many regions, and at most. */
const QUOTAS = [5, 25];
/** The most that preserve-logs takes; more than the simulator answers. */
const UNLIMITED = 100;
const GROUP = "/bench/export";
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "ASIASIMULATEDRESPOND", AWS_SECRET_ACCESS_KEY: "simulated" };
/** Loaded before the program: says at its end what it used. */
const REPORT_USAGE = `data:text/javascript,${encodeURIComponent(
  'import { writeFileSync } from "node:fs"; process.on("exit", () => writeFileSync(process.env.BENCH_USAGE, JSON.stringify(process.resourceUsage())));',
)}`;

/**
 * A million log events by `mayday run preserve-logs` (the built program): how much of the quota it uses (full pages read, of those
 * that the quota allows in that time), its CPU and memory, and that every event is there once and in order. Without a quota beside
 * the AWS CLI on a tenth of them.
 */
export async function benchExport(): Promise<Row[]> {
  const simulator = new HelperProcess([join(import.meta.dirname, "support", "log-export-simulator.ts")]);
  try {
    const source = await simulator.next<Source>();
    const rows: Row[] = [];
    for (const quota of QUOTAS) {
      const result = await exportOnce(simulator, source, quota);
      if (result.sha256 !== source.sha256)
        throw new Error(`the export at ${quota} calls/s differs from what was written`);
      const share = (100 * source.pages) / ((result.readMs / 1000) * quota);
      const name = `${result.events} events at ${quota} calls/s`;
      rows.push(
        { name: `${name}: of the quota used`, value: share, unit: "%" },
        { name: `${name}: reading`, value: result.readMs / 1000, unit: "s" },
        { name: `${name}: the whole run, manifest included`, value: result.elapsedMs / 1000, unit: "s" },
        { name: `${name}: CPU of the run`, value: result.cpuMs / 1000, unit: "s" },
        { name: `${name}: CPU of the simulator`, value: result.simulatorCpuMs / 1000, unit: "s" },
        { name: `${name}: peak RSS`, value: result.peakKilobytes / 1024, unit: "MB" },
      );
    }
    return [...rows, ...(await besideCli(simulator, source))];
  } finally {
    await simulator.end();
  }
}

async function besideCli(simulator: HelperProcess, source: Source): Promise<Row[]> {
  const part = { ...source, toMs: Math.floor(source.fromMs + (source.toMs - source.fromMs) / 10) };
  const own = await exportOnce(simulator, part, UNLIMITED);
  const name = `${own.events} events without a quota, from the shell`;
  if (spawnSync("aws", ["--version"]).status !== 0)
    return [
      { name, value: own.elapsedMs / 1000, unit: "s" },
      { name: "aws is not installed: nothing to compare with", value: Number.NaN, unit: "" },
    ];
  const window = ["--start-time", String(part.fromMs), "--end-time", String(part.toMs)];
  const place = ["--endpoint-url", source.endpoint, "--region", source.region, "--output", "json"];
  const command = ["logs", "filter-log-events", "--log-group-name", GROUP, ...window, ...place];
  const startedMs = performance.now();
  const child = spawn("aws", command, { env: environment(CREDENTIALS), stdio: ["ignore", "ignore", "inherit"] });
  const status = await new Promise((resolve) => child.once("close", resolve));
  if (status !== 0) throw new Error(`aws logs filter-log-events ended with ${status}`);
  const reference = (performance.now() - startedMs) / 1000;
  const value = own.elapsedMs / 1000;
  return [{ name, value, unit: "s", reference, referenceName: "aws logs filter-log-events", ratio: value / reference }];
}

async function exportOnce(simulator: HelperProcess, source: Source, callsPerSecond: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "mayday-bench-"));
  try {
    const usageFile = join(folder, "usage.json");
    const window = { from: new Date(source.fromMs).toISOString(), to: new Date(source.toMs).toISOString() };
    const parameters = Object.entries({ group: GROUP, ...window, callsPerSecond });
    const command = [
      ...["--import", REPORT_USAGE, LAUNCHER, "run", "preserve-logs", "--yes", "--json", "--incident", "new"],
      ...simulatedConnection(source.endpoint, folder),
      ...parameters.flatMap(([name, value]) => ["--parameter", `${name}=${value}`]),
    ];
    const simulatorBeforeMs = cpuMs(simulator.pid);
    const startedMs = performance.now();
    const program = spawn(process.execPath, command, {
      cwd: folder,
      env: environment({ ...CREDENTIALS, BENCH_USAGE: usageFile }),
      stdio: ["ignore", "ignore", "inherit"],
    });
    const status = await new Promise((resolve) => program.once("close", resolve));
    const elapsedMs = performance.now() - startedMs;
    if (status !== 0) throw new Error(`mayday run preserve-logs ended with ${status}`);
    const simulatorCpuMs = cpuMs(simulator.pid) - simulatorBeforeMs;
    const { firstMs, lastMs, calls } = await simulator.ask<{ firstMs: number; lastMs: number; calls: number }>("calls");
    const usage = JSON.parse(readFileSync(usageFile, "utf8")) as NodeJS.ResourceUsage;
    const name = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((path) =>
      path.endsWith(".index.json"),
    );
    const index = JSON.parse(readFileSync(join(folder, name ?? ""), "utf8"));
    return {
      elapsedMs,
      readMs: lastMs - firstMs,
      calls,
      events: index.events,
      sha256: index.sha256OfLines,
      cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000,
      simulatorCpuMs,
      peakKilobytes: usage.maxRSS,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
