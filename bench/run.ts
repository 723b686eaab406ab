// `npm run bench`: every suite, or those named (`npm run bench -- start rest`). Figures stand beside what was measured in the same run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { LAUNCHER, simulatedConnection } from "../test/support/terminal-program.ts";
import { benchDiagnosis } from "./diagnosis.ts";
import { benchExport } from "./export.ts";
import { benchKeys, benchStalledReader } from "./keys.ts";
import { benchMillionLines, benchOutput, benchRest } from "./output.ts";
import { benchAwsCli, benchPeers } from "./peers.ts";
import { benchRecovery } from "./recovery.ts";
import { benchSimulator } from "./simulator.ts";
import { benchBundle, benchStartUp } from "./start-up.ts";
import { SimulatedLoad } from "./support/simulated-load.ts";
import { formatTable, type Row } from "./table.ts";

const root = join(import.meta.dirname, "..");
const WINDOW_MS = 10_000;

/** The same question to the AWS CLI and to mayday, on one simulated account. */
async function benchCli(): Promise<Row[]> {
  const load = await SimulatedLoad.start(0);
  const folder = mkdtempSync(join(tmpdir(), "mayday-bench-"));
  const plan = ["run", "contain-nessie", "--plan", "--incident", "new", ...simulatedConnection(load.endpoint, folder)];
  try {
    return benchAwsCli(load.endpoint, 5, [process.execPath, LAUNCHER, ...plan]);
  } finally {
    load.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const SUITES: Record<string, () => Promise<Row[]>> = {
  start: async () => [...(await benchStartUp(10)), ...benchBundle(join(root, "dist"))],
  rest: () => benchRest(30_000),
  output: () => benchOutput(WINDOW_MS),
  keys: () => benchKeys(80),
  stalled: benchStalledReader,
  memory: () => benchMillionLines(),
  peers: () => benchPeers(WINDOW_MS),
  cli: benchCli,
  simulator: benchSimulator,
  export: benchExport,
  diagnosis: benchDiagnosis,
  recovery: () => benchRecovery(),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  process.stderr.write(`no suite ${unknown.join(", ")}: there is ${Object.keys(SUITES).join(", ")}\n`);
  process.exit(2);
}
const results: Record<string, Row[]> = {};
for (const [name, suite] of Object.entries(SUITES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const rows = await suite();
  results[name] = rows;
  process.stdout.write(`\n${name}\n${formatTable(rows)}\n`);
}
const machine = `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${(totalmem() / 2 ** 30).toFixed(0)} GB, Node ${process.version}`;
process.stdout.write(`\n${machine}; docs/performance.md says how each is measured\n`);
const folder = join(root, "bench", "results");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "latest.json"), `${JSON.stringify({ machine, results }, null, 2)}\n`);
process.exit();
