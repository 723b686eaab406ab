import { compareWithMinimal } from "./minimal-difference.ts";
import { SimulatedLoad } from "./support/simulated-load.ts";
import { type Cost, type Size, WatchedProgram } from "./support/watched-program.ts";
import type { Row } from "./table.ts";

const SIZES: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
  { columns: 250, rows: 70 },
];
const RATES = [0, 100, 2000, 10_000] as const;
/** Seconds count for two minutes in the panes' ages; after that they are minutes, and the screen is at rest. */
const REST_MS = 125_000;
const SETTLE_MS = 5_000;
const HEADER_READY = /nessie[\s\S]*\d+\/\d+/;

const sizeName = ({ columns, rows }: Size) => `${columns}x${rows}`;
const wait = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

async function open(load: SimulatedLoad, size: Size, more: { plain?: boolean; record?: boolean } = {}) {
  const program = WatchedProgram.cockpit(load.endpoint, { ...size, ...more });
  await program.shows((screen) => HEADER_READY.test(screen));
  return program;
}

async function costOf(load: SimulatedLoad, size: Size, plain: boolean, windowMs: number): Promise<Cost> {
  const program = await open(load, size, { plain });
  try {
    await wait(SETTLE_MS);
    return await program.cost(windowMs);
  } finally {
    await program.end();
  }
}

/** Bytes and CPU for every size and rate, each beside stock Ink's output of the same screen in the same run. */
export async function benchOutput(windowMs: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const rate of RATES) {
    const load = await SimulatedLoad.start(rate);
    for (const size of SIZES) {
      const own = await costOf(load, size, false, windowMs);
      const stock = await costOf(load, size, true, windowMs);
      const name = `${sizeName(size)}, ${rate} lines/s`;
      rows.push(
        {
          name: `bytes ${name}`,
          value: own.bytesPerSecond,
          unit: "B/s",
          reference: stock.bytesPerSecond,
          referenceName: "Ink's own output",
          ratio: own.bytesPerSecond / stock.bytesPerSecond,
        },
        {
          name: `CPU ${name}`,
          value: own.cpuPercent,
          unit: "%",
          reference: stock.cpuPercent,
          referenceName: "Ink's own output",
          ratio: own.cpuPercent / stock.cpuPercent,
        },
      );
    }
    load.stop();
  }
  return rows;
}

/** The screen at rest (no log lines, ages in minutes) at 120x40: bytes beside the minimal cell difference, CPU and memory. */
export async function benchRest(windowMs: number): Promise<Row[]> {
  const size = { columns: 120, rows: 40 };
  const load = await SimulatedLoad.start(0);
  const program = await open(load, size, { record: true });
  await wait(REST_MS);
  const skip = program.bytes;
  const cost = await program.cost(windowMs);
  await program.end();
  load.stop();
  const compared = await compareWithMinimal(Buffer.concat(program.recorded), size, skip);
  return [
    {
      name: "bytes at rest 120x40",
      value: cost.bytesPerSecond,
      unit: "B/s",
      reference: (compared.minimal / compared.written) * cost.bytesPerSecond,
      referenceName: "minimal cell difference",
      ratio: compared.written / compared.minimal,
    },
    { name: "CPU at rest 120x40", value: cost.cpuPercent, unit: "%" },
    { name: "RSS at rest 120x40", value: cost.rssMb, unit: "MB" },
  ];
}

/** Memory after a million log lines at 10 000 a second, and whether all of them were taken in. */
export async function benchMillionLines(lines = 1_000_000): Promise<Row[]> {
  const rate = 10_000;
  const load = await SimulatedLoad.start(rate);
  const program = await open(load, { columns: 120, rows: 40 });
  const startRss = program.rssMb;
  let written = 0;
  let peak = 0;
  while (written < lines) {
    await wait(1000);
    written = await load.written();
    peak = Math.max(peak, program.rssMb);
  }
  // The rate on the screen is what the watcher took in over the last minute.
  await wait(3000);
  const shown = Number(/(\d+(?:\.\d+)?)k\/min/.exec(program.screen())?.[1] ?? Number.NaN) * 1000;
  const rss = program.rssMb;
  await program.end();
  load.stop();
  return [
    { name: "RSS before, 120x40", value: startRss, unit: "MB" },
    { name: `RSS after ${lines.toLocaleString("en")} lines`, value: rss, unit: "MB" },
    { name: "RSS at its highest", value: peak, unit: "MB" },
    {
      name: "lines a minute on the screen",
      value: shown,
      unit: "",
      reference: rate * 60,
      referenceName: "written",
      ratio: shown / (rate * 60),
    },
  ];
}
