import { formatUtc } from "../base/duration.ts";

/** `1 480` */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, " ");

/** `2.1 GB`, in powers of ten. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** `1 object`, `1 480 objects` */
export const objectsText = (count: number): string => `${countText(count)} object${count === 1 ? "" : "s"}`;

/** `2026-11-23T02:28:00Z`, as parameters take it. */
export const secondText = (atMs: number): string => `${formatUtc(Math.floor(atMs / 1000) * 1000).slice(0, 19)}Z`;
