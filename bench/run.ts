import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchBundle, benchStartUp } from "./start-up.ts";
import { formatTable } from "./table.ts";

const root = join(import.meta.dirname, "..");
const runs = Number(process.argv[2] ?? 10);
const rows = [...(await benchStartUp(runs)), ...benchBundle(join(root, "dist"))];
process.stdout.write(
  `${formatTable(rows)}\n(medians of ${runs} alternating runs at 120x40, first run not counted; Node ${process.version})\n`,
);
const results = join(root, "bench", "results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "latest.json"), `${JSON.stringify({ node: process.version, runs, rows }, null, 2)}\n`);
process.exit();
