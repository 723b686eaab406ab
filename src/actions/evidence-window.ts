import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { IncidentFacts, PrepareContext } from "./contract.ts";

/** How far before the detection (or the declaration) evidence is collected by default, domain ms. */
const BEFORE_MS = 30 * 60_000;

export const windowParameters = {
  from: z
    .string()
    .default("")
    .describe("Start, UTC ISO 8601 or an age such as 2h; default: 30 minutes before detection or declaration"),
  to: z.string().default("").describe("End, UTC ISO 8601 or an age such as 5m; default: now"),
};

export interface EvidenceWindow {
  /** Domain ms. */
  fromMs: number;
  /** Domain ms; null: the time at which the export begins. With it an export that was cut off is found again. */
  toMs: number | null;
}

/** The window that the parameters mean. Throws a Failure that names the wrong one. */
export function windowOf(given: { from: string; to: string }, context: PrepareContext): EvidenceWindow {
  const nowMs = context.clock.now();
  const fromMs = given.from === "" ? defaultStartMs(context.incident) : timeOf("from", given.from, nowMs);
  const toMs = given.to === "" ? null : timeOf("to", given.to, nowMs);
  if (fromMs >= (toMs ?? nowMs)) throw wrong("from", "the window begins at or after its end");
  return { fromMs, toMs };
}

function defaultStartMs({ detectedAtMs, declaredAtMs }: IncidentFacts): number {
  return Math.round(Math.min(detectedAtMs ?? declaredAtMs, declaredAtMs) - BEFORE_MS);
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The time that a parameter means, domain ms: ISO 8601, UTC unless it says another zone, or an age. Throws a Failure that names it. */
export function timeOf(name: string, text: string, nowMs: number): number {
  const age = /^(\d+)([smhd])$/.exec(text);
  if (age) return Math.round(nowMs - Number(age[1]) * (UNIT_MS[age[2] ?? ""] ?? 0));
  // Without a zone JavaScript takes a time for local: evidence is in UTC.
  const atMs = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (Number.isNaN(atMs)) throw wrong(name, `"${text}" is no time`);
  return atMs;
}

const wrong = (name: string, why: string) =>
  new Failure({
    kind: "invalid",
    what: name,
    why,
    next: "Give 2026-11-23T03:00:00Z, or an age such as 90m, 2h or 1d.",
  });
