const two = (value: number) => String(value).padStart(2, "0");

/** `H:MM:SS` with at least two digits for hours, as the incident clock shows it. Negative durations count as zero. Hours may exceed 24. */
export function formatClock(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `MM:SS`, or `H:MM:SS` from one hour on: countdowns. */
export function formatCountdown(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `HH:MM`, the post-mortem's duration. Hours may exceed 24. */
export function formatHoursMinutes(durationMs: number): string {
  const minutes = Math.max(0, Math.floor(durationMs / 60_000));
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** A short age: `4s`, `12m`, `3h`, `2d`. */
export function formatAge(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** `HH:MM:SS` in UTC of a time in ms since the epoch. */
export function formatUtcTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

/** ISO 8601 in UTC with milliseconds. */
export function formatUtc(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** In which times of day are shown: UTC, or the time zone of this machine. */
export type TimeZone = "utc" | "local";

/** The time in ms since the epoch, moved so that its UTC fields read as those of the zone. */
function shifted(atMs: number, zone: TimeZone): Date {
  return new Date(zone === "utc" ? atMs : atMs - new Date(atMs).getTimezoneOffset() * 60_000);
}

/** `HH:MM:SS` in the zone, of a time in ms since the epoch. */
export function formatTime(atMs: number, zone: TimeZone): string {
  return shifted(atMs, zone).toISOString().slice(11, 19);
}

/** `YYYY-MM-DD` in the zone, of a time in ms since the epoch. */
export function formatDay(atMs: number, zone: TimeZone): string {
  return shifted(atMs, zone).toISOString().slice(0, 10);
}

/** `UTC`, or the zone's difference from it at that time: `UTC+1`, `UTC-3:30`. */
export function zoneName(atMs: number, zone: TimeZone): string {
  const minutes = zone === "utc" ? 0 : -new Date(atMs).getTimezoneOffset();
  if (minutes === 0) return zone === "utc" ? "UTC" : "UTC+0";
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "-" : "+"}${Math.floor(Math.abs(minutes) / 60)}${rest === 0 ? "" : `:${two(rest)}`}`;
}
