import { formatUtc } from "../base/duration.ts";
import type { IncidentView } from "../record/incident-view.ts";

/** `YYYY-MM-DD` in UTC of domain ms. */
export const day = (atMs: number): string => formatUtc(atMs).slice(0, 10);

/** `HH:MM` in UTC of domain ms. */
export const hourMinute = (atMs: number): string => formatUtc(atMs).slice(11, 16);

/** `YYYY-MM-DD HH:MM:SS` in UTC of domain ms. */
export const dateAndTime = (atMs: number): string => formatUtc(atMs).slice(0, 19).replace("T", " ");

/** Where the incident begins and ends for the document, and why there. Domain ms. */
export interface Span {
  startMs: number;
  startBasis: string;
  endMs: number;
  endBasis: string;
  isOver: boolean;
}

/**
 * From the detection (else, or where it came first, the declaration) to the resolution; an incident that was closed as resolved without saying when ends at
 * the closing; one that is not over is counted to its last entry. `lastAtMs`: domain ms of that one.
 */
export function span(view: IncidentView, lastAtMs: number): Span {
  const { detected, declaredAtMs } = view;
  const undetected = detected ? "no alarm fired before that" : "no alarm was accepted as the detection";
  const start =
    detected && detected.atMs <= declaredAtMs
      ? { startMs: detected.atMs, startBasis: `detected: ${detected.by}` }
      : { startMs: declaredAtMs, startBasis: `declared; ${undetected}` };
  if (view.resolved) {
    return { ...start, endMs: view.resolved.atMs, endBasis: `declared resolved by ${view.resolved.by}`, isOver: true };
  }
  if (view.closed?.mode === "resolved") {
    return { ...start, endMs: view.closed.atMs, endBasis: "closed as resolved", isOver: true };
  }
  return { ...start, endMs: lastAtMs, endBasis: "not resolved: counted to the last entry", isOver: false };
}
