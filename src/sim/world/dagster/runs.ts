import type { NewDataFile } from "../iceberg/table.ts";
import { newDataFiles, nextTable, pauseMs, type TemplateTable } from "../iceberg/template-tables.ts";
import { type RandomStream, randomUuid } from "../random.ts";
import type { World } from "../world.ts";
import type { DagsterHome } from "./home.ts";
import { type RunName, runFailed, runStarted, runSucceeded } from "./lines.ts";
import type { ProgramProcess } from "./process.ts";
import { writerOf } from "./table-writer.ts";
import { errorText, stepTraceback } from "./tracebacks.ts";

/** A run that has ended. */
export interface EndedRun {
  id: string;
  /** The asset, which is the table that it writes. */
  table: string;
  startedAtMs: number;
  endedAtMs: number;
  /** What a person would quote of its error; undefined for a success. */
  error: string | undefined;
}

/** A run under way: all that chance has a say in is drawn when it starts. */
interface PlannedRun {
  name: RunName;
  template: TemplateTable;
  files: NewDataFile[];
  startedAtMs: number;
}

/** Ended runs that are remembered. */
const RUNS_KEPT = 200;
/** How long a run takes, ms. */
const DURATION_MS = { from: 11_000, to: 42_000 };
/** A run in a process that stands still looks this often whether it goes on, ms. */
const THAW_MS = 2_000;
/** Dagster's name of the job that materializes chosen assets. */
const ASSET_JOB = "__ASSET_JOB";

/** What Dagster's schedules make: runs that append to a table each, inside the daemon's process. */
export class DagsterRuns {
  /** Scenarios and tests stop and start the schedules. */
  scheduled = true;
  /** Newest last. */
  readonly ended: EndedRun[] = [];
  readonly #world: World;
  readonly #home: DagsterHome;
  readonly #random: RandomStream;

  constructor(world: World, home: DagsterHome) {
    this.#world = world;
    this.#home = home;
    this.#random = world.random("dagster/runs");
  }

  /** Lets the schedules run from now on. */
  start(): void {
    this.#world.kernel.after(pauseMs(this.#random), () => this.#run());
  }

  /** Whether there was a run since `sinceMs`, and all of them succeeded. */
  succeededSince(sinceMs: number): boolean {
    const recent = this.ended.filter(({ startedAtMs }) => startedAtMs >= sinceMs);
    return recent.length > 0 && recent.every(({ error }) => error === undefined);
  }

  #run(): void {
    const { kernel } = this.#world;
    const random = this.#random;
    kernel.after(pauseMs(random), () => this.#run());
    const template = nextTable(random);
    const name = { id: randomUuid(random), job: ASSET_JOB, pid: random.whole(40, 900) };
    const files = newDataFiles("append", template.filesPerCommit, random);
    const tookMs = Math.round(random.between(DURATION_MS.from, DURATION_MS.to));
    const task = this.#home.runningDaemon();
    if (!this.scheduled || !task) return;
    this.#say(task, runStarted(name, template.name, `lakehouse.${template.name}`));
    const run: PlannedRun = { name, template, files, startedAtMs: kernel.nowMs };
    this.#finishAfter(tookMs, task, run);
  }

  #finishAfter(delayMs: number, process: ProgramProcess, run: PlannedRun): void {
    this.#world.kernel.after(delayMs, () => {
      // A run whose process has ended ends with it, without a word; one that stands still goes on with it.
      if (process.executionStoppedAtMs !== undefined) return;
      if (this.#home.isFrozen(process)) this.#finishAfter(THAW_MS, process, run);
      else this.#finish(process, run);
    });
  }

  #finish(task: ProgramProcess, { name, template, files, startedAtMs }: PlannedRun): void {
    const { kernel, journal } = this.#world;
    const table = template.name;
    const { nowMs } = kernel;
    let error: string | undefined;
    try {
      const by = { message: `Iceberg append against lakehouse.${table}`, author: "dagster" };
      writerOf(this.#world, task).append(table, files, by);
      this.#say(task, runSucceeded(name, table, nowMs - startedAtMs));
    } catch (thrown) {
      const host = this.#world.nessie?.loadBalancer.dnsName ?? "";
      error = errorText(thrown, host, table);
      this.#say(task, runFailed(name, table, stepTraceback(thrown, host, table)));
      journal.note(nowMs, `dagster run ${name.id} failed: ${error}`);
    }
    this.ended.push({ id: name.id, table, startedAtMs, endedAtMs: nowMs, error });
    if (this.ended.length > RUNS_KEPT) this.ended.shift();
  }

  /** Writes lines one ms after another, so that they keep their order. */
  #say(task: ProgramProcess, lines: (atMs: number) => readonly string[]): void {
    const { nowMs } = this.#world.kernel;
    for (const [index, line] of lines(nowMs).entries()) this.#home.say(task, nowMs + index, line);
  }
}
