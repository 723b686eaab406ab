import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/**
 * The young generation may grow to about this, bytes. On a large machine V8 lets it grow to 64 MB, and a cockpit whose frames and
 * answers are all short-lived fills it without being faster for it.
 */
const YOUNG_GENERATION_BYTES = 12 * 1024 * 1024;

/**
 * The old generation may grow by this much, percent, before it is collected; V8's own measure on a machine with much memory is up to
 * 300. A bastion is small, and others work on it.
 */
const OLD_GENERATION_GROWTH_PERCENT = 80;

/** Makes V8 prefer little memory. The flags have their effect also while the program runs; start-up is left alone. */
export function preferLittleMemory(): void {
  setFlagsFromString(`--heap-growing-percent=${OLD_GENERATION_GROWTH_PERCENT}`);
  const observer = new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
    if ((young?.space_size ?? 0) < YOUNG_GENERATION_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    observer.disconnect();
  });
  observer.observe({ entryTypes: ["gc"] });
}
