import type { LinkSpeed } from "./support/link.ts";
import { SimulatedLoad } from "./support/simulated-load.ts";
import { WatchedProgram } from "./support/watched-program.ts";
import { percentile, type Row } from "./table.ts";

const LINKS: readonly { name: string; speed: LinkSpeed | undefined; columns: number; rows: number }[] = [
  { name: "local", speed: undefined, columns: 200, rows: 60 },
  { name: "1 MB/s, 40 ms", speed: { bytesPerSecond: 1_000_000, roundTripMs: 40 }, columns: 120, rows: 40 },
  { name: "50 kB/s, 150 ms", speed: { bytesPerSecond: 50_000, roundTripMs: 150 }, columns: 120, rows: 40 },
  { name: "15 kB/s, 250 ms", speed: { bytesPerSecond: 15_000, roundTripMs: 250 }, columns: 120, rows: 40 },
];
const LINES_PER_SECOND = 2000;
const PAUSE_MS = 130;
/** A key whose effect is not on the screen by then counts as this, machine ms. */
const GIVEN_UP_MS = 20_000;
const HELP = /Keys|Help/;

interface Latencies {
  /** A letter of a note that is being written: one cell changes. */
  letter: number[];
  /** `?` opens the help, `q` closes it: much of the screen changes. */
  dialog: number[];
}

const pause = (index: number) => new Promise((resolve) => setTimeout(resolve, PAUSE_MS + (index % 7) * 10));

/** Machine ms until the screen satisfies the condition; given up after a while. */
const until = (program: WatchedProgram, condition: (screen: string) => boolean) =>
  program.shows(condition, GIVEN_UP_MS).catch(() => GIVEN_UP_MS);

/** Machine ms from a key to its effect on the screen. */
async function latencies(program: WatchedProgram, keys: number): Promise<Latencies> {
  const measured: Latencies = { letter: [], dialog: [] };
  for (let index = 0; index < keys; index++) {
    const opens = index % 2 === 0;
    program.press(opens ? "?" : "q");
    measured.dialog.push(await until(program, (screen) => HELP.test(screen) === opens));
    await pause(index);
  }
  program.press("n");
  await pause(keys);
  let written = "";
  for (let index = 0; index < Math.min(keys, 40); index++) {
    const letter = String.fromCharCode("a".charCodeAt(0) + ((index * 7) % 26));
    written += letter;
    program.press(letter);
    measured.letter.push(await until(program, (screen) => screen.includes(written.slice(-12))));
    await pause(index);
  }
  return measured;
}

async function onLink(
  load: SimulatedLoad,
  link: (typeof LINKS)[number],
  plain: boolean,
  keys: number,
): Promise<Latencies> {
  const { columns, rows, speed } = link;
  const program = WatchedProgram.cockpit(load.endpoint, { columns, rows, plain, ...(speed ? { link: speed } : {}) });
  try {
    await program.shows((screen) => /nessie[\s\S]*\d+\/\d+/.test(screen), 60_000);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    return await latencies(program, keys);
  } finally {
    await program.end();
  }
}

/** Key to screen at 2 000 log lines a second, on each link, beside Ink's own output on the same link. */
export async function benchKeys(keys: number): Promise<Row[]> {
  const rows: Row[] = [];
  const load = await SimulatedLoad.start(LINES_PER_SECOND);
  for (const link of LINKS) {
    const own = await onLink(load, link, false, keys);
    // Stock output on a slow link answers a key after many seconds: a few of them tell enough.
    const stock = await onLink(load, link, true, link.speed && link.speed.bytesPerSecond < 1_000_000 ? 6 : keys);
    for (const kind of ["letter", "dialog"] as const) {
      for (const share of [0.5, 0.9, 0.99]) {
        const value = percentile(own[kind], share);
        const reference = percentile(stock[kind], share);
        rows.push({
          name: `${kind}: key to screen p${share * 100}, ${link.name}, ${link.columns}x${link.rows}`,
          value,
          unit: "ms",
          reference,
          referenceName: "Ink's own output",
          ratio: value / reference,
        });
      }
    }
  }
  load.stop();
  return rows;
}

/** A reader that stalls for three seconds: what came meanwhile, and how soon after it the newest line is on the screen. */
export async function benchStalledReader(): Promise<Row[]> {
  const load = await SimulatedLoad.start(LINES_PER_SECOND);
  const program = WatchedProgram.cockpit(load.endpoint, { columns: 200, rows: 60 });
  const newest = (screen: string) =>
    Math.max(-1, ...[...screen.matchAll(/line (\d+):/g)].map((match) => Number(match[1])));
  try {
    await program.shows((screen) => newest(screen) > 0, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = newest(program.screen());
    program.stall();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const written = await load.written();
    program.resume();
    const tookMs = await program.shows((screen) => newest(screen) >= written, 20_000);
    return [
      { name: "lines that arrived while the reader stalled for 3 s", value: written - before, unit: "" },
      { name: "after it, until a line newer than all of these is shown", value: tookMs, unit: "ms" },
    ];
  } finally {
    await program.end();
    load.stop();
  }
}
