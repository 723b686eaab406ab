import { formatCountdown } from "../../base/duration.ts";

export interface Progress {
  items: number;
  /** What the items are: "events". */
  noun: string;
  /** Written so far. */
  bytes: number;
  /** Part of the work that is done, 0 to 1; at the start, more than 0 after a resume. */
  fraction: number;
  fractionAtStart: number;
  /** Machine ms since this run of it began. */
  elapsedMs: number;
  paused: boolean;
}

/** `120 000 events, 14.2 MB, 43 %, 02:10 left`. The time left is told once a hundredth of the work has shown the pace. */
export function progressText(progress: Progress): string {
  const { items, noun, bytes, fraction, fractionAtStart, elapsedMs, paused } = progress;
  const done = fraction - fractionAtStart;
  const left = done > 0.01 ? `, ${formatCountdown((elapsedMs * (1 - fraction)) / done)} left` : "";
  const count = String(items).replace(/\B(?=(\d{3})+$)/g, " ");
  const size = bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return `${count} ${noun}, ${size}, ${Math.floor(fraction * 100)} %${paused ? ", paused" : left}`;
}

/** Machine ms over which the pace is taken, at least. */
const PACE_MS = 30_000;
/** Part of the work over which it is taken, at least: as much as `progressText` wants to have seen. */
const PACE_FRACTION = 0.011;
/** Machine ms between two samples. */
const SAMPLE_MS = 1000;

/**
 * The pace of late: events are not spread evenly over a window, and one that begins with silence would make the rest look short.
 * The work of the last half minute counts, or of the last hundredth of it where that took longer.
 */
export class RecentPace {
  readonly #samples: { fraction: number; elapsedMs: number }[] = [];

  /** Where the pace is counted from, for `progressText`. @param elapsedMs machine ms of work since the beginning. */
  since(fraction: number, elapsedMs: number): Pick<Progress, "fractionAtStart" | "elapsedMs"> {
    const samples = this.#samples;
    if (elapsedMs - (samples.at(-1)?.elapsedMs ?? Number.NEGATIVE_INFINITY) >= SAMPLE_MS)
      samples.push({ fraction, elapsedMs });
    const isEnough = (from: { fraction: number; elapsedMs: number } | undefined) =>
      from !== undefined && elapsedMs - from.elapsedMs >= PACE_MS && fraction - from.fraction >= PACE_FRACTION;
    while (isEnough(samples[1])) samples.shift();
    const [first = { fraction, elapsedMs }] = samples;
    return { fractionAtStart: first.fraction, elapsedMs: elapsedMs - first.elapsedMs };
  }
}
