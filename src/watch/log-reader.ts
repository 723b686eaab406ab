import type { OutputOf } from "../aws/contract.ts";
import { Failure } from "../base/failure.ts";
import { polling, type WatchContext } from "./context.ts";
import { LogIntake } from "./log-intake.ts";

export type LogEvent = NonNullable<OutputOf<"logs", "FilterLogEvents">["events"]>[number];

/** How far back the first read goes, and how long an outage may last without a gap, domain ms. */
const BACK_FILL_MS = 10 * 60_000;
const CATCH_UP_MS = 60 * 60_000;
/** Pages of a back-fill or catch-up (10 000 events each) before it jumps to the present: more than the ring holds anyway. */
const CATCH_UP_PAGES = 6;
/** A read of at most this span is never cut short, and a jump lands this much before now, domain ms. */
const PRESENT_MS = 60_000;
/** Every read begins this much before the end of the last one: events of the last seconds may still have been on their way. */
const OVERLAP_MS = 15_000;
/** The sweep looks this far back for events that came later than that, domain ms. */
export const SWEEP_MS = 5 * 60_000;

/**
 * Follows one log group. `tail` reads what is new, with an overlap; `sweep` looks further back, now and then, for events that
 * CloudWatch delivered late. Both feed one intake, which drops what is known by event id.
 */
export class LogReader {
  readonly intake: LogIntake;
  readonly #context: WatchContext;
  /** Domain time at the start of the last read that reached the end; undefined before the first. */
  #readUntilMs: number | undefined;

  constructor(context: WatchContext, logGroup: string) {
    this.#context = context;
    this.intake = new LogIntake(logGroup, context.logs, context.clock.now() - BACK_FILL_MS);
  }

  /** Reads everything new; `onPage` is called after each page that brought lines. @throws Failure; then the next call reads it again. */
  async tail(signal: AbortSignal, onPage: () => void): Promise<void> {
    const beganMs = this.#context.clock.now();
    const { intake } = this;
    let fromMs = this.#tailStart();
    if (this.#readUntilMs !== undefined && beganMs - this.#readUntilMs > CATCH_UP_MS) {
      intake.gap();
      fromMs = beganMs - BACK_FILL_MS;
    }
    const pageLimit = beganMs - fromMs > PRESENT_MS ? CATCH_UP_PAGES : undefined;
    if (!(await this.#readPages(fromMs, undefined, pageLimit, signal, onPage))) {
      intake.gap();
      await this.#readPages(beganMs - PRESENT_MS, undefined, undefined, signal, onPage);
    }
    this.#readUntilMs = beganMs;
    intake.prune(Math.min(this.#tailStart(), beganMs - SWEEP_MS));
  }

  /** Reads the minutes before the tail's window once more. */
  async sweep(signal: AbortSignal, onPage: () => void): Promise<void> {
    if (this.#readUntilMs === undefined) return;
    const toMs = this.#tailStart();
    const fromMs = Math.max(this.intake.floorMs, this.#context.clock.now() - SWEEP_MS);
    if (fromMs < toMs) await this.#readPages(fromMs, toMs, undefined, signal, onPage);
  }

  /**
   * Where the next read begins. The newest event counts as well as our own clock, so that a clock that runs ahead of AWS's (by up
   * to BACK_FILL_MS) loses nothing.
   */
  #tailStart(): number {
    if (this.#readUntilMs === undefined) return this.intake.floorMs;
    const reached = Math.min(this.#readUntilMs, Math.max(this.intake.newestMs, this.#readUntilMs - BACK_FILL_MS));
    return Math.max(this.intake.floorMs, reached - OVERLAP_MS);
  }

  /** Reads all pages from `fromMs` on, both ends inclusive. Returns false when `pageLimit` pages were not enough. */
  async #readPages(
    fromMs: number,
    toMs: number | undefined,
    pageLimit: number | undefined,
    signal: AbortSignal,
    onPage: () => void,
  ): Promise<boolean> {
    const { logGroup: logGroupName } = this.intake;
    // What is older than the newest line at the start came late, unless this is the first look at it.
    const behindMs = this.#readUntilMs === undefined ? Number.NEGATIVE_INFINITY : this.intake.newestMs;
    const window = {
      startTime: Math.max(0, Math.floor(fromMs)),
      ...(toMs === undefined ? {} : { endTime: Math.floor(toMs) }),
    };
    let nextToken: string | undefined;
    let pages = 0;
    do {
      const { output } = await this.#context.aws
        .call("logs", "FilterLogEvents", { logGroupName, ...window, nextToken }, polling(signal))
        .catch((error: unknown) => {
          throw error instanceof Failure && error.kind === "not-found" ? groupMissing(logGroupName, error) : error;
        });
      if (signal.aborted) return true;
      if (this.intake.take(output.events ?? [], behindMs) > 0) onPage();
      nextToken = output.nextToken;
      // Empty pages are normal and cost nothing to hold.
      if ((output.events ?? []).length > 0) pages += 1;
    } while (nextToken && (pageLimit === undefined || pages < pageLimit));
    return nextToken === undefined;
  }
}

function groupMissing(logGroup: string, cause: Failure): Failure {
  return new Failure(
    {
      ...cause.detail,
      what: `log group ${logGroup}`,
      why: "there is no log group of that name in this account and region",
      next: "Check the name, region and account; mayday config shows where each name comes from.",
    },
    { cause },
  );
}
