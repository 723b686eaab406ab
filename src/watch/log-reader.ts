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
/**
 * A read of at most this span is never cut short, and a jump lands this much before now, domain ms; nearer where so much is logged that
 * only so many events can be shown anyway.
 */
const PRESENT_MS = 60_000;
const PRESENT_EVENTS = 20_000;
/**
 * Every read begins this much before the end of the last one, domain ms: events of the last seconds may still have been on their way.
 * Where so much is logged that this would be read several times over, the overlap is as long as so many events take, but not shorter
 * than the least.
 */
const OVERLAP_MS = 15_000;
const OVERLAP_EVENTS = 3_000;
const LEAST_OVERLAP_MS = 1_000;
/** The sweep looks this far back for events that came later than that, domain ms, where that is at most so many events. */
export const SWEEP_MS = 5 * 60_000;
const SWEEP_EVENTS = 20_000;
/** Of a busier group each stretch of time is looked at once more when it is this old, domain ms. */
const SECOND_LOOK_MS = 30_000;
const SECOND_LOOK_SPAN_MS = 60_000;

/**
 * Follows one log group. `tail` reads what is new, with an overlap; `sweep` looks further back, now and then, for events that
 * CloudWatch delivered late. Both feed one intake, which drops what is known by event id.
 */
export class LogReader {
  readonly intake: LogIntake;
  readonly #context: WatchContext;
  /** Domain time at the start of the last read that reached the end; undefined before the first. */
  #readUntilMs: number | undefined;
  /** Domain time until which a busy group was looked at a second time. */
  #sweptUntilMs = Number.NEGATIVE_INFINITY;

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
      const presentMs = this.#spanOf(PRESENT_EVENTS, LEAST_OVERLAP_MS, PRESENT_MS, intake.newestMs);
      await this.#readPages(beganMs - presentMs, undefined, undefined, signal, onPage);
    }
    this.#readUntilMs = beganMs;
    const lookedAtMs = this.#isBusy(beganMs) ? SECOND_LOOK_MS + SECOND_LOOK_SPAN_MS : SWEEP_MS;
    intake.prune(Math.min(this.#tailStart(), beganMs - lookedAtMs));
  }

  /** Reads the minutes before the tail's window once more. */
  async sweep(signal: AbortSignal, onPage: () => void): Promise<void> {
    if (this.#readUntilMs === undefined) return;
    const nowMs = this.#context.clock.now();
    const busy = this.#isBusy(nowMs);
    const toMs = Math.min(this.#tailStart(), busy ? nowMs - SECOND_LOOK_MS : nowMs);
    const notBeforeMs = busy ? Math.max(this.#sweptUntilMs, toMs - SECOND_LOOK_SPAN_MS) : nowMs - SWEEP_MS;
    const fromMs = Math.max(this.intake.floorMs, notBeforeMs);
    if (fromMs < toMs) await this.#readPages(fromMs, toMs, undefined, signal, onPage);
    this.#sweptUntilMs = Math.max(toMs, this.#sweptUntilMs);
  }

  #isBusy(nowMs: number): boolean {
    return this.#spanOf(SWEEP_EVENTS, 0, SWEEP_MS, nowMs) < SWEEP_MS;
  }

  /** How long so many events take at the rate of the minute before `atMs`, between `leastMs` and `mostMs`; domain ms. */
  #spanOf(events: number, leastMs: number, mostMs: number, atMs: number): number {
    const perSecond = this.intake.ratePerSecond(atMs);
    return perSecond === 0 ? mostMs : Math.max(leastMs, Math.min(mostMs, (events * 1000) / perSecond));
  }

  /**
   * Where the next read begins. The newest event counts as well as our own clock, so that a clock that runs ahead of AWS's (by up
   * to BACK_FILL_MS) loses nothing.
   */
  #tailStart(): number {
    if (this.#readUntilMs === undefined) return this.intake.floorMs;
    const reached = Math.min(this.#readUntilMs, Math.max(this.intake.newestMs, this.#readUntilMs - BACK_FILL_MS));
    const overlapMs = this.#spanOf(OVERLAP_EVENTS, LEAST_OVERLAP_MS, OVERLAP_MS, this.#context.clock.now());
    return Math.max(this.intake.floorMs, reached - overlapMs);
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
