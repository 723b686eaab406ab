import { randomInt } from "node:crypto";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { formatUtc } from "../base/duration.ts";

// Without characters that look alike when read out over the phone.
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/**
 * A new incident's id: `2026-11-23-0306-k7xm`, domain time in UTC and four random characters. Sorts by time, and is safe as
 * the name of a folder.
 */
export function newIncidentId(clock: Clock): string {
  const at = formatUtc(clock.now());
  const suffix = Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  return `${at.slice(0, 10)}-${at.slice(11, 13)}${at.slice(14, 16)}-${suffix}`;
}

/**
 * Where mayday keeps its state: `$XDG_STATE_HOME/mayday`, else `~/.local/state/mayday`. A relative XDG_STATE_HOME is
 * ignored, as the XDG Base Directory Specification demands.
 */
export function stateDirectory(environment: Record<string, string | undefined>): string {
  const xdg = environment.XDG_STATE_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, "mayday");
  return join(environment.HOME || homedir(), ".local", "state", "mayday");
}

/** The folder of an incident: `<stateDirectory>/incidents/<id>`. */
export function incidentFolder(directory: string, incidentId: string): string {
  return join(directory, "incidents", incidentId);
}
