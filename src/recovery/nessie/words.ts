import { formatUtcTime } from "../../base/duration.ts";
import { sanitizeLine, truncate } from "../../base/text.ts";
import { nameOf } from "../../iceberg/bad-commits.ts";
import type { Commit } from "./branch.ts";

/** The first digits of a hash: enough to tell commits apart. */
export const shortHash = (hash: string): string => sanitizeLine(hash).slice(0, 12);

/** `2026-11-25 02:56:15 UTC`, of domain ms. */
export const utcDay = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 10)} ${formatUtcTime(atMs)} UTC`;

/** Columns of a commit's message, and tables of a commit, that a line shows. */
const MESSAGE_COLUMNS = 60;
const TABLES = 4;

/** A commit in a line: when, who, why, and which tables it touches. */
export function commitWords({ commitMeta, operations = [] }: Commit): string {
  const { commitTime = "", authors, committer, message } = commitMeta;
  const atMs = Date.parse(commitTime);
  const when = Number.isNaN(atMs) ? "at an unknown time" : utcDay(atMs);
  const author = sanitizeLine(authors?.find((one) => one !== "") || committer || "nobody named");
  return `${when} ${author}: ${truncate(sanitizeLine(message), MESSAGE_COLUMNS)} (${touched(operations)})`;
}

function touched(operations: NonNullable<Commit["operations"]>): string {
  if (operations.length === 0) return "no table";
  const shown = operations.slice(0, TABLES);
  const more = operations.length - shown.length;
  const named = (verb: string, isMeant: (type: string | undefined) => boolean) => {
    const names = shown.filter(({ type }) => isMeant(type)).map(({ key }) => sanitizeLine(nameOf(key.elements)));
    return names.length > 0 ? [`${verb} ${names.join(", ")}`] : [];
  };
  const parts = [...named("deletes", (type) => type === "DELETE"), ...named("writes", (type) => type !== "DELETE")];
  return `${parts.join("; ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** `1 commit`, `3 commits` */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
