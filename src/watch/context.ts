import type { AwsCaller, CallOptions } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { Deployment } from "../config/deployment.ts";
import type { LogRing } from "../state/log-ring.ts";
import type { Moment } from "../state/source.ts";
import type { CockpitStore } from "../state/store.ts";

/** What every source needs to read AWS and to say what it found. */
export interface WatchContext {
  aws: AwsCaller;
  deployment: Deployment;
  store: CockpitStore;
  logs: LogRing;
  clock: Clock;
}

/** Options of a call made for the panes: in every rate bucket it waits behind actions, and goes before exports. */
export function polling(signal: AbortSignal): CallOptions {
  return { purpose: "poll", signal };
}

/** Now, on both clocks. */
export function moment(clock: Clock): Moment {
  return { atMs: clock.now(), monotonicMs: clock.monotonic() };
}

/** An SDK date in ms since the epoch; undefined stays undefined. */
export function timeMs(date: Date | undefined): number | undefined {
  return date?.getTime();
}

/** The items in groups of at most `size`, in order: APIs take only so many names in one call. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let from = 0; from < items.length; from += size) out.push(items.slice(from, from + size));
  return out;
}

/** All items of a paged listing: `read` gets the token of the page before and returns the page's items and the next token. */
export async function allPages<T>(
  read: (token: string | undefined) => Promise<{ items: readonly T[] | undefined; next: string | undefined }>,
): Promise<T[]> {
  const out: T[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    for (const item of page.items ?? []) out.push(item);
    token = page.next;
  } while (token);
  return out;
}
