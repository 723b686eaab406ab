import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startSimulator } from "../src/sim/index.ts";
import { SIMULATED_CREDENTIALS, simulatedConnection, TerminalProgram } from "../test/support/terminal-program.ts";
import { median, type Row } from "./table.ts";

/** The bottom line of a complete frame: the footer comes last. */
const COMPLETE = /1 ECS[\s\S]*6 Timeline[\s\S]*\? help/;
/** A frame with data: the service's counts and a healthy or unhealthy target. */
const WITH_DATA = /nessie[\s\S]*\d+\/\d+[\s\S]*10\.0\.\d+\.\d+/;

interface Run {
  firstPaintMs: number;
  completeMs: number;
  dataMs: number;
}

async function once(endpoint: string, stateDirectory: string): Promise<Run> {
  const startedMs = performance.now();
  let firstPaintMs = 0;
  const program = new TerminalProgram(["start", ...simulatedConnection(endpoint, stateDirectory)], {
    columns: 120,
    rows: 40,
    env: SIMULATED_CREDENTIALS,
  });
  const painted = program
    .waitFor((shown) => shown.screen().trim() !== "")
    .then(() => {
      firstPaintMs = performance.now() - startedMs;
    });
  await program.waitFor(COMPLETE);
  const completeMs = performance.now() - startedMs;
  await program.waitFor(WITH_DATA);
  const dataMs = performance.now() - startedMs;
  await painted;
  program.kill("SIGTERM");
  await program.exited;
  return { firstPaintMs, completeMs, dataMs };
}

function bareNodeMs(): number {
  const startedMs = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedMs;
}

/** Start-up figures, each beside bare `node -e 0` of the same run; the runs alternate, the first of each is not counted. */
export async function benchStartUp(runs: number): Promise<Row[]> {
  const simulator = await startSimulator({ scenario: "nessie-oom" });
  const stateDirectory = mkdtempSync(join(tmpdir(), "mayday-bench-"));
  const bare: number[] = [];
  const measured: Run[] = [];
  try {
    for (let run = 0; run <= runs; run++) {
      const bareMs = bareNodeMs();
      const result = await once(simulator.endpoint, stateDirectory);
      if (run === 0) continue;
      bare.push(bareMs);
      measured.push(result);
    }
  } finally {
    await simulator.close();
    rmSync(stateDirectory, { recursive: true });
  }
  const reference = median(bare);
  const row = (name: string, pick: (run: Run) => number): Row => {
    const value = median(measured.map(pick));
    return { name, value, unit: "ms", reference, referenceName: "node -e 0", ratio: value / reference };
  };
  return [
    { name: "bare node -e 0", value: reference, unit: "ms" },
    row("first paint", (run) => run.firstPaintMs),
    row("first complete frame", (run) => run.completeMs),
    row("first frame with data (simulator up)", (run) => run.dataMs),
  ];
}

/** Sizes of the built program. */
export function benchBundle(folder: string): Row[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".js"));
  const bytes = files.map((name) => statSync(join(folder, name)).size);
  const packed = files.map((name) => gzipSync(readFileSync(join(folder, name))).length);
  const total = (sizes: number[]) => sizes.reduce((sum, size) => sum + size, 0) / 1024;
  return [
    { name: `bundle, ${files.length} files`, value: total(bytes), unit: "kB" },
    { name: "bundle, gzip", value: total(packed), unit: "kB" },
  ];
}
