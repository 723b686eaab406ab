/** Log lines are drawn at most five times a second, however many arrive; over a slow link twice, over a very slow one once. */
const QUICK_MS = 200;
const SLOW_MS = 500;
const SLOWEST_MS = 1000;
/** Round trips from which a link counts as slow, machine ms: far continents, and worse. */
const SLOW_FROM_MS = 120;
const SLOWEST_FROM_MS = 400;

/** How long moving text waits before it is drawn again, machine ms. Keys are answered at once, whatever the link. */
export function repaintIntervalMs(roundTripMs: number | undefined): number {
  if (roundTripMs === undefined || roundTripMs < SLOW_FROM_MS) return QUICK_MS;
  return roundTripMs < SLOWEST_FROM_MS ? SLOW_MS : SLOWEST_MS;
}
