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
