import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { sanitizeLine } from "../base/text.ts";
import { networkFileSystem } from "../record/storage.ts";
import type { CheckResult } from "./check.ts";

/** The terminal as it stands; undefined sizes: standard output is none. */
export interface TerminalFacts {
  columns?: number;
  rows?: number;
  environment: NodeJS.ProcessEnv;
}

/** The smallest terminal that the cockpit draws in, and the one from which several panes stand side by side. */
const SMALLEST = { columns: 40, rows: 10 };
const SIDE_BY_SIDE = { columns: 100, rows: 30 };

/** What the cockpit will look like here, and whether copying reaches the responder's own machine. */
export function terminalChecks({ columns, rows, environment }: TerminalFacts): CheckResult[] {
  const check = "terminal";
  if (columns === undefined || rows === undefined)
    return [
      { check, status: "skip", detail: "standard output is no terminal: run it where you would open the cockpit" },
    ];
  const results: CheckResult[] = [];
  if (environment.TERM === "dumb")
    results.push({
      check,
      status: "fail",
      detail: "TERM is dumb: the cockpit cannot place the cursor",
      next: "Set TERM to what your terminal is, often xterm-256color.",
    });
  const size = `${columns}x${rows}`;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows)
    results.push({
      check,
      status: "fail",
      detail: `${size} is too small: the cockpit needs ${SMALLEST.columns}x${SMALLEST.rows}`,
      next: "Make the window larger.",
    });
  else {
    const isWide = columns >= SIDE_BY_SIDE.columns && rows >= SIDE_BY_SIDE.rows;
    results.push({
      check,
      status: "pass",
      detail: `${size}, ${isWide ? "panes side by side" : `one pane at a time (side by side from ${SIDE_BY_SIDE.columns}x${SIDE_BY_SIDE.rows})`}, ${coloursOf(environment)}`,
    });
  }
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  if (locale !== "" && !/utf-?8/i.test(locale))
    results.push({
      check,
      status: "warn",
      detail: `the locale ${sanitizeLine(locale)} is not UTF-8: lines and marks are drawn in ASCII`,
      next: "Set LANG=C.UTF-8 for the usual ones.",
    });
  return [...results, ...clipboardChecks(environment)];
}

function coloursOf(environment: NodeJS.ProcessEnv): string {
  if ((environment.NO_COLOR ?? "") !== "") return "no colours (NO_COLOR)";
  return "16 colours";
}

/** Copying goes by OSC 52, which a multiplexer has to let through. */
function clipboardChecks(environment: NodeJS.ProcessEnv): CheckResult[] {
  const check = "clipboard";
  if (environment.TMUX)
    return [
      {
        check,
        status: "warn",
        detail: "in tmux: copying (y) reaches your own machine only where tmux lets OSC 52 through",
        next: "In tmux: set -g set-clipboard on, and set -g allow-passthrough on.",
      },
    ];
  if (environment.STY || environment.TERM?.startsWith("screen"))
    return [
      {
        check,
        status: "warn",
        detail: "in GNU screen: copying (y) goes through in pieces, where the terminal around it takes OSC 52",
        next: "Try y once; what is copied can also be selected with the mouse.",
      },
    ];
  return [{ check, status: "pass", detail: "copying (y) goes by OSC 52, where your terminal allows it" }];
}

/** Whether incidents can be kept here: writable, private, on a local file system. Makes nothing. */
export async function stateFolderChecks(folder: string): Promise<CheckResult[]> {
  const check = "state folder";
  const shown = sanitizeLine(folder);
  const unusable = (why: string): CheckResult[] => [
    {
      check,
      status: "fail",
      detail: `${shown}: ${why}`,
      next: "Give another folder: --state-directory, or stateDirectory in mayday.yaml.",
    },
  ];
  const existing = await nearestPath(folder);
  const found = await stat(existing);
  if (!found.isDirectory()) return unusable(`${sanitizeLine(existing)} is no folder`);
  try {
    await access(existing, constants.W_OK | constants.X_OK);
  } catch {
    return unusable(`${sanitizeLine(existing)} cannot be written to`);
  }
  const results: CheckResult[] = [];
  if (existing === folder && (found.mode & 0o022) !== 0)
    results.push({
      check,
      status: "warn",
      detail: `${shown} can be written to by others (mode ${(found.mode & 0o777).toString(8)}); each incident's own folder is private`,
      next: `chmod 700 ${shown}`,
    });
  if (existing === folder && process.getuid !== undefined && found.uid !== process.getuid())
    results.push({ check, status: "warn", detail: `${shown} belongs to another user (uid ${found.uid})` });
  const network = networkFileSystem((await statfs(existing)).type);
  if (network)
    results.push({
      check,
      status: "warn",
      detail: `${shown} lies on a network file system (${network}): it may hang with the network, and its locks cannot be relied on`,
      next: "Give a folder on a local disk.",
    });
  if (results.length > 0) return results;
  return [
    { check, status: "pass", detail: existing === folder ? `${shown}, private and local` : `${shown} will be made` },
  ];
}

/** What is there of a path: itself, or the nearest above it. */
async function nearestPath(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EACCES") throw error;
  }
  const above = dirname(path);
  return above === path ? path : nearestPath(above);
}
