import { formatUtcTime } from "../base/duration.ts";
import { sanitizeLine, truncate } from "../base/text.ts";

/** `02:56:15 UTC`, of domain ms. */
export const utc = (atMs: number): string => `${formatUtcTime(atMs)} UTC`;

/** The same with its day: for what may be days ago. */
export const utcDay = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 10)} ${utc(atMs)}`;

/** `1 task`, `3 tasks` */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** Text from outside, quoted in a sentence: one line, not long. */
export const quote = (text: string, columns = 160): string => `"${truncate(sanitizeLine(text), columns)}"`;

/** `93 %` */
export const percent = (value: number): string => `${Math.round(value)} %`;

/** `2 GB`, `2.5 GB`, `512 MB`, of MB. */
export const memory = (mb: number): string =>
  mb >= 1024 ? `${Number((mb / 1024).toFixed(1))} GB` : `${Math.round(mb)} MB`;

/** `1 vCPU`, `0.25 vCPU`, of CPU units. */
export const vcpu = (units: number): string => `${units / 1024} vCPU`;

/** `role/session` with the id of a task, which ECS takes for the session's name, as screens show it. */
export const actor = (by: string): string => by.replace(/\/([0-9a-f]{8})[0-9a-f]{24}$/, "/$1");
