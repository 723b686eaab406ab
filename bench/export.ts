import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
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
  elapsedMs: number;
  readMs: number;
  calls: number;
  events: number;
  sha256: string;
  peakKilobytes: number;
}

/** Calls per second that CloudWatch Logs allows FilterLogEvents: in many regions, and at most. */
const QUOTAS = [5, 25];
const UNLIMITED = 10_000;

/**
 * A million log events: how much of the quota an export uses (full pages read, of those that the quota allows in that time), its
 * memory, and that every event is there once and in order. Without a quota beside the AWS CLI on a tenth of them.
 */
export async function benchExport(): Promise<Row[]> {
  const script = join(import.meta.dirname, "support", "log-export-simulator.ts");
  const simulator = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const source = JSON.parse(await firstLine(simulator)) as Source;
    const rows: Row[] = [];
    for (const quota of QUOTAS) {
      const result = await exportOnce(source, quota);
      if (result.sha256 !== source.sha256)
        throw new Error(`the export at ${quota} calls/s differs from what was written`);
      const share = (100 * source.pages) / ((result.readMs / 1000) * quota);
      const name = `${result.events} events at ${quota} calls/s`;
      rows.push(
        { name: `${name}: of the quota used`, value: share, unit: "%" },
        { name: `${name}: reading`, value: result.readMs / 1000, unit: "s" },
        { name: `${name}: with the manifest's hashes`, value: result.elapsedMs / 1000, unit: "s" },
        { name: `${name}: peak RSS`, value: result.peakKilobytes / 1024, unit: "MB" },
      );
    }
    return [...rows, ...(await besideCli(source))];
  } finally {
    simulator.stdin?.end();
  }
}

async function besideCli(source: Source): Promise<Row[]> {
  const part = { ...source, toMs: source.fromMs + (source.toMs - source.fromMs) / 10 };
  const own = await exportOnce({ ...part, toMs: Math.floor(part.toMs) }, UNLIMITED);
  const name = `${own.events} events without a quota`;
  if (spawnSync("aws", ["--version"]).status !== 0)
    return [
      { name, value: own.elapsedMs / 1000, unit: "s" },
      { name: "aws: not installed", value: Number.NaN, unit: "" },
    ];
  const window = ["--start-time", String(part.fromMs), "--end-time", String(Math.floor(part.toMs))];
  const place = ["--endpoint-url", source.endpoint, "--region", source.region, "--output", "json"];
  const command = ["logs", "filter-log-events", "--log-group-name", "/bench/export", ...window, ...place];
  const environment = { AWS_ACCESS_KEY_ID: "simulated", AWS_SECRET_ACCESS_KEY: "simulated" };
  const startedMs = performance.now();
  const child = spawn("aws", command, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const status = await new Promise((resolve) => child.once("close", resolve));
  if (status !== 0) throw new Error(`aws logs filter-log-events ended with ${status}`);
  const reference = (performance.now() - startedMs) / 1000;
  const value = own.elapsedMs / 1000;
  return [{ name, value, unit: "s", reference, referenceName: "aws logs filter-log-events", ratio: value / reference }];
}

async function exportOnce(source: Source, callsPerSecond: number): Promise<Result> {
  const workFolder = mkdtempSync(join(tmpdir(), "mayday-bench-"));
  const script = join(import.meta.dirname, "support", "log-export-client.ts");
  const request = JSON.stringify({ ...source, workFolder, callsPerSecond });
  const client = spawn(process.execPath, [script, request], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    return JSON.parse(await firstLine(client)) as Result;
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("the child has no output");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("the child ended without an answer");
}
